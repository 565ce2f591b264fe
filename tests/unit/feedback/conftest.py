"""A submission workbook with one wrong cell of each sort, parsed as the night would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

from relance.feedback import Sent
from relance.files import sha256_of
from relance.parsing import parse_object

AT = dt.datetime(2021, 7, 20, 1, 0, tzinfo=dt.UTC)
HEADER = [
    "N° de subvention", "Ligne du fonds", "Axe (ITN7)", "Guichet ou appel à projets", "Bénéficiaire",
    "SIRET du bénéficiaire", "Département", "Intitulé du projet", "Projet du panorama", "Date de décision",
    "Coût total du projet (€)", "Montant accordé (€)",
]  # fmt: skip


def award(number: str, line: str = "ITN1", decided_on: object = dt.date(2021, 2, 1), amount: object = 100) -> list[Any]:
    return [number, line, None, "Appel 2021", "Mairie", None, None, "Guichet", None, decided_on, 1000, amount]


@pytest.fixture
def workbook() -> Workbook:
    """A cover that declares 300 €, two title rows, the header in row 3, and three awards of which two are wrong."""
    book = Workbook()
    cover = book.active
    cover.title = "Couverture"
    for row in (("Code du ministère", "EDU"), ("Période", "2021-T2"), ("Nombre de subventions déclaré", 3)):
        cover.append(row)
    cover.append(("Total accordé déclaré (€)", 300))
    sheet = book.create_sheet("Subventions")
    sheet.append(["Subventions du ministère"])
    sheet.append([])
    sheet.append(HEADER)
    sheet.append(award("EDU-1"))
    sheet.append(award("EDU-2", line="=ITN9"))
    sheet["B5"].data_type = "s"
    sheet["B5"].comment = Comment("à vérifier", "Camille")
    sheet.append(award("EDU-3", decided_on=None, amount="<b>peu</b>"))
    return book


Make = Callable[..., Sent]


@pytest.fixture
def sent(tmp_path: Path) -> Make:
    """What the feedback is told of a file: bytes on the disk, parsed."""

    def make(source: Workbook | Path | bytes, **words: Any) -> Sent:
        path = tmp_path / "received"
        if isinstance(source, Workbook):
            source.save(path)
        elif isinstance(source, Path):
            path = source
        else:
            path.write_bytes(source)
        parsed = parse_object(path, sha256_of(path), words.get("kind", "submission"), tmp_path / "parsed")
        status = "set_aside" if parsed.is_set_aside else "counted"
        told = {
            "file_name": "EDU_2021-T2.xlsx", "kind": "submission", "status": status, "reason": parsed.reason,
            "notes": tuple(parsed.facts["notes"]), "counted": frozenset(parsed.facts["tables"]),
            "received_at": AT, "as_of": AT + dt.timedelta(days=1),
        }  # fmt: skip
        return Sent(parsed=parsed, path=path, **{**told, **words})

    return make

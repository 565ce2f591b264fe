"""Small submissions that a test writes itself, in the template's own columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

SUBVENTIONS = (
    "N° de subvention", "Ligne du fonds", "Axe (ITN7)", "Guichet ou appel à projets", "Bénéficiaire",
    "SIRET du bénéficiaire", "Département", "Intitulé du projet", "Projet du panorama", "Date de décision",
    "Coût total du projet (€)", "Montant accordé (€)",
)  # fmt: skip
EXECUTION = (
    "N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Date du dernier paiement", "Observations",
)  # fmt: skip


def award(award_id: str, amount: Any, line: str = "ITN2", **more: Any) -> dict[str, Any]:
    """The cells of an award by header; `more` by the first word of the header (`Date`, `Axe`, `SIRET`, `Coût`)."""
    cells = {
        "N° de subvention": award_id,
        "Ligne du fonds": line,
        "Bénéficiaire": "Commune d'essai",
        "Intitulé du projet": f"Projet {award_id}",
        "Date de décision": dt.date(2021, 3, 1),
        "Montant accordé (€)": amount,
    }
    for word, value in more.items():
        cells[next(header for header in SUBVENTIONS if header.split()[0] == word)] = value
    return cells


def write_submission(
    path: Path,
    awards: Sequence[Mapping[str, Any]],
    execution: Sequence[tuple[Any, ...]] | None = None,
    cover: Mapping[str, Any] | None = None,
) -> Path:
    """Write a workbook whose name says its ministry and period (`CUL_2021-T3.xlsx`), and its cover too.

    `execution` has rows of award, committed, paid and an observation; `cover` is what the cover says otherwise.
    """
    ministry, period = path.stem.split("_")[:2]
    workbook = openpyxl.Workbook()
    first = workbook.worksheets[0]
    first.title = "Couverture"
    for row in {"Code du ministère": ministry, "Période": period, **(cover or {})}.items():
        first.append(row)
    sheet = workbook.create_sheet("Subventions")
    sheet.append(SUBVENTIONS)
    for cells in awards:
        sheet.append([cells.get(header) for header in SUBVENTIONS])
    if execution is not None:
        sheet = workbook.create_sheet("Exécution")
        sheet.append(EXECUTION)
        for award_id, committed, paid, *observation in execution:
            sheet.append([award_id, committed, paid, None, *observation])
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)
    return path

"""Several files of one ministry and period in one collection run, by the command."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.pipeline.house import PROJECT, House

FIELD_CASE = PROJECT.parent / "shared" / "data" / "field-cases" / "same-turn"
STATUS = (
    "select file_name, status from quality.received_files where ministry_code = '{}' and period = '2021-T3' "
    "order by received_at_utc, file_name"
)
AWARDED = "select sum(awarded_eur) from fund.award_execution where ministry_code = '{}'"


def write_variant(target: Path, title: str) -> None:
    """The sample of EDU with another contact on its cover, and another title in its first award: the same amounts."""
    workbook = openpyxl.load_workbook(PROJECT / "samples" / "submissions" / "EDU_2021-T3.xlsx")
    rows = workbook["Subventions"].iter_rows()
    header = next(row for row in rows if "Intitulé du projet" in [cell.value for cell in row])
    column = [cell.value for cell in header].index("Intitulé du projet")
    next(rows)[column].value = title
    for row in workbook["Couverture"].iter_rows():
        if row[0].value == "Nom du contact":
            row[1].value = title
    workbook.save(target)
    os.utime(target, (1_634_300_000, 1_634_300_000))


def test_the_rectificatif_counts_whose_time_says_nothing(house: House) -> None:
    if not FIELD_CASE.is_dir():
        pytest.skip("the field cases (../shared/data/field-cases) are not beside this checkout")
    house.run("collect", "submissions", "--from", str(FIELD_CASE))
    house.run("publish")
    assert house.query(STATUS.format("CUL")) == [
        ("CUL_2021-T3.xlsx", "superseded"),
        ("CUL_2021-T3_rectificatif.xlsx", "counted"),
    ]
    assert house.query(AWARDED.format("CUL")) == [(Decimal("2002.00"),)]


def test_what_nobody_can_tell_apart_waits_and_is_settled_by_the_file_sent_again(
    house: House, drop: Callable[[str], Path]
) -> None:
    names = ("EDU_2021-T3 bureau A.xlsx", "EDU_2021-T3 bureau B.xlsx")
    before = house.query(AWARDED.format("EDU"))
    both, again = drop("both"), drop("again")
    for name in names:
        write_variant(both / name, name)
    house.run("collect", "submissions", "--from", str(both))
    house.run("publish")
    waiting = json.loads(house.run("files", "pending", "--json"))
    assert sorted(one["file_name"] for one in waiting) == list(names)
    for said in (*names, "le ministère EDU et la période 2021-T3", "Subventions"):
        assert all(said in json.dumps(one, ensure_ascii=False) for one in waiting)
    assert house.query(STATUS.format("EDU")) == [
        ("EDU_2021-T3.xlsx", "counted"),
        *((name, "undecided") for name in names),
    ]
    assert house.query(AWARDED.format("EDU")) == before
    pages = dict(house.query("select file_name, feedback_path from quality.received_files where status = 'undecided'"))
    text = (house.data_dir / pages[names[1]]).read_text(encoding="utf-8")
    assert "À départager" in text
    assert names[0] in text

    shutil.copy2(both / names[1], again)
    assert "1 new" in house.run("collect", "submissions", "--from", str(again))
    house.run("publish")
    assert house.query(STATUS.format("EDU"))[-1] == (names[1], "counted")
    assert [status for _, status in house.query(STATUS.format("EDU"))].count("counted") == 1

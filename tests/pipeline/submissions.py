"""Files that a test writes from the samples."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import openpyxl

from tests.pipeline.house import PROJECT, House

SAMPLE = "ECO_2021-T3.xlsx"


def write_one_cent_over(house: House, folder: Path) -> str:
    """Write the sample with one award raised until its line is one cent over its allocation; the line's code.

    The declared total is raised with it: nothing else in the file is wrong.
    """
    ((award_id, line, awarded, remaining),) = house.query(
        "select a.award_id, a.line_code, a.awarded_eur, l.remaining_eur from fund.award_execution a "
        "join fund.fund_line_execution l using (line_code) "
        "where a.ministry_code = 'ECO' and l.scope = 'state' order by award_id limit 1"
    )
    _write_award(folder, SAMPLE, award_id, awarded, remaining + Decimal("0.01"))
    return str(line)


def write_lower(house: House, folder: Path, by: Decimal, sample: str = SAMPLE) -> str:
    """Write a sample with one award lowered by so many euros (under 10,000), and the declared total; the award."""
    awards = house.query(
        "select ministry_code, award_id, awarded_eur from fund.award_execution "
        "where awarded_eur - coalesce(committed_eur, 0) > 10000 order by award_id"
    )
    award_id, awarded = next((award, eur) for ministry, award, eur in awards if ministry == sample.split("_")[0])
    _write_award(folder, sample, award_id, awarded, -by)
    return str(award_id)


def _write_award(folder: Path, sample: str, award_id: str, awarded: Decimal, added: Decimal) -> None:
    workbook = openpyxl.load_workbook(PROJECT / "samples" / "submissions" / sample)
    changed = 0
    for row in workbook["Subventions"].iter_rows():
        if award_id in (cell.value for cell in row):
            (cell,) = (cell for cell in row if _is_amount(cell.value, awarded))
            cell.value = float(awarded + added)
            changed += 1
    for row in workbook["Couverture"].iter_rows():
        if row[0].value == "Total accordé déclaré (€)":
            row[1].value = float(Decimal(str(row[1].value)) + added)
            changed += 1
    assert changed == 2
    workbook.save(folder / sample)


def write_unknown_edition(folder: Path) -> None:
    """Write a table of the panorama for a month of which no headline is known: its publication is held."""
    shutil.copy(PROJECT / "samples" / "panorama" / "2021-07-dashboard-table.csv", folder / "2022-02-tableau.csv")


def _is_amount(value: object, amount: Decimal) -> bool:
    return isinstance(value, int | float) and Decimal(str(value)) == amount

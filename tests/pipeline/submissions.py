"""Submissions that a test writes from the samples."""

from __future__ import annotations

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
    _write_award(folder, award_id, awarded, remaining + Decimal("0.01"))
    return str(line)


def write_lower(house: House, folder: Path, by: Decimal) -> str:
    """Write the sample with one award lowered by so many euros (under 10,000), and the declared total; the award."""
    ((award_id, awarded),) = house.query(
        "select award_id, awarded_eur from fund.award_execution where ministry_code = 'ECO' "
        "and awarded_eur - coalesce(committed_eur, 0) > 10000 order by award_id limit 1"
    )
    _write_award(folder, award_id, awarded, -by)
    return str(award_id)


def _write_award(folder: Path, award_id: str, awarded: Decimal, added: Decimal) -> None:
    workbook = openpyxl.load_workbook(PROJECT / "samples" / "submissions" / SAMPLE)
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
    workbook.save(folder / SAMPLE)


def write_one_cent_declared_too_much(folder: Path) -> None:
    """Write the sample with a declared total one cent above that of its rows: nothing else in the file is wrong."""
    workbook = openpyxl.load_workbook(PROJECT / "samples" / "submissions" / SAMPLE)
    (cell,) = (row[1] for row in workbook["Couverture"].iter_rows() if row[0].value == "Total accordé déclaré (€)")
    cell.value = float(Decimal(str(cell.value)) + Decimal("0.01"))
    workbook.save(folder / SAMPLE)


def _is_amount(value: object, amount: Decimal) -> bool:
    return isinstance(value, int | float) and Decimal(str(value)) == amount

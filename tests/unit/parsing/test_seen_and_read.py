"""Drawn workbooks are read as LibreOffice showed them: its texts are stored, so that the tests do without it.

After a change to what is drawn: `python benchmarks/seen_and_read.py --write-sample`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.seen import breaks, command, judge, write
from benchmarks.seen.compare import Outcome
from benchmarks.seen.draw import draw_book
from benchmarks.seen.model import column

# What each broken reader gets wrong in the sample, by the families that it is seen in.
CAUGHT = {
    "number-formats": {"format-thousands", "format-millions", "format-scaled-with-unit", "key-by-format"},
    "states": {"formula-zero", "formula-absent", "error"},
    "units": {"unit of the column"},
    "keys": {"key-variant", "key-again"},
    "dates": {"plain"},
    "cents": {"plain"},
    "rows": {"plain"},
}


def examined(folder: Path, broken: str | None = None) -> Iterator[Outcome]:
    """What came of each workbook of the sample, read by a reader that may be broken on purpose."""
    shown = json.loads(command.SAMPLE.read_text(encoding="utf-8"))
    assert len(shown) == command.SAMPLE_BOOKS
    for number, (name, sheets) in enumerate(shown.items()):
        book = draw_book(command.SAMPLE_SEED, number, command.SAMPLE_WRITERS)
        assert {sheet.name for sheet in book.sheets} == set(sheets), "drawn otherwise: write the sample again"
        write.write(book, folder / f"{name}.{book.extension}")
        yield command.examine((command.SAMPLE_SEED, number, command.SAMPLE_WRITERS, sheets, folder, broken))


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    whole = Outcome()
    for outcome in examined(tmp_path_factory.mktemp("seen")):
        whole.add(outcome)
    return whole


@pytest.mark.xdist_group("seen")
def test_what_is_accepted_is_what_is_shown(unbroken: Outcome) -> None:
    assert "\n".join(map(str, unbroken.differences)) == ""
    assert unbroken.values > 3_000


@pytest.mark.xdist_group("seen")
def test_plain_workbooks_are_not_refused(unbroken: Outcome) -> None:
    assert unbroken.plain_rows > 100
    assert unbroken.plain_accepted == unbroken.plain_rows


@pytest.mark.parametrize("broken", breaks.NAMES)
def test_a_reader_broken_on_purpose_is_caught(tmp_path: Path, broken: str) -> None:
    assert any(CAUGHT[broken] & {d.family for d in found.differences} for found in examined(tmp_path, broken))


def test_three_decimals_are_told_by_the_texts_of_their_column() -> None:
    assert judge.decimal_sign(["1 234,50", "12,345 M€"]) == ","
    assert judge.decimal_sign(["12,345 M€", "1,234.56"]) == ""
    assert judge.decimal_sign(["0,5", "1,234,567"]) == ""
    seen = judge.Seen("12,345 M€", is_text=True, decimal_sign=",")
    assert judge.says(AWARDED, seen, 1).values == (Decimal("12345000.00"),)
    assert judge.says(AWARDED, judge.Seen("12,345", is_text=True, decimal_sign=","), 1) == judge.NOBODY
    assert judge.says(AWARDED, judge.Seen("12.345", is_text=True, decimal_sign=","), 1_000) == judge.NOBODY


AWARDED = column("awards", "awarded_eur")
COST = column("panorama_projects", "planned_cost_eur")


@pytest.mark.parametrize(
    ("text", "is_text", "value"),
    [
        ("1 234,56", True, "1234.56"),
        ("1.234,56 €", True, "1234.56"),
        ("3 000 k€", True, "3000000"),
        ("1,2 M€", True, "1200000"),
        ("12,3456", True, "12.35"),  # half away from zero
        ("1,234", False, "1.23"),  # a number: its comma is the decimal sign
        ("2,675", False, "2.68"),
    ],
)
def test_the_judge_reads_amounts(text: str, is_text: bool, value: str) -> None:
    says = judge.says(AWARDED, judge.Seen(text, is_text), 1)
    assert says.values == (Decimal(value),)
    assert not says.admits(Decimal(value) + Decimal("0.01"))


@pytest.mark.parametrize(
    "text", ["1,234", "12,345 M€", "50 %", "$1 235", "13 ans", "n.c.", "#DIV/0!", "14/04/2021", "1 2345", "12 Md€", ""]
)
def test_the_judge_has_refused_what_nobody_can_tell(text: str) -> None:
    assert judge.says(AWARDED, judge.Seen(text, is_text=True), 1).values == ()


def test_the_judge_admits_what_the_display_rounded_away_and_no_more() -> None:
    says = judge.says(AWARDED, judge.Seen("3,0 M€", is_formatted=True), 1)
    assert says.admits(Decimal(3_040_000))
    assert not says.admits(Decimal(3_060_000))
    assert not says.admits(Decimal("3.04"))


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("12,5", 1_000_000, 12_500_000), ("12,5", 1_000, 12_500), ("12,5 k€", 1_000_000, 12_500)],
)
def test_the_judge_takes_the_cells_unit_before_the_columns(text: str, unit: int, value: int) -> None:
    assert judge.says(COST, judge.Seen(text), unit).values == (value,)
    assert judge.says(COST, judge.Seen("12,5"), None).values == ()  # header and lines contradict each other


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Montants en milliers d'euros", 1_000),
        ("(en milliers d’euros)", 1_000),
        ("Unité : k€", 1_000),
        ("Montants en M€", 1_000_000),
        ("Montants en euros", 1),
        ("Fonds de 292 M€, situation au 30 juin", None),
        ("Plan de relance : 500 M€", None),
    ],
)
def test_the_judge_tells_a_line_of_units_from_an_amount(text: str, unit: int | None) -> None:
    assert judge.line_unit(["", text]) == unit


@pytest.mark.parametrize(
    ("seen", "first", "last"),
    [
        (judge.Seen("15 avril 2021", is_text=True), dt.date(2021, 4, 15), None),
        (judge.Seen("2021-04-15T23:30:00Z", is_text=True), dt.date(2021, 4, 16), None),
        (judge.Seen("20210415"), dt.date(2021, 4, 15), None),
        (judge.Seen("44300"), dt.date(2021, 4, 14), None),
        (judge.Seen("44300", is_1904=True), dt.date(2025, 4, 15), None),
        (judge.Seen("avr.-21", is_formatted=True), dt.date(2021, 4, 1), dt.date(2021, 4, 30)),
    ],
)
def test_the_judge_reads_dates(seen: judge.Seen, first: dt.date, last: dt.date | None) -> None:
    says = judge.says(column("awards", "awarded_on"), seen, None)
    assert (says.values, says.through) == ((first,), last)


def test_two_spellings_of_a_key_are_one() -> None:
    spellings: list[Any] = ["ECO\u20112021–0001", "eco-2021-0001\u200b", "\u00a0ECO-2021-0001", "ECO-２０２１-0001"]  # noqa: RUF001
    assert {judge.canonical(s) for s in spellings} == {"eco-2021-0001"}


@pytest.mark.parametrize(
    ("label", "is_total"),
    [("Total", True), ("Σ", True), ("Ensemble", True), ("TOTAL-2021-0001", False), ("Tot", False)],
)
def test_totals(label: str, is_total: bool) -> None:
    assert judge.is_total(["", label, "12"]) == is_total

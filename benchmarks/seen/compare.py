"""Reads a workbook by the project's own code and holds every accepted value against what the shown cell says.

A silent difference is a value, a row or a key that was accepted and is not what a person sees, or a row that a person
sees and that nobody speaks of. A refusal is none; refusals are counted, so that refusing everything is no way to pass.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.seen import judge
from benchmarks.seen.model import Book, Cell, Formula, Sheet, column, is_amount
from benchmarks.seen.show import Shown
from relance.parsing import parse_object


@dataclass(frozen=True)
class Difference:
    """Something accepted that is not what is shown."""

    family: str
    book: str
    writer: str
    sheet: str
    cell: str
    format: str
    shown: str
    read: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.family}: {self.book} ({self.writer}), {self.sheet}!{self.cell} [{self.format}]: shown"
            f" {self.shown!r}, read {self.read!r}, expected {self.expected}"
        )


@dataclass
class Read:
    """What the project's code made of a workbook: rows, rejects and corrected cells by table, notes."""

    reason: str | None
    notes: list[str]
    rows: dict[str, list[dict[str, Any]]]
    rejects: dict[str, list[dict[str, Any]]]
    corrected: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    raised: str = ""


@dataclass
class Outcome:
    """The differences of some workbooks, and what was counted."""

    differences: list[Difference] = field(default_factory=list)
    values: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    # family -> [read as shown, refused, refused though what is shown can be told]
    families: dict[str, list[int]] = field(default_factory=dict)
    plain_books: int = 0
    plain_rows: int = 0
    plain_accepted: int = 0

    def counts(self, family: str) -> list[int]:
        return self.families.setdefault(family, [0, 0, 0])

    def add(self, other: Outcome) -> None:
        self.differences += other.differences
        self.values += other.values
        self.rules += other.rules
        self.reasons += other.reasons
        for family, counts in other.families.items():
            self.families[family] = [a + b for a, b in zip(self.counts(family), counts, strict=True)]
        self.plain_books += other.plain_books
        self.plain_rows += other.plain_rows
        self.plain_accepted += other.plain_accepted


def read(path: Path, kind: str, scratch: Path) -> Read:
    """Parse a file as a landed object."""
    try:
        parsed = parse_object(path, hashlib.sha256(path.read_bytes()).hexdigest(), kind, scratch)
    except Exception as error:  # whatever it is: nothing that was sent may raise
        return Read(None, [], {}, {}, raised=repr(error))
    rows, rejects, corrected = {}, {}, {}
    for table in parsed.facts["tables"]:
        rows[table], rejects[table] = _dicts(parsed.rows_path(table)), _dicts(parsed.rejects_path(table))
        listed = parsed.corrections_path(table)
        corrected[table] = _dicts(listed) if listed.exists() else []
    notes = [note for table in parsed.facts["tables"].values() for note in table.get("notes", [])]
    return Read(parsed.reason, [*parsed.facts["notes"], *notes], rows, rejects, corrected)


def _dicts(path: Path) -> list[dict[str, Any]]:
    found = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def compare(book: Book, shown: Shown, was_read: Read) -> Outcome:
    """Hold what was read of a book against what is shown of it."""
    outcome = Outcome(plain_books=int(book.is_plain))
    if was_read.raised:
        _differ(outcome, book, "raised", book.sheets[0], "", "", was_read.raised, "a sentence")
        return outcome
    if was_read.reason is not None:
        outcome.reasons[re.sub(r"« .*? »|\d+", "…", was_read.reason)[:100]] += 1
    for rejects in was_read.rejects.values():
        outcome.rules.update(reject["rule"] for reject in rejects)
    by_table: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in book.sheets:
        by_table[sheet.table].append(sheet)
    for table, sheets in by_table.items():
        for sheet in sheets:
            _compare_sheet(book, sheet, shown[sheet.name], was_read, outcome)
        names = {sheet.name for sheet in sheets}
        for row in was_read.rows.get(table, []):
            if row["sheet"] not in names:
                _differ(outcome, book, "sheet", sheets[0], "", "", str(row["sheet"]), "no row of another sheet")
    return outcome


def _compare_sheet(book: Book, sheet: Sheet, shown: list[list[str]], was_read: Read, outcome: Outcome) -> None:
    table = sheet.table
    accepted = [row for row in was_read.rows.get(table, []) if row["sheet"] == sheet.name]
    if sheet.is_hidden:
        if accepted:
            _differ(outcome, book, "hidden sheet", sheet, "", "", f"{len(accepted)} rows", "no row of a hidden sheet")
        if was_read.reason is None and not any(sheet.name in note for note in was_read.notes):
            _differ(outcome, book, "hidden sheet", sheet, "", "", "nothing said", "a note that it is not read")
        return
    seen = Seen(book, sheet, shown)
    # A cell that is said to be read as empty is refused.
    cleared = {
        (one["row_number"], judge.clean(one["column_name"]))
        for one in was_read.corrected.get(table, [])
        if one["sheet"] == sheet.name and one["value_read"] is None
    }
    if table == "cover":
        for row in accepted:
            for number, name in enumerate(sheet.columns, 1):
                unit = judge.header_unit(seen.text(number, 0)) or 1
                is_cleared = (number, judge.clean(seen.text(number, 0))) in cleared
                _compare_cell(book, seen, number, 1, name, unit, row[name], outcome, is_cleared)
        return
    rejected = {r["row_number"] for r in was_read.rejects.get(table, []) if r["sheet"] == sheet.name}
    by_number: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in accepted:
        by_number[row["row_number"]].append(row)
    noted = {int(re.sub(r"\D", "", n)) for note in was_read.notes for n in re.findall(r"lignes? ([\d\u202f]+)", note)}
    units = seen.units()
    body = [n for n in range(sheet.header + 1, len(sheet.rows) + 1) if any(judge.clean(t) for t in seen.row(n))]
    for number in sorted(set(by_number) - set(body)):
        _differ(outcome, book, "row", sheet, str(number), "", "a row", "no row: nothing is shown there")
    keys: dict[str, int] = {}
    for number in body:
        texts, rows = seen.row(number), by_number.get(number, [])
        family = seen.family(number)
        if len(rows) > 1 or (rows and number in rejected):
            _differ(outcome, book, family, sheet, str(number), texts[0], f"{len(rows)} times", "once")
        if judge.is_total(texts) or (number == sheet.header + 1 and judge.is_unit_row(texts)):
            if rows:
                _differ(outcome, book, "total or units", sheet, str(number), texts[0], "a row", "no row of data")
            continue
        is_spoken_of = was_read.reason is not None or number in rejected or number in noted
        # Of a second sheet for a table it is enough to say that it is not read.
        is_spoken_of |= sheet.is_second and not accepted and any(sheet.name in note for note in was_read.notes)
        if not rows and not is_spoken_of:
            _differ(
                outcome, book, family, sheet, str(number), " | ".join(texts), "nothing", "a row, or a word about it"
            )
        if book.is_plain:
            outcome.plain_rows += 1
            outcome.plain_accepted += bool(rows)
        elif not rows:
            counts = outcome.counts(family)
            counts[1] += 1
            counts[2] += seen.can_be_told(number, units)
        for row in rows:
            for place, name in enumerate(sheet.columns):
                is_cleared = (number, judge.clean(seen.text(sheet.header, place))) in cleared
                _compare_cell(book, seen, number, place, name, units.get(place), row[name], outcome, is_cleared)
            if not book.is_plain:
                outcome.counts(family)[0] += 1
            if column(table, sheet.columns[0]).get("constraints", {}).get("unique"):
                key = judge.canonical(texts[0])
                if key in keys:
                    _differ(
                        outcome, book, "key-again", sheet, f"A{number}", texts[0], "a row", f"one key with A{keys[key]}"
                    )
                keys.setdefault(key, number)


class Seen:
    """The shown texts of a sheet, beside the cells that were drawn."""

    def __init__(self, book: Book, sheet: Sheet, shown: list[list[str]]) -> None:
        self.book, self.sheet, self.shown = book, sheet, shown

    def cell(self, number: int, place: int) -> Cell:
        row = self.sheet.rows[number - 1]
        return row[place] if place < len(row) else Cell(None)

    def text(self, number: int, place: int) -> str:
        row, cell = self.shown[number - 1] if number <= len(self.shown) else [], self.cell(number, place)
        if place >= len(row) or cell.is_covered:
            return ""
        # LibreOffice shows the yes and no of an XLS as a number, Excel as a word.
        return (
            ("VRAI" if cell.value else "FAUX")
            if isinstance(cell.value, bool) and cell.format == "General"
            else row[place]
        )

    def row(self, number: int) -> list[str]:
        return [self.text(number, place) for place in range(len(self.sheet.columns))]

    def family(self, number: int) -> str:
        return next((c.family for c in self.sheet.rows[number - 1] if c.family != "plain"), "plain")

    def seen(self, number: int, place: int) -> judge.Seen:
        cell = self.cell(number, place)
        is_formatted = cell.format not in ("General", "@") and not cell.is_covered
        is_uncomputed = isinstance(cell.value, Formula) and cell.value.state != "computed"
        return judge.Seen(
            self.text(number, place), cell.is_text, is_formatted, cell.is_red, self.book.is_1904, is_uncomputed,
            self.decimal_sign(place) if cell.is_text else "",
        )  # fmt: skip

    def decimal_sign(self, place: int) -> str:
        numbers = range(self.sheet.header + 1, len(self.sheet.rows) + 1)
        return judge.decimal_sign([self.text(n, place) for n in numbers if self.cell(n, place).is_text])

    def units(self) -> dict[int, int | None]:
        """The factor of each amount's column by its place; None where header and lines contradict each other."""
        lines = [judge.line_unit(self.row(number)) for number in range(1, self.sheet.header)]
        line = next((unit for unit in lines if unit), None)
        under = self.row(self.sheet.header + 1) if self.sheet.header < len(self.sheet.rows) else []
        units: dict[int, int | None] = {}
        for place, name in enumerate(self.sheet.columns):
            field = column(self.sheet.table, name)
            if not is_amount(field):
                continue
            said = {judge.header_unit(self.text(self.sheet.header, place)), line}
            if judge.is_unit_row(under):
                said.add(judge.factor(re.sub(r"^\(?(en )?|\)$", "", judge.clean(under[place]))))
            said.discard(None)
            units[place] = None if len(said) > 1 else said.pop() if said else judge.factor(field["relance"]["unit"])
        return units

    def can_be_told(self, number: int, units: dict[int, int | None]) -> bool:
        return all(
            judge.says(column(self.sheet.table, name), self.seen(number, place), units.get(place)).values
            for place, name in enumerate(self.sheet.columns)
        )


def _compare_cell(
    book: Book, seen: Seen, number: int, place: int, name: str, unit: int | None, was_read: Any, outcome: Outcome,
    is_cleared: bool,
) -> None:  # fmt: skip
    says = judge.says(column(seen.sheet.table, name), seen.seen(number, place), unit)
    outcome.values += 1
    if not says.admits(was_read) and not (is_cleared and was_read is None):
        cell = f"{chr(65 + place)}{number}"
        family = seen.cell(number, place).family
        if family == "plain" and is_amount(column(seen.sheet.table, name)) and unit != 1:
            family = "unit of the column"
        text = seen.text(number, place)
        _differ(outcome, book, family, seen.sheet, cell, text, str(was_read), str(says), seen.cell(number, place))


def _differ(
    outcome: Outcome, book: Book, family: str, sheet: Sheet, cell: str, shown: str, was_read: str, expected: str,
    drawn: Cell | None = None,
) -> None:  # fmt: skip
    number_format = drawn.format if drawn else ""
    found = (family, f"{book.name}.{book.extension}", book.writer, sheet.name, cell, number_format)
    outcome.differences.append(Difference(*found, shown, was_read, expected))

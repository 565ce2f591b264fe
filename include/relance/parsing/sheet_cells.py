"""The cells of a sheet that are to be read otherwise than the reader of workbooks gives them, within bounds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from relance.parsing.set_aside import SetAside
from relance.parsing.text_table import FIRST_DAY, Range
from relance.parsing.wording import integer, quoted

# Errors and formulas that nobody computed, of one sheet; cells with a format of their own, of one sheet.
MAX_STATES, MAX_SHOWN = 100_000, 2_000_000
# Cells named to the sender.
MAX_COVERED = 10
_LONG = 64  # characters: longer ones count as several

Text = str | tuple[str, str]  # of the cell, or what is shown before and after the text that the reader gives
Cells = dict[int, dict[int, Text]]  # row number -> position of the column (from 0) -> text


@dataclass
class SheetCells:
    """Of one sheet: `states` are errors and formulas without a value, `shown` what formats make of values."""

    name: str
    states: dict[int, dict[int, str]] = field(default_factory=dict)
    shown: Cells = field(default_factory=dict)
    state_count: int = 0
    shown_count: int = 0
    covered: list[tuple[int, int, Range]] = field(default_factory=list)

    def keep_state(self, row: int, column: int, text: str) -> None:
        """Raises `SetAside` for too many."""
        self.state_count += 1
        if self.state_count > MAX_STATES:
            raise SetAside(
                f"Feuille {quoted(self.name)} : plus de {integer(MAX_STATES)} cellules sont en erreur ou sont des"
                " formules jamais calculées. Ouvrir le classeur dans un tableur, corriger, enregistrer et renvoyer."
            )
        self.states.setdefault(row, {})[column] = text

    def drop_state(self, row: int, column: int) -> None:
        """Forget one that was kept."""
        del self.states[row][column]
        if not self.states[row]:
            del self.states[row]

    def keep_shown(self, row: int, column: int, text: Text | None) -> None:
        """`None` where a format shows the bare value. Raises `SetAside` for too many."""
        if text is None:
            return
        length = len(text) if isinstance(text, str) else len(text[0]) + len(text[1])
        self.shown_count += 1 + length // _LONG
        if self.shown_count > MAX_SHOWN:
            raise SetAside(
                f"Feuille {quoted(self.name)} : plus de {integer(MAX_SHOWN)} cellules ont un format de nombre qui"
                " montre une unité. Donner le format « Standard » aux nombres, écrire l'unité dans l'en-tête et"
                " renvoyer."
            )
        self.shown.setdefault(row, {})[column] = text

    def keep_covered(self, row: int, column: int, merged: Range) -> None:
        """One that has a value which nobody sees: it is under another cell."""
        self.keep_shown(row, column, "")
        if len(self.covered) <= MAX_COVERED:
            self.covered.append((row, column, merged))

    def without_covered(self, merged: Iterable[Range]) -> None:
        """Forget the cells that merged ones cover."""
        rows = self.rows()
        for top, left, bottom, right in merged:
            for row in rows[bisect_left(rows, top) : bisect_right(rows, bottom)]:
                for cells in (self.states.get(row, {}), self.shown.get(row, {})):
                    for column in [c for c in cells if left <= c <= right and (row, c) != (top, left)]:
                        del cells[column]
        self.states = {row: cells for row, cells in self.states.items() if cells}

    def rows(self) -> list[int]:
        """The rows that have such cells, in order."""
        return sorted({*self.states, *self.shown})

    def of_row(self, row: int) -> dict[int, Text]:
        """What its cells are to be read as."""
        return {**self.shown.get(row, {}), **self.states.get(row, {})}

    @property
    def width(self) -> int:
        columns = (max(row) for rows in (self.states, self.shown) for row in rows.values() if row)
        return max(columns, default=-1) + 1


@dataclass(frozen=True)
class BookCells:
    """Of a whole workbook, by the name of the sheet; `first_day` is what its serial number 0 means."""

    sheets: dict[str, SheetCells]
    first_day: date = FIRST_DAY


def finite(text: str) -> float | None:
    """The number that a file states; `None` where it is none that can be shown."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def book_cells(sheets: Iterable[SheetCells], first_day: date) -> BookCells:
    """Those sheets that have any such cell."""
    return BookCells({sheet.name: sheet for sheet in sheets if sheet.states or sheet.shown}, first_day)

"""The all-text table in which every container ends, before any value is judged.

Row numbers are the sender's: the spreadsheet's row, or for a CSV the record (1 = first record of the file,
line breaks inside quotes do not count).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from relance.parsing.wording import BLANKS, CONTROLS

# How many rows are looked at to find the header; title rows above it are few.
HEAD_ROWS = 60
# Far above any real table (the widest has 16 columns), far below what would strain memory.
MAX_COLUMNS = 1_000
MAX_CELL_CHARS = 1_000_000
# What the number 0 means as a date in most spreadsheets; 60 is no day there, but 60 was long ago.
FIRST_DAY = date(1899, 12, 30)
# Of a sheet in any program.
MAX_ROWS = 1_048_576
# First row (from 1), first column (from 0), last row, last column of cells that are merged.
Range = tuple[int, int, int, int]


@dataclass(frozen=True)
class NumberedRow:
    """One row as text; `number` is the row as the sender sees it."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Piece:
    """Some rows of a sheet, as UTF-8 CSV: row number, the sheet's cells, an empty field; empty rows are left out.

    `longest_line`: bytes that the longest row may have, where that is known. The next three are as in `Body`.
    `covered`: the first cells (row from 1, column from 0) whose value a merged cell covers, and that were left empty.
    """

    path: Path
    row_count: int
    longest_line: int | None = None
    inner_blanks: str = BLANKS + CONTROLS
    has_hash: bool = True
    has_odd: bool = True
    covered: tuple[tuple[int, int, Range], ...] = ()


@dataclass(eq=False)
class TextSheet:
    """One sheet of a workbook, in pieces that may still be being read.

    `coming` gives those that follow `pieces`, each when it is read. `merged`: its merged cells, as far as its reader
    knows of them.
    """

    name: str
    is_visible: bool
    width: int
    pieces: list[Piece]
    coming: Iterator[Piece] = field(default_factory=lambda: iter(()))
    merged: Sequence[Range] = ()

    def all_pieces(self) -> Iterator[Piece]:
        """Those read so far, then each as it comes."""
        yield from self.pieces
        for piece in self.coming:
            self.pieces.append(piece)
            yield piece

    @property
    def row_count(self) -> int:
        """Rows that are not empty, of the whole sheet."""
        return sum(piece.row_count for piece in self.all_pieces())

    def bodies(self, header_row: int) -> Iterator[Body]:
        """The rows under a header, piece by piece."""
        for piece in self.all_pieces():
            yield Body(
                piece.path,
                self.width,
                header_row,
                is_numbered=True,
                inner_blanks=piece.inner_blanks,
                longest_line=piece.longest_line,
                has_hash=piece.has_hash,
                has_odd=piece.has_odd,
                telling_signs=",",
            )

    def head(self) -> list[NumberedRow]:
        """The first rows that are not empty."""
        return list(islice(self.rows(), HEAD_ROWS))

    def rows(self) -> Iterator[NumberedRow]:
        """Its rows that are not empty."""
        csv.field_size_limit(MAX_CELL_CHARS + 1)
        for piece in self.all_pieces():
            with piece.path.open(encoding="utf-8", newline="") as lines:
                for number, *cells, _ in csv.reader(lines):
                    yield NumberedRow(int(number), tuple(cells))


@dataclass(frozen=True)
class Body:
    """The rows under a header, ready for DuckDB's `read_csv` as text.

    `numbered`: the first field is the row number and an `extra` field ends each record (what stood beyond the
    header's last column). Otherwise the file is the sender's own, read from `skip_lines` on, and the n-th
    record has the row number `header_row + n`. `blanks`: the kinds of blank that its cells may have at their edges,
    `inner_blanks`: those that they may have at all. `longest_line`: bytes of the longest record, where that is known.
    `has_hash`: whether it may have one of `value_sql.ERROR_SIGNS`. `has_odd`: whether it may have one of
    `odd_texts.SIGNS`. `telling_signs`: which of `.` and `,` tell by their use in a column what they mean in it.
    `first_day`: what its number 0 means as a date.
    """

    path: Path
    width: int
    header_row: int
    is_numbered: bool
    delimiter: str = ","
    skip_lines: int = 0
    record_count: int | None = None
    blanks: str = ""
    inner_blanks: str = BLANKS + CONTROLS
    longest_line: int | None = None
    has_hash: bool = True
    has_odd: bool = True
    telling_signs: str = ""
    first_day: date = FIRST_DAY

    def stands_for(self, known: Body) -> bool:
        """Whether reading this body, presumed from the beginning of its file, gave what reading `known` would give.

        It was looked for signs that are not there, or was read as it is.
        """
        signs = set(self.blanks) >= set(known.blanks) and set(self.inner_blanks) >= set(known.inner_blanks)
        signs = signs and self.has_hash >= known.has_hash and self.has_odd >= known.has_odd
        return signs and self.skip_lines == known.skip_lines


def write_numbered(path: Path, rows: Iterable[NumberedRow]) -> int:
    """Write rows as a numbered body whose `extra` field is empty; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in rows:
            writer.writerow((row.number, *(c.strip(BLANKS) for c in row.cells), ""))
            count += 1
    return count

"""The child process that opens a workbook: calamine in, one numbered CSV a sheet out.

It runs alone, under a limit of memory and time, because a small hostile workbook can ask the reader for any
amount of both, and a reader written in Rust ends its process when memory is refused. Imports nothing of the
project, so that it starts quickly. Writes `sheets.json`: name, visibility, width, row count, longest row, file.
"""

from __future__ import annotations

import datetime
import gc
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NoReturn, TextIO

Cell = str | float | int | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta
# The same blanks as in `wording`, which this program does not import.
BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\ufeff\u200b"

SEPARATOR = '","'
ROWS_AT_ONCE = 5_000
FIFTEEN_DIGITS = len(".123456789012345")


def float_text(value: float) -> str:
    """The number that the sender sees: 15 significant digits, no exponent, `.` as the decimal sign.

    Spreadsheets compute in binary and keep 15 digits: 0.1 + 0.2 is 0.3 to whoever sent it.
    """
    text = format(value, ".15g")
    return text if "e" not in text else format(Decimal(text), "f")


def moment_text(value: datetime.datetime) -> str:
    return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")


def span_text(value: datetime.timedelta) -> str:
    return float_text(value / datetime.timedelta(days=1))


AS_TEXT: dict[type, Callable[..., str]] = {
    float: float_text,
    int: str,
    bool: lambda value: "Vrai" if value else "Faux",
    datetime.datetime: moment_text,
    datetime.date: lambda value: value.isoformat(),
    datetime.time: lambda value: value.isoformat(),
    datetime.timedelta: span_text,
}


def texts(column: Sequence[Cell]) -> Sequence[str]:
    """The cells of one column as text. A column of one type, as most are, is written in one go."""
    if set(map(type, column)) == {float}:
        shortest = list(map(repr, column))
        together = "\n".join(shortest) + "\n"
        # Up to fifteen digits and a point, the shortest text is that of fifteen digits, but for whole numbers.
        if max(map(len, shortest)) <= FIFTEEN_DIGITS and "e" not in together:
            return together.replace(".0\n", "\n").split("\n")[:-1]
    return [c.strip(BLANKS) if isinstance(c, str) else AS_TEXT[c.__class__](c) for c in column]


def write_rows(rows: list[list[Cell]], first_number: int, out: TextIO, sheet: str, max_cell: int) -> tuple[int, int]:
    """Write the rows that are not empty, each with its number and an empty last field.

    The last field stays empty because a sheet has no cell beyond its own width. All fields are quoted. Returns how many
    rows were written, and how many bytes the longest may have.
    """
    columns = [texts(column) for column in zip(*rows, strict=True)]
    nothing = SEPARATOR.join([""] * len(columns))
    lines = list(map(SEPARATOR.join, zip(*columns, strict=True)))
    filled = [(number, line) for number, line in enumerate(lines, first_number) if line != nothing]
    whole = "".join([f'"{number}","{line}",""\n' for number, line in filled])
    if whole.count('"') != len(filled) * 2 * (len(columns) + 2):
        doubled = [[text.replace('"', '""') for text in column] for column in columns]
        lines = list(map(SEPARATOR.join, zip(*doubled, strict=True)))
        whole = "".join([f'"{number}","{lines[number - first_number]}",""\n' for number, _ in filled])
    if len(whole) > max_cell:
        refuse_long_cell(columns, first_number, sheet, max_cell)
    out.write(whole)
    # Twice for quotes, four bytes a character; beside them the number and the signs around the fields.
    return len(filled), 8 * max(map(len, lines)) + 64


def refuse_long_cell(columns: Sequence[Sequence[str]], first_number: int, sheet: str, max_cell: int) -> None:
    """End the process, saying on its last line of errors where the first cell stands that is too long, if one is."""
    long = [
        {"sheet": sheet, "row": row, "column": place, "length": len(text)}
        for place, column in enumerate(columns)
        for row, text in enumerate(column, first_number)
        if len(text) > max_cell
    ]
    if long:
        sys.exit(f"Cell too long: {json.dumps(min(long, key=lambda cell: (cell['row'], cell['column'])))}")


def main(source: str, target: str, memory_bytes: str, max_cell: str) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # millions of cells and no circle among them
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    sheets = []
    with Path(source).open("rb") as stream:
        workbook = CalamineWorkbook.from_filelike(stream)
        for index, meta in enumerate(workbook.sheets_metadata):
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(index)
            name, count, longest = f"sheet{index}.csv", 0, 0
            with (Path(target) / name).open("w", encoding="utf-8", newline="") as out:
                rows = sheet.to_python(skip_empty_area=False) if sheet.start is not None else []
                for first in range(0, len(rows), ROWS_AT_ONCE):
                    some = rows[first : first + ROWS_AT_ONCE]
                    written, length = write_rows(some, first + 1, out, meta.name, int(max_cell))
                    count, longest = count + written, max(longest, length)
            sheets.append(
                {
                    "name": meta.name,
                    "is_visible": meta.visible == SheetVisibleEnum.Visible,
                    "width": sheet.end[1] + 1 if sheet.end is not None else 0,
                    "row_count": count,
                    "longest_line": longest,
                    "file": name,
                }
            )
    (Path(target) / "sheets.json").write_text(json.dumps(sheets), encoding="utf-8")
    # Everything is written; to free millions of cells one by one would take as long as to read them.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:5])

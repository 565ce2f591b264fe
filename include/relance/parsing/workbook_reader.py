"""The child process that opens a workbook: calamine in, numbered CSV out, a file a piece of a sheet.

It runs alone, under a limit of memory and time, because a small hostile workbook can ask the reader for any
amount of both, and a reader written in Rust ends its process when memory is refused. Imports nothing of the
project and little else, so that it starts quickly. Says on its output, one JSON object a line, each piece of a sheet as
soon as it is written: name, visibility and width of the sheet, whether it is whole with this piece, and of the piece
row count, file, longest row, and which of the signs that cost time are in it.
"""

from __future__ import annotations

import datetime
import gc
import json
import math
import os
import re
import resource
import sys
import threading
from itertools import compress, islice, repeat

TYPE_CHECKING = False  # `typing` takes a tenth of the time of the start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import NoReturn, TypeGuard

    Range = tuple[int, int, int, int]
    Cell = str | float | int | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta

# The same blanks and controls as in `wording`, which this program does not import.
BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\ufeff\u200b"
CONTROLS = "".join(map(chr, [*range(0x01, 0x09), *range(0x0E, 0x20), 0x7F]))

# The same as `value_sql.ERROR_SIGNS` and `odd_texts.SIGNS`.
ERRORS = ("#", "rr:", "rr :", "rr\u00a0:", "rr\u202f:", "...", "…")
ODD = "Ã√├\ufffd\u200e\u200f\u202a\u202c\u202e"

# Signs that take time to look for in each cell, where a cell has one: blanks within it, those of error words (`#REF!`,
# `Err:502`), and those of texts that are no text.
SIGNS = (*BLANKS, *CONTROLS, *ERRORS, *ODD)
SEPARATOR = '","'
ROWS_AT_ONCE = 5_000
# Of pieces of one size, about so large: one is typed while the next one is read.
PIECE_ROWS = 35_000
MANY_ROWS = 50_000
MANY_BYTES = 2_000_000
# The same as `sheet_cells.MAX_COVERED`.
MAX_COVERED = 10
FIFTEEN_DIGITS = len(".123456789012345")
THREE_DECIMALS = re.compile(r"\.\d{3}(?![^,])")  # at the end, or before a comma between numbers


def float_text(value: float) -> str:
    """The number that the sender sees: 15 significant digits, no exponent, `.` as the decimal sign, not three decimals.

    As a text, 1.234 could be read in two ways: it is written as 1.2340. Spreadsheets compute in binary and keep 15
    digits: 0.1 + 0.2 is 0.3 to whoever sent it.
    """
    text = format(value, ".15g")
    if "e" in text:
        from decimal import Decimal  # hardly any workbook has such a number

        text = format(Decimal(text), "f")
    return THREE_DECIMALS.sub(r"\g<0>0", text)


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


def are_texts(column: Sequence[Cell]) -> TypeGuard[Sequence[str]]:
    return set(map(type, column)) == {str}


def are_numbers(column: Sequence[Cell]) -> TypeGuard[Sequence[float]]:
    return set(map(type, column)) == {float}


def few_numbers(column: Sequence[float]) -> str:
    """The shortest texts that mean these numbers, with commas between them; what is no number has an `n`."""
    return ",".join(map(repr, column))


def many_numbers() -> Callable[[Sequence[float]], str]:
    """As `few_numbers`, four times as fast, once a library is loaded, for as long as 100,000 numbers take."""
    from msgspec import json

    return lambda column: json.encode(column)[1:-1].decode()


def texts(column: Sequence[Cell], numbers: Callable[[Sequence[float]], str]) -> tuple[Sequence[str], str]:
    """The cells of one column as text, and all of them as one, to look for signs in.

    A column of one type, as most are, is written in one go, floats by `numbers`.
    """
    if are_texts(column):
        together = "".join(column)
        if any(blank in together for blank in BLANKS):
            return list(map(str.strip, column, repeat(BLANKS))), together
        return column, together
    if are_numbers(column):
        together = numbers(column) + ","
        shortest = together.split(",")
        # Up to fifteen digits and a point, the shortest text is that of fifteen digits, but for whole numbers.
        if max(map(len, shortest)) <= FIFTEEN_DIGITS and "e" not in together and "n" not in together:
            bare = together.replace(".0,", ",")
            plain = THREE_DECIMALS.sub(r"\g<0>0", bare)
            return (shortest if plain is together else plain.split(","))[:-1], ""
    strings = [c.strip(BLANKS) if isinstance(c, str) else AS_TEXT[c.__class__](c) for c in column]
    return strings, "".join(strings)


def csv_rows(columns: Sequence[Sequence[str]], first_number: int) -> tuple[str, int, int]:
    """The rows that are not empty, each with its number and an empty last field; how many, and bytes of the longest.

    The last field stays empty because a sheet has no cell beyond its own width. All fields are quoted.
    """
    numbers = map(str, range(first_number, first_number + len(columns[0])))
    lines = list(map(SEPARATOR.join, zip(numbers, *columns, strict=True)))
    if all("" in column for column in columns):
        lines = list(compress(lines, map(any, zip(*columns, strict=True))))
    if not lines:
        return "", 0, 0
    end = f'{SEPARATOR}"\n'
    # At most: a character has up to four bytes.
    return '"' + f'{end}"'.join(lines) + end, len(lines), 4 * max(map(len, lines)) + 8


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


def emptied(columns: Sequence[Sequence[str]], first_number: int, merged: Sequence[Range]) -> tuple[
    Sequence[Sequence[str]], list[tuple[int, int, Range]]
]:  # fmt: skip
    """The columns without what merged cells cover, since nobody sees it; where something stood that is not empty."""
    end = first_number + len(columns[0])
    here = [area for area in merged if area[0] < end and area[2] >= first_number]
    if not here:
        return columns, []
    changed, covered = list(map(list, columns)), []
    for area in here:
        for row in range(max(area[0], first_number), min(area[2] + 1, end)):
            for column in range(area[1], min(area[3] + 1, len(columns))):
                if changed[column][row - first_number] and (row, column) != area[:2]:
                    changed[column][row - first_number] = ""
                    covered.append((row, column, area))
    return changed, covered


def write_piece(
    path: str, rows: Iterator[Sequence[Cell]], numbered: range, left: int, sheet: str, max_cell: int,
    as_texts: Callable[[Sequence[float]], str], merged: Sequence[Range],
) -> dict[str, object]:  # fmt: skip
    """Write the next rows of a sheet, whose numbers are given, `left` empty columns before theirs; what is in them."""
    count, longest, signs, all_covered = 0, 0, set(), []
    with open(path, "wb") as out:  # noqa: PTH123 - `pathlib` is not loaded
        for first in numbered[::ROWS_AT_ONCE]:
            some = list(islice(rows, min(ROWS_AT_ONCE, numbered.stop - first)))
            cells = [("",) * len(some)] * left + list(zip(*some, strict=True))
            columns, together = zip(*(texts(column, as_texts) for column in cells), strict=True)
            seen, covered = emptied(columns, first, merged)
            all_covered += covered
            signs |= {sign for sign in SIGNS if any(sign in text for text in together)}
            doubled = [
                [cell.replace('"', '""') for cell in column] if '"' in text else column
                for column, text in zip(seen, together, strict=True)
            ]
            whole, written, length = csv_rows(doubled, first)
            if len(whole) > max_cell:
                refuse_long_cell(seen, first, sheet, max_cell)
            out.write(whole.encode())
            count, longest = count + written, max(longest, length)
    return {
        "row_count": count,
        "longest_line": longest,
        "inner_blanks": "".join(sorted(signs.intersection(BLANKS + CONTROLS))),
        "has_hash": not signs.isdisjoint(ERRORS),
        "has_odd": not signs.isdisjoint(ODD),
        "covered": all_covered[: MAX_COVERED + 1],
    }


def main(source: str, target: str, memory_bytes: str, max_cell: str) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # millions of cells and no circle among them
    if os.stat(source).st_size > MANY_BYTES:  # noqa: PTH116 - `pathlib` is not loaded
        # Loaded beside: reading a sheet leaves the interpreter to others.
        threading.Thread(target=many_numbers, daemon=True).start()
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with open(source, "rb") as stream:  # noqa: PTH123 - `pathlib` is not loaded
        workbook = CalamineWorkbook.from_filelike(stream)
        for index, meta in enumerate(workbook.sheets_metadata):
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(index)
            height, width = (place + 1 for place in sheet.end or (-1, -1))
            # Rows come from the first on, columns from the first that has something.
            rows, left = sheet.iter_rows(), sheet.start[1] if sheet.start else 0
            merged = [(a + 1, b, c + 1, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
            numbers = many_numbers() if height > MANY_ROWS else few_numbers
            size = math.ceil(height / max(1, round(height / PIECE_ROWS))) or 1
            for begin in range(1, max(height, 1) + 1, size):
                numbered = range(begin, min(begin + size, height + 1))
                name = f"sheet{index}-{begin}.csv"
                say(
                    name=meta.name,
                    is_visible=meta.visible == SheetVisibleEnum.Visible,
                    width=width,
                    is_last=numbered.stop > height,
                    file=name,
                    merged=merged if begin == 1 else [],
                    **write_piece(f"{target}/{name}", rows, numbered, left, meta.name, int(max_cell), numbers, merged),
                )
    say(is_whole=True)
    # Everything is written; to free millions of cells one by one would take as long as to read them.
    os._exit(0)


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:5])

"""The child process that opens a workbook: calamine in, one numbered CSV a sheet out.

It runs alone, under a limit of memory and time, because a small hostile workbook can ask the reader for any
amount of both, and a reader written in Rust ends its process when memory is refused. Imports nothing of the
project, so that it starts quickly. Writes `sheets.json`: name, visibility, width, row count, file.
"""

from __future__ import annotations

import csv
import datetime
import json
import resource
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

Cell = str | float | int | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta
# The same blanks as in `wording`, which this program does not import.
BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\ufeff\u200b"


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


def text_rows(rows: Iterable[list[Cell]], first_number: int) -> Iterable[list[str | int]]:
    for number, row in enumerate(rows, first_number):
        cells = [c.strip(BLANKS) if isinstance(c, str) else AS_TEXT[c.__class__](c) for c in row]
        if any(cells):
            # The last field stays empty: a sheet has no cell beyond its own width.
            yield [number, *cells, ""]


def refuse_long_cell(sheet: str, row: list[str | int], max_cell: int) -> None:
    """End the process, saying on its last line of errors where the cell stands, if one is too long."""
    for column, text in enumerate(row[1:]):
        if len(str(text)) > max_cell:
            place = {"sheet": sheet, "row": row[0], "column": column, "length": len(str(text))}
            sys.exit(f"Cell too long: {json.dumps(place)}")


def main(source: str, target: str, memory_bytes: str, max_cell: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    sheets = []
    with Path(source).open("rb") as stream:
        workbook = CalamineWorkbook.from_filelike(stream)
        for index, meta in enumerate(workbook.sheets_metadata):
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(index)
            name, count = f"sheet{index}.csv", 0
            with (Path(target) / name).open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
                if sheet.start is not None:
                    for row in text_rows(sheet.to_python(skip_empty_area=False), 1):
                        if writer.writerow(row) > int(max_cell):
                            refuse_long_cell(meta.name, row, int(max_cell))
                        count += 1
            sheets.append(
                {
                    "name": meta.name,
                    "is_visible": meta.visible == SheetVisibleEnum.Visible,
                    "width": sheet.end[1] + 1 if sheet.end is not None else 0,
                    "row_count": count,
                    "file": name,
                }
            )
    (Path(target) / "sheets.json").write_text(json.dumps(sheets), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))

"""The child process that annotates a workbook: openpyxl in, openpyxl out, nothing of the project imported.

It runs alone, under a limit of memory, because a small hostile workbook can ask openpyxl for any amount. Every text
is written as text: never as a formula, whatever it begins with.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

MAX_TEXT = 1_000
# What XML cannot carry, and lone surrogates.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Colours of the marked cell, of headings and of table headers (ARGB).
MARK, HEADING, HEADER = "FFFFD6A5", "FF000091", "FFE3E3FD"
FONT = "Arial"


def text_of(value: str) -> str:
    clean = _UNWRITABLE.sub("\ufffd", value)
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1] + "…"


def put(cell: Any, value: str) -> None:
    """Write a text that stays one, also after somebody has edited the cell."""
    cell.value = text_of(value)
    cell.data_type = "s"
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True


def words(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def header_columns(sheet: Any, row: int) -> dict[str, int]:
    """Header as parsing names it -> column number: of one row, or of it and the one above read as one."""
    columns: dict[str, int] = {}
    group = ""
    for number in range(1, sheet.max_column + 1):
        below = words(sheet.cell(row, number).value)
        above = words(sheet.cell(row - 1, number).value) if row > 1 else ""
        group = above or group
        for name in (below, f"{above} {below}", f"{group} {below}", above):
            if name.strip():
                columns.setdefault(name.strip(), number)
    return columns


def beside_label(sheet: Any, row: int) -> int:
    """Column of the value on a cover: the next filled cell after the label, or the one beside it."""
    filled = [n for n in range(1, sheet.max_column + 1) if words(sheet.cell(row, n).value)]
    return filled[1] if len(filled) > 1 else (filled[0] if filled else 1) + 1


def cell_of(workbook: Any, headers: dict[tuple[str, int], dict[str, int]], problem: dict[str, Any]) -> Any:
    """The cell at fault (the first one of a merged range), or None where it is not found."""
    name, row, header_row = problem["sheet"], problem["row"], problem["header_row"]
    if name not in workbook.sheetnames:
        return None
    sheet = workbook[name]
    if header_row is None:
        column = beside_label(sheet, row)
    else:
        if (name, header_row) not in headers:
            headers[name, header_row] = header_columns(sheet, header_row)
        found = headers[name, header_row].get(words(problem["column"]))
        if found is None:
            return None
        column = found
    cell = sheet.cell(row, column)
    for merged in sheet.merged_cells.ranges:
        if cell.coordinate in merged:
            return sheet.cell(merged.min_row, merged.min_col)
    return cell


def mark(cell: Any, text: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    before = f"{cell.comment.text}\n\n" if cell.comment is not None else ""
    comment = Comment(text_of(before + text), "Relance")
    comment.width, comment.height = 360, 60 + 20 * (len(comment.text) // 50)
    cell.comment = comment
    cell.fill = PatternFill("solid", start_color=MARK, end_color=MARK)


def write_row(sheet: Any, number: int, style: str, cells: list[str]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    wide = style in ("title", "heading", "text")
    for column, text in enumerate(cells, 1):
        cell = sheet.cell(number, column)
        put(cell, text)
        cell.font = Font(FONT)
        right = style == "cells" and re.fullmatch("[-\u2212]?[0-9][0-9\u202f]*(,[0-9]+)?(\u00a0€)?", text) is not None
        cell.alignment = Alignment(
            wrap_text=style != "title",
            vertical="top",
            horizontal="right" if right else "left",
            indent=1 if column > 1 else 0,
        )
        if style in ("cells", "header", "pair", "problem"):
            cell.border = Border(bottom=Side("thin", color="FFCECECE"))
        if style == "header":
            cell.font, cell.fill = Font(FONT, bold=True), PatternFill("solid", start_color=HEADER, end_color=HEADER)
        elif style == "pair" and column == 1:
            cell.font = Font(FONT, bold=True)
        elif style in ("title", "heading"):
            cell.font = Font(FONT, bold=True, size=16 if style == "title" else 13, color=HEADING)
    if wide:
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=5)
    elif style == "pair":
        sheet.merge_cells(start_row=number, end_row=number, start_column=2, end_column=5)
    # No program widens the rows of merged cells by itself.
    widths = (136,) if wide else (22, 112) if style == "pair" else (24, 20, 22, 22, 50)
    lines = max((-(-len(text_of(text)) // width) for text, width in zip(cells, widths, strict=False)), default=1)
    height = {"title": 26, "heading": 26}.get(style, 16)
    sheet.row_dimensions[number].height = min(400, height * max(1, lines))


def write_summary(workbook: Any, job: dict[str, Any], cells: list[Any]) -> None:
    """The first sheet: what the parent says, then one row a problem, linked with its cell."""
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet = workbook.create_sheet(job["sheet"], 0)
    for letter, width in zip("ABCDE", (26, 22, 24, 24, 56), strict=True):
        sheet.column_dimensions[letter].width = width
    number = 0
    for number, (style, texts) in enumerate(job["rows"], 1):
        write_row(sheet, number, style, texts)
    for problem, cell in zip(job["problems"], cells, strict=True):
        number += 1
        where = cell.coordinate if cell is not None else f"ligne {problem['row']}"
        texts = [problem["sheet"] or "", where, problem["column"] or "", problem["value"] or "(vide)", problem["text"]]
        write_row(sheet, number, "problem", texts)
        if cell is not None:
            link, title = sheet.cell(number, 2), cell.parent.title.replace("'", "''")
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{title}'!{cell.coordinate}")
            link.font = Font(FONT, color=HEADING, underline="single")
    if not job["problems"]:
        write_row(sheet, number + 1, "cells", ["Aucun"])
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = other is sheet
    workbook.active = 0


def main(job_path: str) -> int:
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from openpyxl import load_workbook

    headers: dict[tuple[str, int], dict[str, int]] = {}
    # As a stream: openpyxl refuses a path by its extension, and the landing's have none.
    with Path(job["source"]).open("rb") as stream:
        workbook = load_workbook(stream)
    cells = [cell_of(workbook, headers, problem) for problem in job["problems"]]
    for problem, cell in zip(job["problems"], cells, strict=True):
        if cell is not None:
            mark(cell, problem["text"])
    write_summary(workbook, job, cells)
    workbook.save(job["target"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

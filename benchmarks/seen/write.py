"""Makes files of drawn books: XLSX by openpyxl and XlsxWriter, XLS by xlwt, ODS by its XML.

XLSX files are then changed in place: results of formulas that openpyxl does not store, names with a prefix (as the
Open XML SDK writes them), cells without references.
"""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.seen import ods
from benchmarks.seen.model import Book, Cell, Failed, Formula, Sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
XLS_ERRORS = {"#DIV/0!": 0x07, "#VALUE!": 0x0F, "#N/A": 0x2A}
HOW = "pip install XlsxWriter xlwt"


def missing_writers() -> list[str]:
    """The libraries that the benchmark needs and that are not installed."""
    missing = []
    for name, module in (("XlsxWriter", "xlsxwriter"), ("xlwt", "xlwt")):
        try:
            __import__(module)
        except ImportError:
            missing.append(name)
    return missing


def write(book: Book, path: Path) -> None:
    WRITERS[book.writer](book, path)


def cells(sheet: Sheet) -> list[tuple[int, int, Cell]]:
    """Row and column from 0, and the cell, where there is something to write."""
    return [
        (r, c, cell)
        for r, row in enumerate(sheet.rows)
        for c, cell in enumerate(row)
        if cell.value is not None or cell.format != "General"
    ]


def _recalculates(book: Book) -> bool:
    """A stored 0 that is no result is only told by the workbook's own word that all has to be computed."""
    return book.recalculates or any(
        isinstance(c.value, Formula) and c.value.state == "zero" for s in book.sheets for row in s.rows for c in row
    )


def _openpyxl(book: Book, path: Path, dress: Callable[[bytes], bytes] | None = None) -> None:
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    out = Workbook()
    out.remove(out.active)
    if book.is_1904:
        out.epoch = CALENDAR_MAC_1904
    out.calculation.fullCalcOnLoad = _recalculates(book)
    for sheet in book.sheets:
        ws = out.create_sheet(sheet.name)
        # Before the cells: merging empties what it covers.
        for first, last, left, right in sheet.merged:
            ws.merged_cells.add(f"{get_column_letter(left + 1)}{first}:{get_column_letter(right + 1)}{last}")
        for r, c, cell in cells(sheet):
            target = ws.cell(r + 1, c + 1)
            value = cell.value
            if isinstance(value, Formula):
                value = "=" + value.text
            elif isinstance(value, Failed):
                value = "=" + value.formula
            target.value = value
            if isinstance(cell.value, str):
                target.data_type = "s"
            target.number_format = cell.format
        for row in sheet.hidden_rows:
            ws.row_dimensions[row].hidden = True
        for column in sheet.hidden_columns:
            ws.column_dimensions[get_column_letter(column + 1)].hidden = True
        if sheet.is_filtered:
            ws.auto_filter.ref = f"A{sheet.header}:{get_column_letter(len(sheet.columns))}{len(sheet.rows)}"
        ws.sheet_state = "hidden" if sheet.is_hidden else "visible"
    out.save(path)
    stored = {f"xl/worksheets/sheet{i}.xml": sheet for i, sheet in enumerate(book.sheets, 1)}

    def change(name: str, data: bytes) -> bytes:
        if name in stored:
            data = _with_results(data.decode(), stored[name]).encode()
        if dress and name.startswith("xl/") and name.endswith(".xml") and "theme" not in name:
            data = dress(data)
        return data

    _change(path, change)


def _with_results(xml: str, sheet: Sheet) -> str:
    from openpyxl.utils import get_column_letter

    for r, c, cell in cells(sheet):
        reference = f"{get_column_letter(c + 1)}{r + 1}"
        if isinstance(cell.value, Failed):
            result, kind = cell.value.code, ' t="e"'
        elif isinstance(cell.value, Formula) and cell.value.state != "absent":
            value = 0 if cell.value.state == "zero" else cell.value.result
            result, kind = escape(str(value)), ' t="str"' if isinstance(value, str) else ""
        else:
            continue
        xml, count = re.subn(
            rf'(<c r="{reference}"(?: s="\d+")?)( t="\w+")?(>\s*<f>[^<]*</f>)<v\s*/?>(?:</v>)?',
            lambda m, result=result, kind=kind: f"{m[1]}{kind}{m[3]}<v>{result}</v>",
            xml,
        )
        if count != 1:
            raise ValueError(f"{reference}: openpyxl no longer writes formulas as this expects")
    return xml


def _change(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, change(name, data))


def prefixed(data: bytes) -> bytes:
    """The same XML with `x:` before each name."""
    ET.register_namespace("x", MAIN)
    ET.register_namespace("r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships")
    return b'<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(ET.fromstring(data))  # noqa: S314 - our own file


def bare(data: bytes) -> bytes:
    """The same sheet with cells that do not say where they stand, in rows without a gap, and single quotes."""
    root = ET.fromstring(data)  # noqa: S314 - our own file
    for row in root.iter(f"{{{MAIN}}}row"):
        found = list(row)
        if [re.sub(r"\d", "", c.get("r", "")) for c in found] == [chr(65 + i) for i in range(len(found))]:
            for cell in found:
                cell.attrib.pop("r")
    ET.register_namespace("", MAIN)
    ET.register_namespace("r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships")
    text = ET.tostring(root, encoding="unicode")
    return re.sub(r'(<c [^>"]*)"([^"\']*)"', r"\1'\2'", text).encode()


def _xlsxwriter(book: Book, path: Path) -> None:
    import xlsxwriter

    out = xlsxwriter.Workbook(str(path), {"date_1904": book.is_1904})
    formats = {"General": None}
    for sheet in book.sheets:
        ws = out.add_worksheet(sheet.name)
        for first, last, left, right in sheet.merged:
            ws.merge_range(first - 1, left, last - 1, right, "")
        for r, c, cell in cells(sheet):
            if cell.format not in formats:
                formats[cell.format] = out.add_format({"num_format": cell.format})
            style, value = formats[cell.format], cell.value
            if isinstance(value, Failed):
                ws.write_formula(r, c, "=" + value.formula, style, value.code)
            elif isinstance(value, Formula):
                ws.write_formula(r, c, "=" + value.text, style, 0 if value.state == "zero" else value.result)
            elif isinstance(value, bool):
                ws.write_boolean(r, c, value, style)
            elif isinstance(value, dt.date):
                ws.write_datetime(r, c, value, style)
            elif isinstance(value, str):
                ws.write_string(r, c, value, style)
            elif value is None:
                ws.write_blank(r, c, None, style)
            else:
                ws.write_number(r, c, value, style)
        for row in sheet.hidden_rows:
            ws.set_row(row - 1, None, None, {"hidden": True})
        for column in sheet.hidden_columns:
            ws.set_column(column, column, None, None, {"hidden": True})
        if sheet.is_filtered:
            ws.autofilter(sheet.header - 1, 0, len(sheet.rows) - 1, len(sheet.columns) - 1)
        if sheet.is_hidden:
            ws.hide()
    out.close()
    if not _recalculates(book):
        # As Excel leaves it once it has computed everything.
        _change(
            path, lambda name, data: data.replace(b' fullCalcOnLoad="1"', b"") if name == "xl/workbook.xml" else data
        )


def _xlwt(book: Book, path: Path) -> None:
    import xlwt

    out = xlwt.Workbook(encoding="utf-8")
    out.dates_1904 = book.is_1904
    styles = {}
    for sheet in book.sheets:
        ws = out.add_sheet(sheet.name, cell_overwrite_ok=True)
        for first, last, left, right in sheet.merged:
            ws.merge(first - 1, last - 1, left, right)
        for r, c, cell in cells(sheet):
            if cell.format not in styles:
                styles[cell.format] = xlwt.XFStyle()
                styles[cell.format].num_format_str = cell.format
            value = cell.value
            if isinstance(value, Failed):
                ws.row(r).set_cell_error(c, XLS_ERRORS[value.code], styles[cell.format])
            else:
                ws.write(r, c, xlwt.Formula(value.text) if isinstance(value, Formula) else value, styles[cell.format])
        for row in sheet.hidden_rows:
            ws.row(row - 1).hidden = True
        for column in sheet.hidden_columns:
            ws.col(column).hidden = True
        ws.visibility = int(sheet.is_hidden)
    out.save(str(path))


WRITERS: dict[str, Callable[[Book, Path], None]] = {
    "openpyxl": _openpyxl,
    "openpyxl-prefixed": lambda book, path: _openpyxl(book, path, prefixed),
    "openpyxl-bare": lambda book, path: _openpyxl(book, path, bare),
    "xlsxwriter": _xlsxwriter,
    "xlwt": _xlwt,
    "ods": ods.write,
}

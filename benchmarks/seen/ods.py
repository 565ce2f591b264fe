"""Writes an ODS file from a drawn book: the XML itself, so that it can hold what no library writes."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from benchmarks.seen.model import Book, Cell, Failed, Formula, Sheet

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = " ".join(
    f'xmlns:{prefix}="urn:{name}"'
    for prefix, name in (
        ("office", "oasis:names:tc:opendocument:xmlns:office:1.0"),
        ("table", "oasis:names:tc:opendocument:xmlns:table:1.0"),
        ("text", "oasis:names:tc:opendocument:xmlns:text:1.0"),
        ("style", "oasis:names:tc:opendocument:xmlns:style:1.0"),
        ("number", "oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
        ("manifest", "oasis:names:tc:opendocument:xmlns:manifest:1.0"),
        ("of", "oasis:names:tc:opendocument:xmlns:of:1.2"),
        ("calcext", "org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"),
    )
)
DATE_PARTS = {
    "dddd": '<number:day-of-week number:style="long"/>', "dd": '<number:day number:style="long"/>',
    "d": "<number:day/>", "mmmm": '<number:month number:style="long" number:textual="true"/>',
    "mmm": '<number:month number:textual="true"/>', "mm": '<number:month number:style="long"/>',
    "yyyy": '<number:year number:style="long"/>', "yy": "<number:year/>", "hh": '<number:hours number:style="long"/>',
}  # fmt: skip
LITERAL = r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)(?:-[0-9A-F]+)?\]|_(?P<wide>.)'
NUMBER = re.compile(
    rf"{LITERAL}|(?P<number>[#0][#0, ]*(?:\.[0#]+)?,*)|(?P<percent>%)|(?P<colour>\[[A-Z][a-z]+\])|(?P<space> )"
)
DATE = re.compile(r"(?P<part>d{1,4}|m{2,4}|yyyy|yy|hh)|(?P<text>[ /.:-])")


def style_of(code: str, name: str) -> str | None:
    """The data style that shows what an Excel format code shows; None for those that are not translated."""
    if code == "@":
        return f'<number:text-style style:name="{name}"><number:text-content/></number:text-style>'
    if code == ";;;":
        return f'<number:number-style style:name="{name}"><number:text/></number:number-style>'
    for pattern, write, kind in ((DATE, _date_part, "date"), (NUMBER, _number_part, "number")):
        parts, at = [], 0
        while at < len(code) and (found := pattern.match(code, at)):
            parts.append(write(found, code))
            at = found.end()
        if at == len(code):
            kind = "percentage" if "%" in re.sub(r'"[^"]*"', "", code) else kind
            return f'<number:{kind}-style style:name="{name}">{"".join(parts)}</number:{kind}-style>'
    return None


def _date_part(found: re.Match[str], code: str) -> str:
    if found["part"] == "mm" and "hh:mm" in code and found.start() > code.index("hh"):
        return '<number:minutes number:style="long"/>'
    return DATE_PARTS[found["part"]] if found["part"] else _text(found["text"])


def _number_part(found: re.Match[str], code: str) -> str:
    if pattern := found["number"]:
        whole, _, decimals = pattern.rstrip(", ").partition(".")
        scaled = len(pattern) - len(pattern.rstrip(","))
        factor = f' number:display-factor="{1000**scaled}"' if scaled else ""
        grouped = ' number:grouping="true"' if "," in whole or " " in whole else ""
        digits = f'number:decimal-places="{len(decimals)}" number:min-decimal-places="{len(decimals)}"'
        return f'<number:number {digits} number:min-integer-digits="{whole.count("0")}"{grouped}{factor}/>' + (
            _text(" ") if pattern.endswith(" ") else ""
        )
    if found["colour"]:
        return ""
    if found["currency"] is not None:
        return _text(found["currency"])
    return _text(next((found[g] for g in ("quoted", "escaped", "percent", "space") if found[g]), " "))


def _text(text: str) -> str:
    return f"<number:text>{escape(text)}</number:text>"


def write(book: Book, path: Path) -> None:
    formats = sorted({c.format for s in book.sheets for row in s.rows for c in row if c.format != "General"})
    names = {code: f"N{i}" for i, code in enumerate(formats)}
    styles = "".join(
        f'{style_of(code, name)}<style:style style:name="c{name}" style:family="table-cell"'
        f' style:parent-style-name="Default" style:data-style-name="{name}"/>'
        for code, name in names.items()
    )
    hidden = (
        '<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    tables = "".join(_table(sheet, names) for sheet in book.sheets)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMES} office:version="1.2">'
        f"<office:automatic-styles>{hidden}{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest {NAMES}>'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", TYPE, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)


def _table(sheet: Sheet, names: dict[str, str]) -> str:
    style = ' table:style-name="hidden"' if sheet.is_hidden else ""
    width = max(len(row) for row in sheet.rows)
    collapsed = ' table:visibility="collapse"'
    columns = "".join(f"<table:table-column{collapsed if c in sheet.hidden_columns else ''}/>" for c in range(width))
    spans = {(a, c): (b - a + 1, d - c + 1) for a, b, c, d in sheet.merged}
    rows = []
    for number, row in enumerate(sheet.rows, 1):
        hidden = ' table:visibility="filter"' if sheet.is_filtered else collapsed
        cells = "".join(_cell(c, names, (number + i) % 2 == 0, spans.get((number, i))) for i, c in enumerate(row))
        rows.append(
            f"<table:table-row{hidden if number in sheet.hidden_rows else ''}>{cells or '<table:table-cell/>'}"
            "</table:table-row>"
        )
    return f"<table:table table:name={quoteattr(sheet.name)}{style}>{columns}{''.join(rows)}</table:table>"


def _cell(cell: Cell, names: dict[str, str], in_excels_way: bool, span: tuple[int, int] | None) -> str:
    value, attributes, state = cell.value, "", "computed"
    if cell.format != "General":
        attributes += f' table:style-name="c{names[cell.format]}"'
    if span:
        attributes += f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"'
    if isinstance(value, Failed):
        attributes += f" table:formula={quoteattr('of:=' + value.formula)}"
        if in_excels_way:
            attributes += ' office:value-type="float" office:value="0"'
        else:
            attributes += ' office:value-type="string" office:string-value="" calcext:value-type="error"'
        value = value.code
    elif isinstance(value, Formula):
        attributes += f" table:formula={quoteattr('of:=' + value.text)}"
        state, value = value.state, 0 if value.state == "zero" else value.result
        if state != "absent":
            attributes += _typed(value)
    elif value is not None:
        attributes += _typed(value)
    lines = [] if value is None or state == "absent" else str(value).split("\n")
    shown = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in lines)
    tag = "table:covered-table-cell" if cell.is_covered else "table:table-cell"
    return f"<{tag}{attributes}>{shown}</{tag}>"


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    if isinstance(value, (int, float)):
        return f' office:value-type="float" office:value="{value!r}"'
    if isinstance(value, dt.date):
        return f' office:value-type="date" office:date-value="{value.isoformat()}"'
    return ' office:value-type="string"'


def _spaced(line: str) -> str:
    """Spaces at an edge or after another one are elements, or they are not kept."""
    return re.sub(r"^ +| +$|(?<= ) +", lambda m: f'<text:s text:c="{len(m[0])}"/>', escape(line))

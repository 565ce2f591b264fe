"""States and formats of the cells of an ODS (OpenDocument 1.3 part 3, 9 and 16), from its own XML.

Elements are known by the prefixes that all programs write (`table:`), as the reader of workbooks knows them.
"""

from __future__ import annotations

import re
import zipfile
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from relance.parsing.container import CHUNK
from relance.parsing.markup import Enough, read_xml
from relance.parsing.number_format import NumberFormat, number_format
from relance.parsing.sheet_cells import SheetCells, finite
from relance.parsing.text_table import FIRST_DAY
from relance.parsing.wording import UNCOMPUTED

CONTENT = "content.xml"
MAX_SHOWN_CHARS = 200
_MAX_LOOKED_FOR = 100
_MAX_PARENTS = 20
_BEGINNING = 4 << 20
_DATA_STYLES = ("number:number-style", "number:currency-style", "number:percentage-style", "number:text-style")
_CELLS = ("table:table-cell", "table:covered-table-cell")
_NUMBERS = ("float", "percentage", "currency")
# As shown, in English and in French; LibreOffice has numbers for errors of its own.
_ERROR = re.compile(r"#(N/[AD]|[A-ZÉ0-9/]+\s?[!?])|Err\s?:\s?\d{3}")
_MARKS = (
    b'-type="error"', b"-type='error'", b"table:formula", b'"percentage"', b"'percentage'", b'"currency"',
    b"'currency'", b">#", b">Err",
)  # fmt: skip
_CONDITION = re.compile(r"\s*value\(\)\s*(<=|>=|!=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*")
_BLANK_BETWEEN = re.compile(rb">[ \t\r\n]+</?(?:table|text):")


@dataclass
class Styles:
    """The number formats of a document, as codes of `number_format`, and which style of a cell has which."""

    codes: dict[str, str] = field(default_factory=dict)
    maps: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    cell_styles: dict[str, tuple[str, str]] = field(default_factory=dict)  # own format, style that it is made from
    first_day: date = FIRST_DAY

    def __post_init__(self) -> None:
        self.style = self.element = self.embedded = ""
        self.attributes: dict[str, str] = {}
        self.texts: dict[int, str] = {}
        self.is_text = False
        self.resolved: dict[str, NumberFormat | str | None] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _DATA_STYLES:
            self.style, self.element = attributes.get("style:name", ""), name
            self.codes[self.style], self.maps[self.style] = "", []
        elif name == "style:style" and attributes.get("style:family") == "table-cell":
            own, parent = attributes.get("style:data-style-name", ""), attributes.get("style:parent-style-name", "")
            self.cell_styles[attributes.get("style:name", "")] = own, parent
        elif name == "table:null-date":
            self._read_null_date(attributes.get("table:date-value", ""))
        elif name == "table:table-row":
            raise Enough
        elif self.style:
            if name in ("number:text", "number:currency-symbol", "number:embedded-text"):
                self.is_text, self.embedded = True, ""
            if name == "number:embedded-text":
                self.texts[int(_count(attributes, "number:position"))] = ""
            elif name == "number:number":
                self.attributes, self.texts = attributes, {}
            elif name == "number:text-content":
                self.codes[self.style] += "@"
            elif name in ("number:scientific-number", "number:fraction"):
                self.codes[self.style] += "0"
            elif name == "style:map" and (found := _CONDITION.fullmatch(attributes.get("style:condition", ""))):
                operator = "<>" if found[1] == "!=" else found[1]
                applied = attributes.get("style:apply-style-name", "")
                self.maps[self.style].append((f"[{operator}{found[2]}]", applied))

    def text(self, text: str) -> None:
        if self.is_text:
            self.embedded += text[:MAX_SHOWN_CHARS]

    def end(self, name: str) -> None:
        if name in _DATA_STYLES:
            self.style = ""
        elif not self.style:
            return
        elif name == "number:embedded-text":
            self.texts[max(self.texts)] = _literal(self.embedded)
        elif name == "number:number":
            self.codes[self.style] += self._digits()
        elif self.is_text:
            is_percent = name == "number:text" and self.element == "number:percentage-style"
            self.codes[self.style] += _literal(self.embedded, "%" if is_percent else "")
        self.is_text = False

    def _digits(self) -> str:
        least = _count(self.attributes, "number:min-integer-digits")
        is_grouped = self.attributes.get("number:grouping") == "true"
        places = max([least, 1, *(position + 1 for position in self.texts)])
        digits = "".join(("0" if i <= least else "#") + self.texts.get(i - 1, "") for i in range(places, 0, -1))
        decimals = _count(self.attributes, "number:decimal-places")
        factor = self.attributes.get("number:display-factor", "1").partition(".")[0]
        return (
            (f"#,##{'0' if least else '#'}" if is_grouped and not self.texts else digits)
            + ("." + "0" * decimals if decimals else "")
            + "," * ((len(factor) - 1) // 3)
        )

    def _read_null_date(self, text: str) -> None:
        try:
            self.first_day = date.fromisoformat(text[:10])
        except ValueError:
            return

    def format_of(self, style: str, value_type: str, currency: str) -> NumberFormat | None:
        """How a cell shows its value; by its type where no style says."""
        if style not in self.resolved:
            self.resolved[style] = self._resolved(style)
        found = self.resolved[style]
        if found != "":
            return found if isinstance(found, NumberFormat) else None
        by_type = {"percentage": "0%", "currency": f"0 {_literal(currency)}"}
        return number_format(by_type.get(value_type, "General"))

    def _resolved(self, style: str) -> NumberFormat | str | None:
        """The format of a style or of those that it is made from; the empty text where none has one."""
        for _ in range(_MAX_PARENTS):
            own, parent = self.cell_styles.get(style, ("", ""))
            if own:
                return self._format(own) if own in self.codes else None
            if not parent:
                break
            style = parent
        return ""

    def _format(self, name: str) -> NumberFormat | None:
        mapped = [condition + self.codes.get(applied, "") for condition, applied in self.maps[name]]
        return number_format(";".join([*mapped[:3], self.codes[name]]))

    def marks(self) -> Callable[[bytes], bool]:
        """Whether a piece of the content may have cells that need a closer look; quick, not exact."""
        unusual = [name for name in self.cell_styles if isinstance(self._resolved(name), NumberFormat)]
        names = [quote + name.encode() + quote for name in unusual for quote in (b'"', b"'")]
        # A name may be written in several ways if it has signs that XML has names for.
        has_all = len(unusual) > _MAX_LOOKED_FOR or any(sign in name for name in unusual for sign in "&<>\"'")
        return lambda xml: has_all or any(mark in xml for mark in (*_MARKS, *names))


def _literal(text: str, bare: str = "") -> str:
    return "".join(sign if sign in bare else f"\\{sign}" for sign in text)


def _count(attributes: dict[str, str], name: str, default: int = 0, most: int = 30) -> int:
    text = attributes.get(name, "")
    return min(int(text), most) if text.isdecimal() and len(text) < 10 else default


def read_styles(archive: zipfile.ZipFile) -> Styles:
    """The common styles, then those of the content up to its first row."""
    styles = Styles()
    for part in ("styles.xml", CONTENT):
        if part in archive.namelist():
            with archive.open(part) as stream:
                read_xml(stream, styles.start, styles.end, styles.text)
    return styles


class _Content:
    """Counts rows and cells, with their repetitions, as the parser goes by."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.sheets: list[SheetCells] = []
        self.row = self.column = self.depth = 0
        self.row_repeated = 1
        self.row_style = ""
        self.column_ends: list[int] = []  # first column behind those of one style
        self.column_styles: list[str] = []
        self.attributes: dict[str, str] = {}
        self.shown: list[str] | None = None
        self.is_shown = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth:
            self.depth += 1
            # A paragraph of the cell itself; not one of a note or of a drawing.
            if self.depth == 2 and name == "text:p":
                self.shown = [] if self.shown is None else [*self.shown, "\n"]
                self.is_shown = True
            elif name == "text:s" and self.is_shown and self.shown is not None:
                self.shown.append(" ")
        elif name in _CELLS:
            self.depth, self.attributes, self.shown = 1, attributes, None
        elif name == "table:table-row":
            self.row_repeated, self.column = _repeated(attributes, "rows"), 0
            self.row_style = attributes.get("table:default-cell-style-name", "")
        elif name == "table:table-column":
            before = self.column_ends[-1] if self.column_ends else 0
            self.column_ends.append(before + _repeated(attributes, "columns"))
            self.column_styles.append(attributes.get("table:default-cell-style-name", ""))
        elif name == "table:table":
            self.sheets.append(SheetCells(attributes.get("table:name", "")))
            self.row, self.column_ends, self.column_styles = 0, [], []

    def text(self, text: str) -> None:
        if self.is_shown and self.shown is not None and len(self.shown) < MAX_SHOWN_CHARS:
            self.shown.append(text[:MAX_SHOWN_CHARS])

    def end(self, name: str) -> None:
        if self.depth:
            self.depth -= 1
            if self.depth == 1 and name == "text:p":
                self.is_shown = False
            elif not self.depth:
                self._judge()
                self.column += _repeated(self.attributes, "columns")
        elif name == "table:table-row":
            self.row += self.row_repeated

    def _judge(self) -> None:
        value_type = self.attributes.get("office:value-type", "")
        is_formula = "table:formula" in self.attributes
        shown = "".join(self.shown or ()).strip()[:MAX_SHOWN_CHARS]
        is_error = self.attributes.get("calcext:value-type") == "error"
        if is_error or (_ERROR.fullmatch(shown) and (is_formula or value_type != "string")):
            self._keep_state(shown if shown.startswith("#") else f"#{shown}" if shown else "#N/A")
        elif is_formula and not self._has_value(value_type):
            self._keep_state(UNCOMPUTED)
        elif value_type in _NUMBERS:
            form = self._format(value_type)
            value = finite(self.attributes.get("office:value", "")) if form else None
            if form and value is not None:
                self._keep_shown(form.shown(value))
        elif shown and (form := self._format(value_type)):
            around = form.around()
            # Programs write the text as it is shown, or as it is.
            if around and not (shown.startswith(around[0].strip()) and shown.endswith(around[1].strip())):
                shown = f"{around[0]}{shown}{around[1]}"
            self._keep_shown(shown if around else None)

    def _has_value(self, value_type: str) -> bool:
        """LibreOffice writes a formula that gives the empty text without a type, but with an empty paragraph."""
        if value_type in _NUMBERS:
            return bool(self.attributes.get("office:value", "").strip())
        return bool(value_type) or self.shown is not None

    def _format(self, value_type: str) -> NumberFormat | None:
        style = self.attributes.get("table:style-name") or self.row_style
        place = bisect_right(self.column_ends, self.column)
        if not style and place < len(self.column_styles):
            style = self.column_styles[place]
        return self.styles.format_of(style, value_type, self.attributes.get("office:currency", ""))

    def _keep_state(self, text: str) -> None:
        for row in range(self.row + 1, self.row + 1 + self.row_repeated):
            for column in range(self.column, self.column + _repeated(self.attributes, "columns")):
                self.sheets[-1].keep_state(row, column, text)

    def _keep_shown(self, text: str | None) -> None:
        if text is not None:
            for row in range(self.row + 1, self.row + 1 + self.row_repeated):
                for column in range(self.column, self.column + _repeated(self.attributes, "columns")):
                    self.sheets[-1].keep_shown(row, column, text)


def content_cells(archive: zipfile.ZipFile, styles: Styles) -> list[SheetCells]:
    """Those of each sheet. Raises `SetAside` for what is no XML, and for too many."""
    content = _Content(styles)
    with archive.open(CONTENT) as stream:
        read_xml(stream, content.start, content.end, content.text)
    return content.sheets


def _repeated(attributes: dict[str, str], what: str) -> int:
    count = attributes.get(f"table:number-{what}-repeated", "1")
    return int(count) if count.isdecimal() and len(count) < 10 else 1


# -- white space between cells


def without_blanks_between(path: Path, scratch: Path) -> Path:
    """The document, or a copy without the white space that stands between its cells: its reader takes none there.

    A program that writes any writes it from the beginning on.
    """
    with zipfile.ZipFile(path) as archive:
        if CONTENT not in archive.namelist():
            return path
        with archive.open(CONTENT) as stream:
            if not _BLANK_BETWEEN.search(stream.read(_BEGINNING)):
                return path
        copy = scratch / "without-blanks.ods"
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for name in archive.namelist():
                with archive.open(name) as source, target.open(name, "w", force_zip64=True) as out:
                    if name != CONTENT:
                        while chunk := source.read(CHUNK):
                            out.write(chunk)
                        continue
                    writer = _Writer(out.write)
                    read_xml(source, writer.start, writer.end, writer.text)
                    writer.flush()
    return copy


class _Writer:
    """Writes what it is told of, but for white space outside of paragraphs."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write, self.paragraphs = write, 0
        self.pieces: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>']

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.paragraphs += name in ("text:p", "text:h")
        self.pieces.append(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>")

    def end(self, name: str) -> None:
        self.paragraphs -= name in ("text:p", "text:h")
        self.pieces.append(f"</{name}>")
        if len(self.pieces) > CHUNK // 100:
            self.flush()

    def text(self, text: str) -> None:
        if self.paragraphs or text.strip():
            self.pieces.append(escape(text))

    def flush(self) -> None:
        self.write("".join(self.pieces).encode())
        self.pieces.clear()

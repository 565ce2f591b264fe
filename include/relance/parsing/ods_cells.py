"""States and formats of the cells of an ODS (OpenDocument 1.3 part 3, 9 and 16), from its own XML.

Elements are known by the prefixes that all programs write (`table:`), as the reader of workbooks knows them.
"""

from __future__ import annotations

import re
import zipfile
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from relance.parsing.container import CHUNK
from relance.parsing.markup import Enough, read_xml
from relance.parsing.number_format import NumberFormat, number_format
from relance.parsing.sheet_cells import SheetCells, finite
from relance.parsing.text_table import FIRST_DAY, MAX_ROWS, Range
from relance.parsing.wording import UNCOMPUTED

CONTENT = "content.xml"
MAX_SHOWN_CHARS = 200
_MAX_LOOKED_FOR = 100
_MAX_PARENTS = 20
_BEGINNING = 4 << 20
_DATA_STYLES = (
    "number:number-style", "number:currency-style", "number:percentage-style", "number:text-style", "number:date-style",
    "number:time-style",
)  # fmt: skip
_DAYS = "days"
_CELLS = ("table:table-cell", "table:covered-table-cell")
_NUMBERS = ("float", "percentage", "currency")
# As shown, in English and in French; LibreOffice has numbers for errors of its own.
_ERROR = re.compile(r"#(N/[AD]|[A-ZÉ0-9/]+\s?[!?])|Err\s?:\s?\d{3}")
_MARKS = (
    b'-type="error"', b"-type='error'", b"table:formula", b'"percentage"', b"'percentage'", b'"currency"',
    b"'currency'", b'"time"', b"'time'", b">#", b">Err",
)  # fmt: skip
# What a date style shows, as codes of `number_format`: a short form, and a long one.
_DATE_PARTS = {
    "number:year": ("yy", "yyyy"), "number:month": ("m", "mm"), "number:day": ("d", "dd"),
    "number:day-of-week": ("ddd", "dddd"), "number:era": ("y", "y"), "number:quarter": ("y", "y"),
    "number:week-of-year": ("y", "y"), "number:hours": ("h", "hh"), "number:minutes": ("m", "mm"),
    "number:seconds": ("s", "ss"), "number:am-pm": ("AM/PM", "AM/PM"),
}  # fmt: skip
_CONDITION = re.compile(r"\s*value\(\)\s*(<=|>=|!=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*")
_COVERED = re.compile(rb"""<table:covered-table-cell[^<>]*-type\s*=""")
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
        self.is_text = self.is_elapsed = False
        self.date_styles: set[str] = set()
        self.resolved: dict[str, NumberFormat | str | None] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _DATA_STYLES:
            self.style, self.element = attributes.get("style:name", ""), name
            self.codes[self.style], self.maps[self.style] = "", []
            self.is_elapsed = attributes.get("number:truncate-on-overflow") == "false"
            if name == "number:date-style":
                self.date_styles.add(self.style)
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
            elif name in _DATE_PARTS:
                code = _DATE_PARTS[name][attributes.get("number:style") == "long"]
                self.codes[self.style] += f"[{code}]" if self.is_elapsed and not self.codes[self.style] else code
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
            # A style that shows an empty text shows nothing; without any it shows the number.
            self.codes[self.style] += _literal(self.embedded, "%" if is_percent else "") or '""'
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
        found = self._known(style)
        if found != "":
            return found if isinstance(found, NumberFormat) else None
        by_type = {"percentage": "0%", "currency": f"0 {_literal(currency)}"}
        return number_format(by_type.get(value_type, "General"))

    def shows_days(self, style: str) -> bool:
        """Whether a cell with this style shows a number as a day."""
        return self._known(style) == _DAYS

    def _known(self, style: str) -> NumberFormat | str | None:
        if style not in self.resolved:
            self.resolved[style] = self._resolved(style)
        return self.resolved[style]

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

    def _format(self, name: str) -> NumberFormat | str | None:
        mapped = [condition + self.codes.get(applied, "") for condition, applied in self.maps[name]]
        found = number_format(";".join([*mapped[:3], self.codes[name]]))
        return _DAYS if found is None and name in self.date_styles else found

    def marks(self) -> Callable[[bytes], bool]:
        """Whether a piece of the content may have cells that need a closer look; quick, not exact."""
        unusual = [name for name in self.cell_styles if isinstance(self._resolved(name), NumberFormat)]
        names = [quote + name.encode() + quote for name in unusual for quote in (b'"', b"'")]
        # A name may be written in several ways if it has signs that XML has names for.
        has_all = len(unusual) > _MAX_LOOKED_FOR or any(sign in name for name in unusual for sign in "&<>\"'")
        days = [re.escape(name).encode() for name in self.cell_styles if self.shows_days(name)]
        # A number that is shown as a day, and a value that a merged cell covers. Patterns that begin with letters are
        # searched quickly.
        patterns = [_COVERED, *(re.compile(rb"""%s["'][^<>]*["']float["']""" % day) for day in days)]
        if days:
            patterns.append(re.compile(rb"""float["'][^<>]*["'](?:%s)["']""" % b"|".join(days)))
        has_all = has_all or len(days) > _MAX_LOOKED_FOR

        def is_marked(xml: bytes) -> bool:
            return has_all or any(mark in xml for mark in (*_MARKS, *names)) or any(p.search(xml) for p in patterns)

        return is_marked


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
        self.is_shown = self.is_covered = False
        self.spans: list[Range] = []  # of merged cells, down to this row

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
            self.is_covered = name == "table:covered-table-cell"
        elif name == "table:table-row":
            self.row_repeated, self.column = _repeated(attributes, "rows"), 0
            self.row_style = attributes.get("table:default-cell-style-name", "")
            self.spans = [span for span in self.spans if span[2] > self.row]
        elif name == "table:table-column":
            before = self.column_ends[-1] if self.column_ends else 0
            self.column_ends.append(before + _repeated(attributes, "columns"))
            self.column_styles.append(attributes.get("table:default-cell-style-name", ""))
        elif name == "table:table":
            self.sheets.append(SheetCells(attributes.get("table:name", "")))
            self.row, self.column_ends, self.column_styles, self.spans = 0, [], [], []

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
        rows, columns = (_count(self.attributes, f"table:number-{w}-spanned", 1, MAX_ROWS) for w in ("rows", "columns"))
        if rows > 1 or columns > 1:
            self.spans.append((self.row + 1, self.column, self.row + rows, self.column + columns - 1))
        if self.is_covered and (span := self._span()):
            if value_type or shown:
                self._keep_covered(span)
        elif is_error or (_ERROR.fullmatch(shown) and (is_formula or value_type != "string")):
            self._keep_state(shown if shown.startswith("#") else f"#{shown}" if shown else "#N/A")
        elif is_formula and not self._has_value(value_type):
            self._keep_state(UNCOMPUTED)
        elif value_type in _NUMBERS:
            value = finite(self.attributes.get("office:value", ""))
            if value is not None:
                self._keep_shown(self._number_shown(value, value_type))
        elif value_type == "date":
            form = self._format(value_type)
            days = self._days() if form else None
            self._keep_shown(form.shown(days) if form and days is not None else None)
        elif value_type == "time":
            self._keep_shown(shown or self.attributes.get("office:time-value"))
        elif shown and (form := self._format(value_type)):
            around = form.around()
            # Programs write the text as it is shown, or as it is.
            if around and not (shown.startswith(around[0].strip()) and shown.endswith(around[1].strip())):
                shown = f"{around[0]}{shown}{around[1]}"
            self._keep_shown(shown if around else None)

    def _span(self) -> Range | None:
        """The merged cell that covers this one."""
        row, column = self.row + 1, self.column
        return next((s for s in self.spans if s[0] <= row <= s[2] and s[1] <= column <= s[3]), None)

    def _keep_covered(self, span: Range) -> None:
        for row in range(self.row + 1, min(self.row + self.row_repeated, span[2]) + 1):
            for column in range(self.column, min(self.column + _repeated(self.attributes, "columns") - 1, span[3]) + 1):
                self.sheets[-1].keep_covered(row, column, span)

    def _number_shown(self, value: float, value_type: str) -> str | None:
        if form := self._format(value_type):
            return form.shown(value)
        if value_type == "float" and self.styles.shows_days(self._style()):
            with suppress(OverflowError):
                return (self.styles.first_day + timedelta(days=int(value))).isoformat()
        return None

    def _days(self) -> float | None:
        """The number of days that stands for the date of a cell."""
        try:
            moment = datetime.fromisoformat(self.attributes.get("office:date-value", "").rstrip("Z"))
        except ValueError:
            return None
        return (moment.replace(tzinfo=None) - datetime.combine(self.styles.first_day, time())) / timedelta(days=1)

    def _has_value(self, value_type: str) -> bool:
        """LibreOffice writes a formula that gives the empty text without a type, but with an empty paragraph."""
        if value_type in _NUMBERS:
            return bool(self.attributes.get("office:value", "").strip())
        return bool(value_type) or self.shown is not None

    def _style(self) -> str:
        style = self.attributes.get("table:style-name") or self.row_style
        place = bisect_right(self.column_ends, self.column)
        if not style and place < len(self.column_styles):
            style = self.column_styles[place]
        return style

    def _format(self, value_type: str) -> NumberFormat | None:
        return self.styles.format_of(self._style(), value_type, self.attributes.get("office:currency", ""))

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

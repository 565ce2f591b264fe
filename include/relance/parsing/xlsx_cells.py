"""States and formats of the cells of an XLSX (ECMA-376 part 1, 18.3 and 18.8), from its own XML."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from relance.parsing.container import part_names
from relance.parsing.markup import local, read_xml
from relance.parsing.number_format import BUILT_IN, NumberFormat, number_format
from relance.parsing.set_aside import SetAside
from relance.parsing.sheet_cells import SheetCells, finite
from relance.parsing.text_table import FIRST_DAY
from relance.parsing.wording import UNCOMPUTED

FIRST_DAY_1904 = date(1904, 1, 1)
MAX_ERROR_CHARS = 40
_MAX_STYLES = 65_536
_MAX_LOOKED_FOR = 100
_TRUE = ("1", "true")
_TEXTS = ("s", "str", "inlineStr")
_FORMULA = re.compile(rb"<(?:[^\s<>/:]+:)?f[\s/>]")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass
class Workbook:
    """What `workbook.xml` and the styles say: name of each sheet by its part, and how its cells are to be read.

    `formats`: style of a cell -> its format, where that shows more than the number. `is_recalculated`: whoever wrote
    the file did not compute it, and asks that it be computed when it is opened.
    """

    sheets: dict[str, str]
    first_day: date = FIRST_DAY
    is_recalculated: bool = False
    formats: dict[str, NumberFormat] = field(default_factory=dict)

    def marks(self) -> Callable[[bytes], bool]:
        """Whether a piece of a sheet's XML may have cells that need a closer look; the tests are quick, not exact."""
        style = None
        if self.formats and len(self.formats) <= _MAX_LOOKED_FOR and "0" not in self.formats:
            style = re.compile(rb"""\ss\s*=\s*["'](?:%s)["']""" % "|".join(self.formats).encode())
        has_all = bool(self.formats) and style is None

        def is_marked(xml: bytes) -> bool:
            # To look for one sign is far quicker than for several, and hardly any program writes these two.
            has_error = b'"e"' in xml or (b"'" in xml and b"'e'" in xml)
            if has_all or has_error or (style is not None and style.search(xml)):
                return True
            return (b"<f" in xml or (b":" in xml and b":f" in xml)) and _FORMULA.search(xml) is not None

        return is_marked


def read_workbook(archive: zipfile.ZipFile) -> Workbook:
    """The workbook's own part and its styles. Raises `SetAside` for what is no XML."""
    parts = part_names(archive)
    targets: dict[str, str] = {}
    styles = ""

    def relation(name: str, attributes: dict[str, str]) -> None:
        nonlocal styles
        if local(name) == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "").replace("\\", "/")))
            part = parts.get(target.lstrip("/").lower(), "")
            targets[attributes.get("Id", "")] = part
            styles = part if attributes.get("Type", "").endswith("/styles") else styles

    book = Workbook({})

    def element(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "sheet":
            identity = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            book.sheets[targets.get(identity, "")] = attributes.get("name", "")
        elif name == "workbookPr" and attributes.get("date1904") in _TRUE:
            book.first_day = FIRST_DAY_1904
        elif name == "calcPr" and attributes.get("fullCalcOnLoad") in _TRUE:
            book.is_recalculated = True

    for part, start in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", element)):
        if part in parts:
            with archive.open(parts[part]) as stream:
                read_xml(stream, start)
    if styles:
        book.formats = _formats(archive, styles)
    return book


def _formats(archive: zipfile.ZipFile, part: str) -> dict[str, NumberFormat]:
    codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
    styles: list[str] = []
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        inside.append(name)
        if name == "numFmt" and inside[-2:-1] == ["numFmts"]:
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and inside[-2:-1] == ["cellXfs"]:
            styles.append(attributes.get("numFmtId", "0"))
        if len(styles) > _MAX_STYLES or len(codes) > _MAX_STYLES:
            raise SetAside(
                f"Le classeur a plus de {_MAX_STYLES} styles de cellule, plus qu'un tableur n'en admet. Copier les"
                " valeurs dans un classeur neuf et l'envoyer."
            )

    def end(_: str) -> None:
        inside.pop()

    with archive.open(part) as stream:
        read_xml(stream, start, end)
    found = ((i, number_format(codes[style])) for i, style in enumerate(styles) if style in codes)
    return {str(i): form for i, form in found if form is not None}


class _Sheet:
    """Follows the cells of one sheet as the parser goes by; a cell or row without `r` stands behind the one before."""

    def __init__(self, book: Workbook, cells: SheetCells) -> None:
        self.book, self.cells = book, cells
        self.row, self.column = 0, -1
        self.type: str | None = None
        self.format: NumberFormat | None = None
        self.value: list[str] = []
        self.array: str | None = None  # cells that a formula is for
        self.is_cell = self.is_value = self.has_formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name) if ":" in name else name
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self.row, self.column = int(number) if number.isdecimal() and len(number) < 8 else self.row + 1, -1
        elif self.is_cell:
            if name == "v":
                self.is_value = True
            elif name == "f":
                self.has_formula = True
                self.array = attributes.get("ref") if attributes.get("t") in ("array", "dataTable") else None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        get = attributes.get
        reference, self.type = get("r", ""), get("t")
        self.format = self.book.formats.get(get("s", "0"))
        self.value, self.array = [], None
        self.is_cell, self.has_formula = True, False
        letters = reference.rstrip("0123456789")
        number = reference[len(letters) :]
        if number and len(number) < 8 and len(letters) < 4 and letters.isascii() and letters.isupper():
            self.row, self.column = int(number), _column(letters)
        else:
            self.column += 1

    def text(self, text: str) -> None:
        if self.is_value and len(self.value) < MAX_ERROR_CHARS:
            self.value.append(text)

    def end(self, name: str) -> None:
        name = local(name) if ":" in name else name
        if name == "v":
            self.is_value = False
        elif name == "c":
            self.is_cell = False
            # Most cells of most sheets are nothing special.
            if self.has_formula or self.format is not None or self.type == "e" or self.cells.states:
                self._judge("".join(self.value).strip())

    def _judge(self, value: str) -> None:
        if self.type == "e" and (value or not self.has_formula):
            self.cells.keep_state(self.row, self.column, value[:MAX_ERROR_CHARS] or "#N/A")
        elif self.has_formula and self._is_uncomputed(value):
            self.cells.keep_state(self.row, self.column, UNCOMPUTED)
            for row, column in _range(self.array or ""):
                self.cells.keep_state(row, column, UNCOMPUTED)
        elif self.column not in self.cells.states.get(self.row, ()):
            self._show(value)
        elif not self._is_uncomputed(value):
            self.cells.drop_state(self.row, self.column)  # of an array, and has a value
            self._show(value)

    def _is_uncomputed(self, value: str) -> bool:
        if self.book.is_recalculated:
            return not value or (self.type != "s" and finite(value) == 0)
        return not value and self.type != "str"

    def _show(self, value: str) -> None:
        if self.format is None:
            return
        if self.type in (None, "n"):
            number = finite(value)
            self.cells.keep_shown(self.row, self.column, None if number is None else self.format.shown(number))
        elif self.type in _TEXTS:
            self.cells.keep_shown(self.row, self.column, self.format.around())


def sheet_cells(archive: zipfile.ZipFile, part: str, book: Workbook) -> SheetCells:
    """Those of one sheet. Raises `SetAside` for what is no XML, and for too many."""
    cells = SheetCells(book.sheets[part])
    sheet = _Sheet(book, cells)
    with archive.open(part) as stream:
        read_xml(stream, sheet.start, sheet.end, sheet.text)
    return cells


@lru_cache(maxsize=1_000)
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _range(reference: str) -> Iterator[tuple[int, int]]:
    """The cells of `B2:C10`, row by row."""
    corners = [_REFERENCE.fullmatch(corner) for corner in reference.replace("$", "").split(":")]
    found = [(int(corner[2]), _column(corner[1])) for corner in corners if corner]
    if found:
        for row in range(found[0][0], found[-1][0] + 1):
            for column in range(found[0][1], found[-1][1] + 1):
                yield row, column

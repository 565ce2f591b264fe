"""Finds the cells that the reader of workbooks leaves empty though they are not: errors, formulas without a value.

Without this an error cell (`#N/A`) in an optional column would be lost without a word. Only the parts that
`container` saw formulas in are looked through. In an XLS such cells stay empty, and are said.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from xml.parsers import expat

from relance.parsing.container import CHUNK, DAMAGED_ZIP, Container
from relance.parsing.set_aside import SetAside
from relance.parsing.text_table import NumberedRow, Piece, TextSheet, write_numbered
from relance.parsing.wording import UNCOMPUTED, column_letters, integer, listed, plural, quoted

MAX_CELLS = 100_000
_SHOWN = 10
_CARRIED_BYTES = 1 << 16
_START_BYTES = 1 << 20

Cells = dict[int, dict[int, str]]  # row number -> position of the column (from 0) -> text

_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<v[^>]*>([^<]+)</v>")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


def formula_cells(path: Path, container: Container) -> dict[str, Cells]:
    """By the name of the sheet, its error cells and formulas without a value. Raises `SetAside` for too many."""
    if not container.formula_parts:
        return {}
    with zipfile.ZipFile(path) as archive:
        if container.kind == "ods":
            return _of_ods(archive) if "content.xml" in container.formula_parts else {}
        names = _sheet_names(archive)
        marked = [part for part in container.formula_parts if part in names]
        return {names[part]: _collected(_of_sheet(archive, part), names[part]) for part in marked}


def with_cells(sheet: TextSheet, cells: Cells) -> TextSheet:
    """The sheet with these cells filled in, as another file beside its own."""
    width = max([sheet.width, *(column + 1 for row in cells.values() for column in row)])
    path = sheet.pieces[0].path.with_name(f"filled-{sheet.pieces[0].path.name}")
    count = write_numbered(path, _merged(sheet, cells, width))
    return TextSheet(sheet.name, sheet.is_visible, width, [Piece(path, count)])


def cells_note(sheet: str, cells: Cells) -> str:
    """What the sender has to know of them, as one sentence and what to do."""
    named = [(f"{column_letters(c)}{row}", text) for row in sorted(cells) for c, text in sorted(cells[row].items())]
    errors = [f"{where} : {text}" for where, text in named if text != UNCOMPUTED]
    uncomputed = [where for where, text in named if text == UNCOMPUTED]
    said = []
    if errors:
        said.append(f"{plural(len(errors), 'cellule')} en erreur ({_some(errors)})")
    if uncomputed:
        said.append(f"{plural(len(uncomputed), 'formule')} sans valeur enregistrée ({_some(uncomputed)})")
    to_do = "Ouvrir le classeur dans un tableur, " + ("corriger, enregistrer" if errors else "l'enregistrer")
    return f"Feuille {quoted(sheet)} : {listed(said)}. {to_do} et renvoyer."


def _some(texts: list[str]) -> str:
    return ", ".join(texts[:_SHOWN]) + (", …" if len(texts) > _SHOWN else "")


def _merged(sheet: TextSheet, cells: Cells, width: int) -> Iterator[NumberedRow]:
    """The rows in order, also those that have nothing but such cells and were left out as empty."""
    left = sorted(cells)

    def filled(number: int, sent: tuple[str, ...]) -> NumberedRow:
        row = [*sent, *[""] * (width - len(sent))]
        for column, text in cells.get(number, {}).items():
            row[column] = text
        return NumberedRow(number, tuple(row))

    for row in sheet.rows():
        while left and left[0] <= row.number:
            number = left.pop(0)
            if number < row.number:
                yield filled(number, ())
        yield filled(row.number, row.cells)
    for number in left:
        yield filled(number, ())


def _collected(found: Iterator[tuple[int, int, str]], sheet: str) -> Cells:
    cells: Cells = {}
    for count, (row, column, text) in enumerate(found, 1):
        _refuse_above(count, sheet)
        cells.setdefault(row, {})[column] = text
    return cells


def _refuse_above(count: int, sheet: str) -> None:
    if count > MAX_CELLS:
        raise SetAside(
            f"Feuille {quoted(sheet)} : plus de {integer(MAX_CELLS)} cellules sont en erreur ou sont des formules"
            " sans valeur enregistrée. Ouvrir le classeur dans un tableur, corriger, enregistrer et renvoyer."
        )


# -- XLS


def xls_errors_note(path: Path) -> str | None:
    """The error cells of an XLS, which are read as empty, as one sentence; None where there are none.

    Found by the form of their records (BOOLERR, and FORMULA with an error as its result), 14 bytes that nothing
    else looks like; which sheet they are in is not known.
    """
    by_place: dict[int, str] = {}
    read, tail = 0, b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            joined = tail + chunk
            for match in _XLS_ERROR.finditer(joined):
                row, column = (int.from_bytes(match[name], "little") for name in ("row", "column"))
                error = _XLS_ERRORS[match["literal"] or match["result"]]
                by_place[read - len(tail) + match.start()] = f"{column_letters(column)}{row + 1} : {error}"
            read, tail = read + len(chunk), joined[-_XLS_ERROR_BYTES:]
    found = list(by_place.values())
    if not found:
        return None
    s = "s" if len(found) > 1 else ""
    return (
        f"{plural(len(found), 'cellule')} en erreur ({_some(found)}) dans ce classeur XLS, lue{s} comme vide{s}."
        " Ouvrir le classeur dans un tableur, corriger, enregistrer et renvoyer."
    )


_XLS_ERRORS = {
    b"\x00": "#NULL!", b"\x07": "#DIV/0!", b"\x0f": "#VALUE!", b"\x17": "#REF!", b"\x1d": "#NAME?", b"\x24": "#NUM!",
    b"\x2a": "#N/A",
}  # fmt: skip
_XLS_ERROR = re.compile(
    rb"(?:\x05\x02\x08\x00|\x06\x00..)(?P<row>..)(?P<column>.\x00)..(?:(?P<literal>[\x00\x07\x0f\x17\x1d\x24\x2a])"
    rb"\x01|\x02\x00(?P<result>[\x00\x07\x0f\x17\x1d\x24\x2a])\x00\x00\x00\xff\xff)",
    re.DOTALL,
)
_XLS_ERROR_BYTES = 18


# -- XLSX


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Part of the archive -> name of its sheet."""
    targets = {}
    for tag in _RELATIONSHIP.findall(_start(archive, "xl/_rels/workbook.xml.rels")):
        target = _attribute(tag, "Target")
        targets[_attribute(tag, "Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = _SHEET.findall(_start(archive, "xl/workbook.xml"))
    return {targets.get(_attribute(tag, r"\w+:id"), ""): _attribute(tag, "name") for tag in sheets}


def _start(archive: zipfile.ZipFile, part: str) -> bytes:
    if part not in archive.namelist():
        return b""
    with archive.open(part) as stream:
        return stream.read(_START_BYTES)


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rf"""\s{name}=(["'])(.*?)\1""".encode(), tag, re.DOTALL)
    return unescape(found[2].decode("utf-8", "replace")) if found else ""


def _of_sheet(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int, str]]:
    """One piece of text from each `<c ` to the next; of a long one its start is enough."""
    carried = b""
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            *pieces, carried = (carried + chunk).split(b"<c ")
            # Most cells of most sheets are neither: looked at before anything is taken apart.
            for piece in pieces:
                if b't="e"' in piece or (b"<f" in piece and (b"</v>" not in piece or b"<v></v>" in piece)):
                    yield from _of_cell(piece)
            carried = b"<c " + carried[:_CARRIED_BYTES] if len(carried) > CHUNK else b"<c " + carried
    yield from _of_cell(carried.removeprefix(b"<c "))


def _of_cell(piece: bytes) -> Iterator[tuple[int, int, str]]:
    attributes, _, content = piece.partition(b">")
    content = content.partition(b"</c>")[0]
    is_error = b't="e"' in attributes
    if not is_error and b"<f" not in content:
        return
    where = _REFERENCE.search(attributes)
    if where is None or attributes.endswith(b"/"):
        return
    value = _VALUE.search(content)
    column = 0
    for letter in where[1]:
        column = column * 26 + letter - ord("A") + 1
    if is_error and value is not None:
        yield int(where[2]), column - 1, unescape(value[1].decode("utf-8", "replace")).strip()[:40]
    # A formula that gives the empty text has `t="str"` and no value either: that one is empty.
    elif value is None and b't="str"' not in attributes:
        yield int(where[2]), column - 1, UNCOMPUTED


# -- ODS


class _OdsCells:
    """Counts rows and cells, with their repetitions, as the parser goes by."""

    def __init__(self) -> None:
        self.found: dict[str, Cells] = {}
        self.sheet, self.row, self.column, self.count = "", 0, 0, 0
        self.row_repeated = self.cell_repeated = 1
        self.text: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.sheet, self.row = attributes.get("table:name", ""), 0
        elif tag == "table:table-row":
            self.row_repeated, self.column = _repeated(attributes, "rows"), 0
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.cell_repeated = _repeated(attributes, "columns")
            is_error = attributes.get("calcext:value-type") == "error"
            has_value = "office:value-type" in attributes
            self.text = "" if is_error else UNCOMPUTED if "table:formula" in attributes and not has_value else None

    def characters(self, text: str) -> None:
        if self.text is not None and self.text != UNCOMPUTED:
            self.text += text[:40]

    def end(self, tag: str) -> None:
        if tag == "table:table-row":
            self.row += self.row_repeated
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            if self.text is not None:
                self._keep(self.text.strip()[:40])
                self.text = None
            self.column += self.cell_repeated

    def _keep(self, text: str) -> None:
        cells = self.found.setdefault(self.sheet, {})
        for row in range(self.row + 1, self.row + 1 + self.row_repeated):
            for column in range(self.column, self.column + self.cell_repeated):
                self.count += 1
                _refuse_above(self.count, self.sheet)
                cells.setdefault(row, {})[column] = text


def _repeated(attributes: dict[str, str], what: str) -> int:
    count = attributes.get(f"table:number-{what}-repeated", "1")
    return int(count) if count.isdecimal() else 1


def _of_ods(archive: zipfile.ZipFile) -> dict[str, Cells]:
    cells = _OdsCells()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.characters
    with archive.open("content.xml") as stream:
        try:
            while chunk := stream.read(CHUNK):
                parser.Parse(chunk, False)
        except expat.ExpatError as error:
            raise SetAside(DAMAGED_ZIP) from error
    return cells.found

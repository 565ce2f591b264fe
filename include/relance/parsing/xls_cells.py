"""States and formats of the cells of an XLS, from the records of its workbook stream (MS-XLS 2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import error, iter_unpack, unpack_from
from typing import Any

from relance.parsing.number_format import BUILT_IN, NumberFormat, number_format
from relance.parsing.set_aside import SetAside
from relance.parsing.sheet_cells import BookCells, SheetCells, book_cells
from relance.parsing.text_table import FIRST_DAY
from relance.parsing.wording import UNCOMPUTED
from relance.parsing.workbook import DAMAGED
from relance.parsing.xlsx_cells import FIRST_DAY_1904

_BOF, _EOF, _DATE_1904, _SHEET, _XF, _FORMAT, _RECALC_ID = 0x809, 0x0A, 0x22, 0x85, 0xE0, 0x41E, 0x1C1
_NUMBER, _RK, _MULTIPLE_RK, _FORMULA, _BOOLEAN_OR_ERROR = 0x203, 0x27E, 0xBD, 0x06, 0x205
_TEXTS = (0xFD, 0x204, 0xD6)
_BIFF8 = 0x600
_CALCULATE_ON_LOAD = 2
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip

Record = tuple[int, bytes]


def xls_cells(path: Path) -> BookCells:
    """Those of a whole workbook. Raises `SetAside` for one whose container or records cannot be read."""
    import olefile  # not above: hardly anybody sends an XLS

    try:
        with olefile.OleFileIO(path) as container:
            name = next(n for n in ("Workbook", "Book") if container.exists(n))
            stream = container.openstream(name).read()
    except (OSError, StopIteration, ValueError, IndexError, RecursionError, error) as broken:
        if isinstance(broken, OSError) and broken.errno is not None:
            raise  # the machine's; of a broken container olefile raises one without a number
        raise SetAside(DAMAGED) from broken
    return _Stream(stream).cells()


class _Stream:
    """The workbook stream: its globals, then the records of each sheet."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.formats: list[NumberFormat | None] = []
        self.first_day = FIRST_DAY
        # Spreadsheets note by which of them a file was computed; programs that write files do not.
        self.is_computed = False
        self.left = 2 * len(stream)  # bytes: no two sheets share their records

    def cells(self) -> BookCells:
        codes, styles = dict(BUILT_IN), []
        sheets: list[tuple[int, SheetCells]] = []
        is_biff8 = True
        for kind, record in self._records(0):
            if kind == _BOF and len(record) >= 2:
                is_biff8 = unpack_from("<H", record)[0] == _BIFF8
            elif kind == _SHEET and len(record) > 7:
                sheets.append((unpack_from("<I", record)[0], SheetCells(_text(record[6:], 1, is_biff8))))
            elif kind == _FORMAT and len(record) > 3:
                codes[unpack_from("<H", record)[0]] = _text(record[2:], 2 if is_biff8 else 1, is_biff8)
            elif kind == _XF and len(record) >= 4:
                styles.append(unpack_from("<H", record, 2)[0])
            elif kind == _DATE_1904 and record[:1] == b"\x01":
                self.first_day = FIRST_DAY_1904
            elif kind == _RECALC_ID:
                self.is_computed = True
        self.formats = [number_format(codes[style]) if style in codes else None for style in styles]
        for start, cells in sheets:
            for kind, record in self._records(start):
                self._judge(kind, record, cells)
        return book_cells((cells for _, cells in sheets), self.first_day)

    def _records(self, at: int) -> Iterator[Record]:
        """Those from here to the end of the sheet, without those of charts that stand in it."""
        depth = 0
        while at + 4 <= len(self.stream):
            kind, size = unpack_from("<HH", self.stream, at)
            depth += (kind == _BOF) - (kind == _EOF)
            record = self.stream[at + 4 : at + 4 + size]
            if depth == 1:
                yield kind, record
            elif depth < 1:
                return
            at += 4 + size
            self.left -= 4 + len(record)
            if self.left < 0:
                raise SetAside(DAMAGED)

    def _judge(self, kind: int, record: bytes, cells: SheetCells) -> None:
        if kind == _NUMBER and len(record) >= 14:
            self._show(cells, unpack_from("<HHHd", record))
        elif kind == _RK and len(record) >= 10:
            *place, packed = unpack_from("<HHHi", record)
            self._show(cells, (*place, _unpacked(packed)))
        elif kind == _MULTIPLE_RK and len(record) >= 12:
            row, first = unpack_from("<HH", record)
            for column, (style, packed) in enumerate(iter_unpack("<Hi", record[4 : 4 + (len(record) - 6) // 6 * 6])):
                self._show(cells, (row, first + column, style, _unpacked(packed)))
        elif kind == _BOOLEAN_OR_ERROR and len(record) >= 8:
            if record[7]:
                row, column = unpack_from("<HH", record)
                cells.keep_state(row + 1, column, _ERRORS.get(record[6], "#N/A"))
        elif kind == _FORMULA and len(record) >= 16:
            self._judge_formula(record, cells)
        elif kind in _TEXTS and len(record) >= 6:
            row, column, style = unpack_from("<HHH", record)
            form = self._format(style)
            cells.keep_shown(row + 1, column, form.around() if form else None)

    def _judge_formula(self, record: bytes, cells: SheetCells) -> None:
        row, column, style = unpack_from("<HHH", record)
        is_to_compute = bool(record[14] & _CALCULATE_ON_LOAD)
        if record[12:14] != b"\xff\xff":
            value = unpack_from("<d", record, 6)[0]
            if value == 0 and is_to_compute:
                cells.keep_state(row + 1, column, UNCOMPUTED)
            else:
                self._show(cells, (row, column, style, value))
        elif record[6] == 2:  # an error
            cells.keep_state(row + 1, column, _ERRORS.get(record[8], "#N/A"))
        elif record[6] == 3 and (is_to_compute or not self.is_computed):  # the empty text
            cells.keep_state(row + 1, column, UNCOMPUTED)

    def _show(self, cells: SheetCells, number: tuple[Any, ...]) -> None:
        """`number`: row (from 0), column, style, value."""
        row, column, style, value = number
        form = self._format(style)
        if form is not None and abs(value) < float("inf"):
            cells.keep_shown(row + 1, column, form.shown(value))

    def _format(self, style: int) -> NumberFormat | None:
        return self.formats[style] if style < len(self.formats) else None


def _text(data: bytes, count_bytes: int, is_biff8: bool) -> str:
    """A text behind its length; in BIFF8 a byte says whether its characters have one byte or two."""
    count = int.from_bytes(data[:count_bytes], "little")
    if not is_biff8:
        return data[count_bytes : count_bytes + count].decode("cp1252", "replace")
    is_wide, text = data[count_bytes] & 1, data[count_bytes + 1 :]
    return text[: 2 * count].decode("utf-16-le", "replace") if is_wide else text[:count].decode("latin-1")


def _unpacked(packed: int) -> float:
    """The number of an RK: 30 bits of a whole number or of a float, perhaps a hundred times as large."""
    value = float(packed >> 2)
    if not packed & 2:
        value = unpack_from("<d", b"\0\0\0\0" + (packed & 0xFFFFFFFC).to_bytes(4, "little"))[0]
    return value / 100 if packed & 1 else value

"""Which cells of a workbook need another text than its reader gives, and puts it there.

The reader leaves errors and formulas without a value empty, takes a formula that nobody computed for the 0 that stands
there, and knows no number formats: without this an error in an optional column would be lost without a word, and
`3 000 k€` would be 3,000 euros. Only the parts that declare something of the kind are read a second time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from relance.parsing.container import DAMAGED_ZIP, UNREADABLE_ZIP, Container, looked_through
from relance.parsing.set_aside import SetAside
from relance.parsing.sheet_cells import BookCells, SheetCells, Text, book_cells
from relance.parsing.text_table import MAX_COLUMNS, NumberedRow, Piece, TextSheet, write_numbered
from relance.parsing.wording import UNCOMPUTED, column_letters, listed, plural, quoted

_SHOWN = 10


def shown_cells(path: Path, container: Container) -> BookCells:
    """Those of a workbook. Raises `SetAside` for what may not be read, and for too many."""
    # Each not above: a workbook is of one kind.
    if container.kind == "xls":
        from relance.parsing.xls_cells import xls_cells

        return xls_cells(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _of_ods(archive) if container.kind == "ods" else _of_xlsx(archive)
    except UNREADABLE_ZIP as error:
        raise SetAside(DAMAGED_ZIP) from error


def _of_xlsx(archive: zipfile.ZipFile) -> BookCells:
    from relance.parsing.xlsx_cells import read_workbook, sheet_cells

    book = read_workbook(archive)
    marked = [part for part in looked_through(archive, book.marks()) if part in book.sheets]
    return book_cells((sheet_cells(archive, part, book) for part in marked), book.first_day)


def _of_ods(archive: zipfile.ZipFile) -> BookCells:
    from relance.parsing.ods_cells import CONTENT, content_cells, read_styles

    styles = read_styles(archive)
    is_marked = CONTENT in looked_through(archive, styles.marks())
    return book_cells(content_cells(archive, styles) if is_marked else (), styles.first_day)


def readable(path: Path, container: Container, scratch: Path) -> Path:
    """The workbook, or a copy in `scratch` that its reader can read."""
    if container.kind != "ods":
        return path
    from relance.parsing.ods_cells import without_blanks_between

    try:
        return without_blanks_between(path, scratch)
    except UNREADABLE_ZIP as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the machine's: a full disk
        raise SetAside(DAMAGED_ZIP) from error


def with_cells(sheet: TextSheet, cells: SheetCells) -> TextSheet:
    """The sheet with these cells as they are to be read, as another file beside its own."""
    cells.without_covered(sheet.merged)
    width = max(sheet.width, cells.width)
    if width > MAX_COLUMNS:  # it will be refused for that
        return TextSheet(sheet.name, sheet.is_visible, width, sheet.pieces, sheet.coming)
    path = sheet.pieces[0].path.with_name(f"filled-{sheet.pieces[0].path.name}")
    count = write_numbered(path, _merged(sheet, cells, width))
    covered = [cell for piece in sheet.pieces for cell in piece.covered]
    return TextSheet(sheet.name, sheet.is_visible, width, [Piece(path, count, covered=(*covered, *cells.covered))])


def cells_note(cells: SheetCells) -> str | None:
    """What the sender has to know of errors and uncomputed formulas, as one sentence and what to do."""
    rows = sorted(cells.states)
    named = [(f"{column_letters(c)}{row}", text) for row in rows for c, text in sorted(cells.states[row].items())]
    errors = [f"{where} : {text}" for where, text in named if text != UNCOMPUTED]
    uncomputed = [where for where, text in named if text == UNCOMPUTED]
    said = []
    if errors:
        said.append(f"{plural(len(errors), 'cellule')} en erreur ({_some(errors)})")
    if uncomputed:
        many = plural(len(uncomputed), "formule jamais calculée", "formules jamais calculées")
        said.append(f"{many} ({_some(uncomputed)})")
    if not said:
        return None
    to_do = "Ouvrir le classeur dans un tableur, " + ("corriger, enregistrer" if errors else "l'enregistrer")
    return f"Feuille {quoted(cells.name)} : {listed(said)}. {to_do} et renvoyer."


def covered_note(sheet: TextSheet) -> str | None:
    """What the sender has to know of values under merged cells, as one sentence and what to do."""
    covered = [cell for piece in sheet.all_pieces() for cell in piece.covered]
    if not covered:
        return None
    named = [
        f"{column_letters(c)}{row} (sous {column_letters(left)}{top}:{column_letters(right)}{bottom})"
        for row, c, (top, left, bottom, right) in covered
    ]
    many = len(covered) > 1
    return (
        f"Feuille {quoted(sheet.name)} : {'des cellules fusionnées cachent' if many else 'une cellule fusionnée cache'}"
        f" {'les valeurs' if many else 'la valeur'} de {_some(named)}, qui n{'e sont' if many else chr(39) + 'est'} pas"
        f" lue{'s' if many else ''}. Annuler la fusion, corriger et renvoyer."
    )


def _some(texts: list[str]) -> str:
    return ", ".join(texts[:_SHOWN]) + (", …" if len(texts) > _SHOWN else "")


def _merged(sheet: TextSheet, cells: SheetCells, width: int) -> Iterator[NumberedRow]:
    """The rows in order, also those that have nothing but such cells and were left out as empty."""
    left = iter(cells.rows())
    waiting = next(left, None)
    for row in sheet.rows():
        while waiting is not None and waiting < row.number:
            yield NumberedRow(waiting, _filled((), cells.of_row(waiting), width))
            waiting = next(left, None)
        yield NumberedRow(row.number, _filled(row.cells, cells.of_row(row.number), width))
        waiting = next(left, None) if waiting == row.number else waiting
    while waiting is not None:
        yield NumberedRow(waiting, _filled((), cells.of_row(waiting), width))
        waiting = next(left, None)


def _filled(sent: tuple[str, ...], texts: dict[int, Text], width: int) -> tuple[str, ...]:
    row = [*sent, *[""] * (width - len(sent))]
    for column, text in texts.items():
        row[column] = text if isinstance(text, str) else f"{text[0]}{row[column]}{text[1]}"
    return tuple(row)

"""Texts that are no text: error words, damaged letters, invisible signs. What of them a row keeps, and what is said.

A required text that is an error word is refused (`value_sql.rules`); an optional one is read as empty, so that its row
keeps its money. Damaged letters stay as they were sent: figures do not depend on them. Each is said with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relance.parsing import value_sql
from relance.parsing.contract import Column
from relance.parsing.text_table import NumberedRow
from relance.parsing.wording import UNCOMPUTED, integer, plural, quoted
from relance.sql import literal

if TYPE_CHECKING:
    import duckdb

_SHOWN = 5
_LETTERS = (
    "àâäçéèêëîïôöùûüÿñœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒ«»°²\u2019\u2018“”\u2013—…€\u00a0\u202f"  # what French text has beyond ASCII
)


def _misread(letter: str, encoding: str) -> str:
    """`é` -> `Ã©`. The bytes that Windows-1252 does not have are read as browsers do, as control characters."""
    return "".join(
        bytes([byte]).decode(encoding if encoding != "cp1252" or byte not in _NOT_IN_1252 else "latin-1")
        for byte in letter.encode()
    )


_NOT_IN_1252 = b"\x81\x8d\x8f\x90\x9d"
_TWICE = {sign for letter in _LETTERS for sign in _misread(letter, "cp1252")}  # and what they become then
# What each becomes when its UTF-8 is taken for the encoding of DOS, of a Macintosh or of Windows, and saved.
_INTENDED = (
    {_misread(letter, encoding): letter for encoding in ("cp850", "mac_roman", "cp1252") for letter in _LETTERS}
    | {_misread(sign, "cp1252"): sign for sign in _TWICE}
    | {"Ã ": "à "}
)  # whose no-break space became a space
_MISREAD = "|".join(map(re.escape, sorted(_INTENDED, key=len, reverse=True)))
# Signs by which a text is seen to have any of it, each quickly looked for: one of the misread letters at least begins
# so. The reader of workbooks has the same.
SIGNS = "Ã√├\ufffd\u200e\u200f\u202a\u202c\u202e"
# Control characters, and the marks that turn the direction of writing.
_INVISIBLE = r"[\x{0001}-\x{0008}\x{000e}-\x{001f}\x{007f}-\x{009f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
EMPTIED, MISREAD, LOST, INVISIBLE = "emptied", "misread", "lost", "invisible"
# The rule of the correction (`corrections`) of a text that is an error word.
ERROR_TEXT = "error-text"
# That of a text that is repaired.
REREAD = "reread"


def intended(text: str) -> str:
    """The text whose UTF-8 was misread, once or several times; the text itself if none was."""
    for _ in range(3):
        text = re.sub(_MISREAD, lambda found: _INTENDED[found[0]], text)
    return text


def has_sign(text: str) -> bool:
    """Whether a text has one of `SIGNS`."""
    return any(sign in text for sign in SIGNS)


def is_misread(text: str) -> bool:
    return re.search(_MISREAD, text) is not None


def reread(text: str) -> str | None:
    """The text whose UTF-8 was read as Windows-1252, once or several times, where that is proved; `None` otherwise.

    Proved is what becomes UTF-8 as a whole when it is written in Windows-1252, and has no misread letter left.
    """
    read: str | None = None
    for _ in range(3):
        try:
            again = b"".join(_in_1252(sign) for sign in read or text).decode()
        except UnicodeError:
            break
        if again == (read or text):
            break
        read = again
    return None if read is None or is_misread(read) or "\ufffd" in read else read


def _in_1252(sign: str) -> bytes:
    return bytes([ord(sign)]) if sign in _NOT_IN_1252.decode("latin-1") else sign.encode("cp1252")


def is_text(column: Column) -> bool:
    """Whether any text is a value of the column."""
    return column.type == "string" and not column.enum


def value(column: Column, cell: str, value_of_cell: str, has_hash: bool) -> str:
    """The value, but nothing where an optional text is an error word."""
    if not is_text(column) or column.is_required or not has_hash:
        return value_of_cell
    return f"CASE WHEN {value_sql.has_error(cell)} THEN NULL ELSE {value_of_cell} END"


def what(column: Column, cell: str, has_hash: bool, has_odd: bool) -> tuple[str, str] | None:
    """Whether the cell is odd, and what is the matter with it; `None` where nothing can be."""
    cases = []
    if has_hash and not column.is_required:
        # A formula that was never computed is said by the sheet's own note.
        cases.append((f"({value_sql.has_error(cell)}) AND {cell} <> {literal(UNCOMPUTED)}", EMPTIED))
    if has_odd:
        cases += [
            (f"regexp_matches({cell}, {literal(_MISREAD)})", MISREAD),
            (f"contains({cell}, '\ufffd')", LOST),
            (f"regexp_matches({cell}, {literal(_INVISIBLE)})", INVISIBLE),
        ]
    if not is_text(column) or not cases:
        return None
    named = " ".join(f"WHEN {condition} THEN {literal(name)}" for condition, name in cases)
    return " OR ".join(f"({condition})" for condition, _ in cases), f"CASE {named} END"


@dataclass(frozen=True)
class OddText:
    """One such cell: which row (the sender's number), which column (its place in the layout), what, and its text."""

    row: int
    position: int
    what: str
    text: str


Counted = list[tuple[str, int, list[OddText]]]


def found(connection: duckdb.DuckDBPyConnection, number: str, kind: int, limit: int = _SHOWN) -> Counted:
    """Of the rows staged, by what is the matter: how many cells, and the first `limit` of them.

    Those that are `corrected` are said there.
    """
    rows = connection.execute(
        f"""SELECT what, row, position, value, count(*) OVER (PARTITION BY what) AS cells
        FROM (SELECT rowid AS id, {number} AS row, unnest(odd, recursive := true) FROM staged
            WHERE kind = {kind} AND odd IS NOT NULL)
        WHERE (id, position) NOT IN (SELECT (id, position) FROM corrected)
        QUALIFY row_number() OVER (PARTITION BY what ORDER BY row, position) <= {limit} ORDER BY ALL"""
    ).fetchall()
    counts = {name: cells for name, _, _, _, cells in rows}
    return [
        (name, cells, [OddText(row, position, what, text) for what, row, position, text, _ in rows if what == name])
        for name, cells in counts.items()
    ]


def of_rows(odd: Counted, first: int, end: int) -> Counted:
    """Those of the rows numbered above `first` up to `end`, numbered from 1."""
    return [
        (name, len(own), own)
        for name, _, cells in odd
        if (own := [replace(cell, row=cell.row - first) for cell in cells if first < cell.row <= end])
    ]


def notes(odd: Counted, place: Callable[[OddText], str]) -> list[str]:
    """What the sender has to know; `place` names the place of a cell."""
    said = []
    for name, count, first in odd:
        begins, ends = _SAID[name]
        places = [(place(cell), cell) for cell in first[:_SHOWN]]
        cells = " ; ".join(f"{where[:1].lower()}{where[1:]}, {_shown(cell)}" for where, cell in places)
        more = f" ; et {plural(count - _SHOWN, 'autre')}" if count > _SHOWN else ""
        said.append(f"{plural(count, 'cellule')} {begins} ({cells}{more}). {ends}")
    return said


def _shown(cell: OddText) -> str:
    if cell.what == MISREAD:
        return f"{quoted(cell.text)} pour {quoted(intended(cell.text))}"
    if cell.what == INVISIBLE:
        return quoted(re.sub("[\x01-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "�", cell.text))
    return quoted(cell.text)


_FROM_THE_ORIGINAL = (
    "La ligne compte, et le texte reste tel qu'il a été envoyé. Repartir du fichier d'origine, ou corriger la cellule,"
    " enregistrer en « CSV UTF-8 » ou en XLSX et renvoyer."
)
_SAID = {
    EMPTIED: (
        "de texte en erreur",
        "Ce n'est pas un texte : la cellule est lue comme vide, le reste de la ligne compte. Corriger la formule, ou"
        " vider la cellule, et renvoyer.",
    ),
    MISREAD: (
        "avec des lettres abîmées, parce qu'un texte en UTF-8 a été ouvert dans un autre encodage puis enregistré",
        _FROM_THE_ORIGINAL,
    ),
    LOST: ("avec une lettre perdue, remplacée par « \ufffd »", _FROM_THE_ORIGINAL),
    INVISIBLE: (
        "avec des caractères invisibles, qui viennent souvent d'un copier-coller (montrés par « \ufffd »)",
        "La ligne compte, et le texte reste tel qu'il a été envoyé. Retaper le texte de la cellule et renvoyer.",
    ),
}


def damage_of(rows: Iterable[NumberedRow]) -> str:
    """What to add where a header is not recognised and letters of the first rows are misread; else nothing."""
    for row in rows:
        for cell in row.cells:
            if is_misread(cell):
                return (
                    f" Des lettres sont abîmées (ligne {integer(row.number)} : {quoted(cell, 40)} pour"
                    f" {quoted(intended(cell), 40)}) : un texte en UTF-8 a été ouvert dans un autre encodage, puis"
                    " enregistré. Repartir du fichier d'origine, l'ouvrir en UTF-8, enregistrer en XLSX et renvoyer."
                )
    return ""

"""Reads delimited text: finds its separator, its first records, and hands its body to DuckDB.

A body that DuckDB reads exactly as the standard library would (UTF-8, one kind of line end, no empty line) is
read where it lies; any other is rewritten, record by record, as numbered UTF-8 CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relance.parsing.container import TextFacts
from relance.parsing.set_aside import SetAside
from relance.parsing.text_table import HEAD_ROWS, MAX_CELL_CHARS, MAX_COLUMNS, Body, NumberedRow
from relance.parsing.wording import BLANKS, integer, quoted

if TYPE_CHECKING:
    from _csv import _reader

DELIMITERS = (";", ",", "\t", "|")
MAX_LINE_CHARS = 8 * MAX_CELL_CHARS
_NAMES = {";": "point-virgule", ",": "virgule", "\t": "tabulation", "|": "barre verticale"}


@dataclass(frozen=True)
class DelimitedText:
    """A text file and the separator its records are cut by."""

    path: Path
    facts: TextFacts
    delimiter: str

    @property
    def delimiter_name(self) -> str:
        return _NAMES[self.delimiter]

    def head(self) -> list[NumberedRow]:
        """The first records that are not empty, each with its number."""
        found: list[NumberedRow] = []
        for row, _ in self._records():
            if not row.is_empty:
                found.append(row)
            if len(found) == HEAD_ROWS or row.number > 10 * HEAD_ROWS:
                break
        return found

    def body(self, header: NumberedRow, scratch: Path) -> Body:
        """Everything under `header` as numbered CSV in `scratch`; keeps one record in memory at a time."""
        width = len(header.cells)
        target = scratch / "body.csv"
        count = 0
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for row, _ in self._records():
                if row.number > header.number and not row.is_empty:
                    cells = [c.strip(BLANKS) for c in row.cells[:width]] + [""] * (width - len(row.cells))
                    extra = " ".join(c.strip() for c in row.cells[width:] if c.strip())
                    writer.writerow((row.number, *cells, extra[:200]))
                    count += 1
        return Body(
            target, width, header.number, is_numbered=True, record_count=count, has_hash=self.facts.has_hash,
            has_odd=self.facts.has_odd, telling_signs=".,",
        )  # fmt: skip

    def body_in_place(self, header: NumberedRow) -> Body | None:
        """The body where it lies, if DuckDB can read it there; `None` if it has to be rewritten."""
        facts = self.facts
        if facts.encoding not in ("utf-8", "utf-8-sig") or not facts.has_one_line_end or facts.has_dos_end:
            return None
        empty_records = 0
        for row, line_number in self._records():
            empty_records += row.cells == ()
            if row.number == header.number:
                # With a line break inside quotes above the body, or an empty line in it, lines are not records.
                if line_number != row.number or (facts.empty_lines != empty_records and not facts.is_presumed):
                    return None
                return Body(
                    self.path,
                    len(header.cells),
                    header.number,
                    is_numbered=False,
                    delimiter=self.delimiter,
                    skip_lines=line_number,
                    record_count=None if facts.line_count is None else facts.line_count - line_number,
                    blanks=facts.blanks.replace(self.delimiter, ""),
                    inner_blanks=facts.blanks,
                    longest_line=facts.longest_line,
                    has_hash=facts.has_hash,
                    has_odd=facts.has_odd,
                    telling_signs=".,",
                )
        return None

    def _records(self) -> Iterator[tuple[NumberedRow, int]]:
        """Each record with the number of the line it ends on. Raises `SetAside` for what is no such text."""
        with _csv_reader(self.path, self.facts.encoding, self.delimiter) as reader:
            number = 0
            try:
                for cells in reader:
                    number += 1
                    if len(cells) > MAX_COLUMNS:
                        raise SetAside(
                            f"L'enregistrement {integer(number)} a {integer(len(cells))} colonnes ; la limite est de"
                            f" {integer(MAX_COLUMNS)}. Vérifier le séparateur et n'envoyer que les colonnes du modèle."
                        )
                    yield NumberedRow(number, tuple(cells)), reader.line_num
            except csv.Error as error:
                raise SetAside(_csv_sentence(number + 1, str(error))) from error
            except UnicodeError as error:
                raise SetAside(
                    f"Le texte ne se lit plus après l'enregistrement {integer(number)} : octets non valides en"
                    f" {self.facts.encoding.upper()}. Enregistrer de nouveau le fichier en UTF-8."
                ) from error


def unwrapped_line(row: NumberedRow, delimiter: str) -> NumberedRow:
    """The row that a record of one cell holds, where that cell was in quotes with separators in it; else the record.

    A spreadsheet writes such lines of a CSV that it opened in one column.
    """
    filled = [cell for cell in row.cells if cell.strip()]
    if len(filled) != 1 or delimiter not in filled[0]:
        return row
    return NumberedRow(row.number, tuple(next(csv.reader(filled, delimiter=delimiter))))


def quoted_lines_sentence(number: int, line: str, delimiter: str) -> str:
    """What to say of a text of such lines, the first of which has this number."""
    return (
        f"Chaque ligne est entre guillemets (ligne {integer(number)} : {quoted(chr(34) + line + chr(34), 60)}) : ses"
        " cellules n'en font qu'une, comme dans un CSV ouvert par un tableur dans une seule colonne, puis enregistré."
        " Reprendre le fichier d'origine, ou séparer la colonne dans le tableur (« Données », « Convertir »,"
        f" séparateur : {_NAMES[delimiter]}), enregistrer en XLSX et renvoyer."
    )


def _csv_sentence(record: int, error: str) -> str:
    where = f"Enregistrement {integer(record)}"
    if "field larger" in error:
        return (
            f"{where} : une cellule dépasse {integer(MAX_CELL_CHARS)} caractères (guillemet non refermé ?)."
            " Corriger la cellule et renvoyer le fichier."
        )
    return (
        f"{where} : guillemet non refermé, ou texte après un guillemet fermant. Doubler les guillemets à l'intérieur"
        " d'une cellule, ou enregistrer de nouveau le fichier depuis le tableur."
    )


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    line = stream.readline(MAX_LINE_CHARS + 1)
    while line:
        if len(line) > MAX_LINE_CHARS:
            raise SetAside(
                f"Une ligne du fichier dépasse {integer(MAX_LINE_CHARS)} caractères. Vérifier qu'il s'agit bien d'un"
                " tableau et que ses lignes sont séparées."
            )
        if "\0" in line:  # of a text in UTF-16: in others it was looked for in the bytes
            raise SetAside(
                "Le fichier contient des caractères nuls, qui ne sont pas du texte. L'enregistrer de nouveau en UTF-8"
                " depuis le tableur et le renvoyer."
            )
        following = stream.readline(MAX_LINE_CHARS + 1)
        yield line if following else _without_dos_end(line)
        line = following


def _without_dos_end(line: str) -> str:
    """The last line without the character by which DOS and its programs end a text."""
    bare = line.rstrip("\r\n")
    return bare.rstrip("\x1a") if bare.endswith("\x1a") else line


@contextmanager
def _csv_reader(path: Path, encoding: str, delimiter: str) -> Iterator[_reader]:
    csv.field_size_limit(MAX_CELL_CHARS)
    with path.open(encoding=encoding, newline="") as stream:
        # strict: an unclosed quote must be said, not swallow the rows that follow it.
        yield csv.reader(_lines(stream), delimiter=delimiter, strict=True)

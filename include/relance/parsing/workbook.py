"""Opens a workbook (XLSX, XLS, ODS) in a child process and brings back its sheets as text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer
from typing import IO, Any

from relance.parsing.set_aside import SetAside
from relance.parsing.text_table import MAX_CELL_CHARS, Piece, TextSheet
from relance.parsing.wording import column_letters, integer, quoted

MEMORY_BYTES = 4 << 30
TIMEOUT_SECONDS = 300
DAMAGED = (
    "Le classeur est abîmé ou tronqué, ou annonce plus de cellules qu'une feuille n'en a : il ne s'ouvre pas. "
    "L'ouvrir dans un tableur, l'enregistrer de nouveau et le renvoyer."
)
_READER = Path(__file__).with_name("workbook_reader.py")


@contextmanager
def sheets_being_read(path: Path, scratch: Path) -> Iterator[Iterator[TextSheet]]:
    """Begin to read a workbook, and go on with other work; the sheets come in its order, each with its first piece.

    The pieces lie as CSV files in `scratch`. Taking a sheet or a piece raises `SetAside`, or `OSError` where the
    machine failed. Taking the next sheet takes the pieces that are left. The reader does not outlive the block.
    """
    # -I keeps the reader from importing anything from the folder it stands in or from the environment.
    command = [sys.executable, "-I", str(_READER), str(path), str(scratch), str(MEMORY_BYTES), str(MAX_CELL_CHARS)]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=_environment()
        ) as reader,
    ):
        is_late = Event()

        def give_up() -> None:
            is_late.set()  # first: who reads the reader's output looks here once it has ended
            reader.kill()

        watch = Timer(TIMEOUT_SECONDS, give_up)
        watch.daemon = True
        watch.start()
        try:
            yield _sheets(reader, errors, is_late, scratch)
        finally:
            watch.cancel()
            reader.kill()


def _sheets(reader: subprocess.Popen[bytes], errors: IO[bytes], is_late: Event, scratch: Path) -> Iterator[TextSheet]:
    said = _said(reader, errors, is_late)
    for first in said:
        if "is_whole" in first:
            return
        sheet = TextSheet(
            first["name"],
            first["is_visible"],
            first["width"],
            [_piece(first, scratch)],
            _further(first, said, scratch),
            [tuple(cells) for cells in first["merged"]],
        )
        yield sheet
        for _ in sheet.all_pieces():
            pass
    raise RuntimeError("A workbook was read on though its reader had failed.")


def _further(first: dict[str, Any], said: Iterator[dict[str, Any]], scratch: Path) -> Iterator[Piece]:
    piece = first
    while not piece["is_last"]:
        piece = next(said)
        yield _piece(piece, scratch)


def _piece(said: dict[str, Any], scratch: Path) -> Piece:
    return Piece(
        scratch / said["file"],
        said["row_count"],
        said["longest_line"],
        said["inner_blanks"],
        said["has_hash"],
        said["has_odd"],
        tuple((row, column, tuple(merged)) for row, column, merged in said["covered"]),
    )


def _said(reader: subprocess.Popen[bytes], errors: IO[bytes], is_late: Event) -> Iterator[dict[str, Any]]:
    """What the reader says, line by line; its last word is `is_whole`. Raises where it ends without."""
    for line in reader.stdout or ():
        said = json.loads(line)
        yield said
        if "is_whole" in said:
            return
    reader.wait()
    if is_late.is_set():
        raise SetAside(
            f"Le classeur n'a pas pu être lu en {TIMEOUT_SECONDS} secondes. Supprimer ce qui n'est pas du tableau"
            " (lignes et colonnes vides mises en forme, images) et le renvoyer."
        )
    errors.seek(0)
    stderr = errors.read().decode("utf-8", "replace")
    _raise_machine_error(stderr)
    raise SetAside(_reader_sentence(reader.returncode, stderr))


def _environment() -> dict[str, str]:
    """Without Rust's backtraces: writing one where memory is refused takes minutes."""
    return {**os.environ, "RUST_BACKTRACE": "0"}


def _raise_machine_error(stderr: str) -> None:
    """Raise the reader's own `OSError` (a full disk): the file is not at fault, and must not be set aside for it."""
    if found := re.search(r"^OSError: \[Errno (\d+)\] (.*)$", stderr, re.MULTILINE):
        raise OSError(int(found[1]), f"{found[2]} (reading a workbook)")


def _reader_sentence(code: int, stderr: str) -> str:
    last = stderr.strip().splitlines()[-1] if stderr.strip() else ""
    if "assword" in last:
        return "Le classeur est protégé par un mot de passe : il ne peut pas être lu. L'envoyer sans protection."
    if found := re.search(r"Unsupported cell error value '([^']{1,40})'", last):
        return (
            f"Le classeur contient une cellule en erreur d'un type inconnu ({quoted(found[1])}). "
            "Corriger la formule, ou la remplacer par une valeur, et renvoyer le classeur."
        )
    if found := re.search(r"Cell too long: (\{.*\})$", last):
        place = json.loads(found[1])
        return (
            f"Feuille {quoted(place['sheet'])}, ligne {integer(place['row'])}, colonne"
            f" {column_letters(place['column'])} : la cellule contient {integer(place['length'])} caractères ; la"
            f" limite est de {integer(MAX_CELL_CHARS)}. Raccourcir la cellule et renvoyer le classeur."
        )
    if code < 0 or "MemoryError" in last or "memory" in last or "PanicException" in last:
        return (
            "Le classeur demande plus de mémoire qu'il n'est permis (feuille démesurée). "
            "Supprimer les lignes et colonnes vides mises en forme et le renvoyer."
        )
    return DAMAGED

"""A drop folder: every regular file in it is an arrival; nothing in it is ever moved, changed or deleted."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from relance.errors import RelanceError
from relance.sources.arrival import Arrival

# What programs leave beside a file that they are still writing: office lock files, partial downloads.
UNFINISHED_PREFIXES = (".", "~$")
UNFINISHED_SUFFIXES = (".part", ".partial", ".tmp", ".crdownload", ".filepart")


def read_reception_index(path: Path) -> dict[str, dt.datetime]:
    """The instants at which files count as received: columns `file`, `received_at` (ISO with offset).

    Raises `RelanceError` naming the line that cannot be read.
    """
    received: dict[str, dt.datetime] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                instant = dt.datetime.fromisoformat(row["received_at"])
                if instant.tzinfo is None:
                    raise ValueError("no offset from UTC")
                received[row["file"]] = instant.astimezone(dt.UTC)
            except (KeyError, TypeError, ValueError) as error:
                raise RelanceError(
                    f"Line {number} of {path} cannot be read ({error}): expected a file name and an instant "
                    "with its offset, such as ECO_2021-T1.xlsx,2021-04-15T10:00:00+02:00."
                ) from error
    return received


def scan(folder: Path, reception_index: str | None = None) -> Iterator[Arrival]:
    """The files of `folder` (not of its subfolders), by name.

    Left out: hidden and unfinished files, the reception index itself, and everything that is not a regular
    file (a symbolic link could point out of the sender's place). Raises `RelanceError` when the folder is
    not there, or the index speaks of a file that is not.
    """
    if not folder.is_dir():
        raise RelanceError(f"The folder {folder} is not there: expected the folder in which the files are dropped.")
    index_path = folder / reception_index if reception_index else None
    index = read_reception_index(index_path) if index_path and index_path.is_file() else {}
    names = sorted(entry.name for entry in folder.iterdir() if _is_deposit(entry) and entry != index_path)
    if missing := sorted(set(index) - set(names)):
        raise RelanceError(
            f"{index_path} names {missing[0]}, which is not in {folder}: take the line out or put the file back."
        )
    for name in names:
        yield _arrival(folder / name, index.get(name))


def is_unfinished(name: str) -> bool:
    """Whether a file's name is one that programs give to what they are still writing."""
    return name.startswith(UNFINISHED_PREFIXES) or name.lower().endswith(UNFINISHED_SUFFIXES)


def _is_deposit(entry: Path) -> bool:
    return entry.is_file() and not entry.is_symlink() and not is_unfinished(entry.name)


def _arrival(path: Path, received_at: dt.datetime | None) -> Arrival:
    def signature() -> tuple[int, int] | None:
        try:
            stat = path.stat()
        except OSError:
            return None
        return stat.st_size, stat.st_mtime_ns

    seen = signature()
    return Arrival(
        name=path.name,
        uri=path.resolve().as_uri(),
        open=lambda: path.open("rb"),
        is_settled=lambda: seen is not None and signature() == seen,
        received_at=received_at,
    )

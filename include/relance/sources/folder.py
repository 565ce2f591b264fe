"""A drop folder: every regular file in it, and in the subfolders of its senders, is an arrival.

Nothing in it is ever changed or deleted, and nothing moved unless the feed names a subfolder for what was landed.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import time
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path

from relance.errors import RelanceError, SourceError
from relance.sources.arrival import Arrival, sender_time
from relance.sources.senders import DEFAULT, sender_named, unread

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


def scan(
    folder: Path,
    reception_index: str | None = None,
    settle_seconds: float = 0,
    moved_to: str | None = None,
    is_given: bool = False,
    senders: Collection[str] | None = None,
) -> Iterator[Arrival]:
    """The files of `folder`, by name; `is_given` where a person pointed at it, whose files are not moved.

    Left out: hidden and unfinished files, the reception index itself, and everything that is not a regular
    file (a symbolic link could point out of the sender's place). Settled is a file whose size and time stay the
    same while it is read, and that nobody wrote to for `settle_seconds` (one that the index dates is finished).
    Once landed a file is moved to the subfolder `moved_to`, if there is to be one.

    With `senders` the files of the subfolders of those names come too, named `subfolder/file` as in the index; one that
    is not there is empty. Of other subfolders with files in them it is only said that they are not read. Without
    `senders` no subfolder is looked at. Raises `RelanceError` when the folder is not there, or the index speaks of a
    file that is not.
    """
    if not folder.is_dir():
        raise RelanceError(f"The folder {folder} is not there: expected the folder in which the files are dropped.")
    index_path = folder / reception_index if reception_index else None
    index = read_reception_index(index_path) if index_path and index_path.is_file() else {}
    sender = None if senders is None else DEFAULT
    found = {entry.name: sender for entry in folder.iterdir() if _is_deposit(entry) and entry != index_path}
    unnamed: list[str] = []
    unreadable: list[str] = []
    for place in _subfolders(folder, moved_to) if senders is not None else ():
        sender = None if place.is_symlink() else sender_named(place.name, senders or ())
        try:
            if sender is not None:
                found |= {f"{place.name}/{entry.name}": sender for entry in place.iterdir() if _is_deposit(entry)}
            others = [place] if sender is None else _subfolders(place, moved_to)
            unnamed += [other.relative_to(folder).as_posix() for other in others if _holds_files(other)]
        except OSError:
            unreadable.append(place.name)
    if missing := sorted(set(index) - set(found)):
        raise RelanceError(
            f"{index_path} names {missing[0]}, which is not in {folder}: take the line out or put the file back."
        )
    moved = None if is_given else moved_to
    for name in sorted(found):
        yield _arrival(folder, name, found[name], index.get(name), settle_seconds, moved, is_given)
    yield from unread(str(folder), unnamed, unreadable)


def _subfolders(folder: Path, moved_to: str | None) -> list[Path]:
    return sorted(
        entry
        for entry in folder.iterdir()
        if entry.is_dir() and not is_unfinished(entry.name) and entry.name != moved_to
    )


def _holds_files(folder: Path) -> bool:
    def refuse(error: OSError) -> None:
        raise error

    return any(not is_unfinished(name) for _, _, names in os.walk(folder, onerror=refuse) for name in names)


def is_unfinished(name: str) -> bool:
    """Whether a file's name is one that programs give to what they are still writing."""
    return name.startswith(UNFINISHED_PREFIXES) or name.lower().endswith(UNFINISHED_SUFFIXES)


def _is_deposit(entry: Path) -> bool:
    return entry.is_file() and not entry.is_symlink() and not is_unfinished(entry.name)


def was_just_written(modified_at: float, settle_seconds: float) -> bool:
    """Whether a file's last change (seconds since 1970) lies less than `settle_seconds` back.

    A change dated in the future says only that the sender's clock is fast, so it tells nothing.
    """
    return 0 <= time.time() - modified_at < settle_seconds


def file_time(seconds: float) -> dt.datetime | None:
    """A file's last change (seconds since 1970) as its sender's own time."""
    try:
        return sender_time(dt.datetime.fromtimestamp(seconds, dt.UTC))
    except (OverflowError, OSError, ValueError):
        return None


def _arrival(
    place: Path,
    name: str,
    sender: str | None,
    received_at: dt.datetime | None,
    settle_seconds: float,
    moved_to: str | None,
    is_given: bool,
) -> Arrival:
    path = place / name

    def signature() -> tuple[int, int] | None:
        try:
            stat = path.stat()
        except OSError:
            return None
        return stat.st_size, stat.st_mtime_ns

    seen = signature()

    def is_settled() -> bool:
        if seen is None or signature() != seen:
            return False
        return received_at is not None or not was_just_written(seen[1] / 1e9, settle_seconds)

    def move() -> None:
        if moved_to is None:
            return
        folder = path.parent / moved_to
        try:
            if signature() == seen:  # a new version that came since is the next turn's
                folder.mkdir(exist_ok=True)
                path.rename(folder / moved_name(path.name, (folder / path.name).exists()))
        except OSError as error:
            raise cannot_be_moved(path.name, str(folder), error) from error

    return Arrival(
        name=name,
        uri=path.resolve().as_uri(),
        open=lambda: path.open("rb"),
        is_settled=is_settled,
        received_at=received_at,
        sent_at=file_time(seen[1] / 1e9) if seen and received_at is None else None,
        is_given=is_given,
        sender=sender,
        release=move,
    )


def moved_name(name: str, is_taken: bool) -> str:
    """The name under which a landed file is moved away: its own, unless an earlier one has it there."""
    return f"{uuid.uuid4().hex[:8]}-{name}" if is_taken else name


def cannot_be_moved(name: str, place: str, error: Exception) -> SourceError:
    """What is said of a landed file that its place does not let go."""
    return SourceError(
        f"{name} is landed, but cannot be moved to {place} ({type(error).__name__}): give the right to write there, or "
        "take moved_to out of the feed."
    )

"""A drop place in an object store: any URL that Airflow's `ObjectStoragePath` (fsspec) opens.

The rules are those of a drop folder: its files, and those of its senders' subfolders; nothing is changed or deleted,
and nothing moved unless the feed says so; unfinished names and links are left out, and so is, until the next turn,
what was just written or changes while it is read.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Collection, Iterator
from typing import Any, BinaryIO, cast

from relance.errors import SourceError
from relance.sources.arrival import Arrival
from relance.sources.folder import cannot_be_moved, file_time, is_unfinished, moved_name, was_just_written
from relance.sources.http import shown
from relance.sources.senders import DEFAULT, sender_named, unread

# What the stores call size, time and version: a file is the same as long as none of those it has changed.
SIGNATURE = ("size", "mtime", "created", "LastModified", "last_modified", "updated", "ETag", "etag", "generation")
# Of those, the times of the last change, as the stores call them.
CHANGED = ("mtime", "LastModified", "last_modified", "updated", "created")


def scan_url(
    url: str,
    connection: str | None = None,
    settle_seconds: float = 0,
    moved_to: str | None = None,
    is_given: bool = False,
    senders: Collection[str] | None = None,
) -> Iterator[Arrival]:
    """The files under `url`, by name; `connection` names the Airflow connection with the store's credentials.

    `settle_seconds`, `moved_to`, `is_given` and `senders` are those of a drop folder (`folder.scan`). Raises
    `SourceError` when the place cannot be listed.
    """
    # Seconds to import, and only these feeds need it.
    from airflow.sdk import ObjectStoragePath

    try:
        place = ObjectStoragePath(url, conn_id=connection)
        files, folders = _children(place)
    except Exception as error:  # the stores' libraries have no error in common
        raise SourceError(
            f"{shown(url)} cannot be listed ({type(error).__name__}): expected the place in which the files are "
            "dropped. See whether the address and the Airflow connection of the feed are right."
        ) from None
    sender = None if senders is None else DEFAULT
    found = dict.fromkeys(files, sender)
    unnamed: list[str] = []
    unreadable: list[str] = []
    for folder in folders if senders is not None else ():
        if folder == moved_to:
            continue
        sender = sender_named(folder, senders or ())
        try:
            others = [folder]
            if sender is not None:
                files, inner = _children(place / folder)
                found |= {f"{folder}/{name}": sender for name in files}
                others = [f"{folder}/{name}" for name in inner if name != moved_to]
            unnamed += [other for other in others if _holds_files(place / other)]
        except Exception:
            unreadable.append(folder)
    for name in sorted(found):
        yield _arrival(place, name, found[name], settle_seconds, None if is_given else moved_to, is_given)
    yield from unread(shown(url), unnamed, unreadable)


def _children(place: Any) -> tuple[list[str], list[str]]:
    """The names of the files and of the subfolders of a place, without hidden and unfinished ones."""
    files, folders = [], []
    for child in place.fs.ls(place.path, detail=True, refresh=True):
        path = str(child["name"]).strip("/")
        name = path.rpartition("/")[2]
        # A store that keeps a folder as an empty object may list the place itself.
        if name and not is_unfinished(name) and path != place.path.strip("/"):
            if child["type"] == "file":
                files.append(name)
            elif child["type"] == "directory":
                folders.append(name)
    return files, sorted(folders)


def _holds_files(place: Any) -> bool:
    return any(not is_unfinished(str(name).rpartition("/")[2]) for name in place.fs.find(place.path))


class _Reader(io.RawIOBase):
    """A store's file, whose libraries fail in ways of their own, failing in ours."""

    def __init__(self, path: Any) -> None:
        self.path = path
        self.file: Any = None
        self.file = self._try(lambda: path.open("rb"))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._try(lambda: self.file.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
        super().close()

    def _try(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Exception as error:
            raise SourceError(
                f"{shown(str(self.path))} cannot be read ({type(error).__name__}); the next turn asks again."
            ) from None


def _arrival(
    place: Any, name: str, sender: str | None, settle_seconds: float, moved_to: str | None, is_given: bool
) -> Arrival:
    path = place / name
    target = path.parent / moved_to if moved_to else None
    seen = _info(path)
    changed_at = _changed_at(seen)

    def is_settled() -> bool:
        return (
            _signature(seen) is not None
            and _signature(_info(path)) == _signature(seen)
            and not (changed_at is not None and was_just_written(changed_at, settle_seconds))
        )

    def move() -> None:
        if target is None or _signature(_info(path)) != _signature(seen):
            return
        try:
            path.fs.makedirs(target.path, exist_ok=True)
            path.fs.mv(path.path, (target / moved_name(path.name, (target / path.name).exists())).path)
        except Exception as error:
            raise cannot_be_moved(shown(str(path)), shown(str(target)), error) from None

    return Arrival(
        name=name,
        uri=shown(str(path)),
        open=lambda: cast(BinaryIO, _Reader(path)),
        is_settled=is_settled,
        sent_at=file_time(changed_at) if changed_at is not None else None,
        is_given=is_given,
        sender=sender,
        release=move,
    )


def _info(path: Any) -> dict[str, Any]:
    """Empty for a file that is gone or out of reach. Always asked the same way: a listing says other things."""
    try:
        path.fs.invalidate_cache()
        info: dict[str, Any] = path.fs.info(path.path)
    except Exception:
        return {}
    return info


def _signature(info: dict[str, Any]) -> tuple[Any, ...] | None:
    return tuple(info.get(name) for name in SIGNATURE) if info else None


def _changed_at(info: dict[str, Any]) -> float | None:
    """Seconds since 1970; None where the store does not say."""
    for name in CHANGED:
        changed_at = info.get(name)
        if isinstance(changed_at, dt.datetime):
            return changed_at.timestamp()
        if isinstance(changed_at, int | float):
            return float(changed_at)
    return None

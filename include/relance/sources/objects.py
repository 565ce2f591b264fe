"""A drop place in an object store: any URL that Airflow's `ObjectStoragePath` (fsspec) opens.

The rules are those of a drop folder: its files, not those of its subfolders; nothing is changed or deleted, and
nothing moved unless the feed says so; unfinished names and links are left out, and so is, until the next turn, what
was just written or changes while it is read.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from relance.errors import SourceError
from relance.sources.arrival import Arrival
from relance.sources.folder import cannot_be_moved, file_time, is_unfinished, moved_name, was_just_written
from relance.sources.http import shown

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
) -> Iterator[Arrival]:
    """The files under `url`, by name; `connection` names the Airflow connection with the store's credentials.

    `settle_seconds`, `moved_to` and `is_given` are those of a drop folder (`folder.scan`). Raises `SourceError` when
    the place cannot be listed.
    """
    # Seconds to import, and only these feeds need it.
    from airflow.sdk import ObjectStoragePath

    try:
        place = ObjectStoragePath(url, conn_id=connection)
        listed = sorted(place.fs.ls(place.path, detail=True, refresh=True), key=lambda found: str(found["name"]))
    except Exception as error:  # the stores' libraries have no error in common
        raise SourceError(
            f"{shown(url)} cannot be listed ({type(error).__name__}): expected the place in which the files are "
            "dropped. See whether the address and the Airflow connection of the feed are right."
        ) from None
    for found in listed:
        name = str(found["name"]).rstrip("/").rpartition("/")[2]
        if found["type"] == "file" and name and not is_unfinished(name):
            yield _arrival(place / name, name, settle_seconds, place / moved_to if moved_to else None, is_given)


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


def _arrival(path: Any, name: str, settle_seconds: float, moved_to: Any, is_given: bool) -> Arrival:
    seen = _info(path)
    changed_at = _changed_at(seen)

    def is_settled() -> bool:
        return (
            _signature(seen) is not None
            and _signature(_info(path)) == _signature(seen)
            and not (changed_at is not None and was_just_written(changed_at, settle_seconds))
        )

    def move() -> None:
        if moved_to is None or _signature(_info(path)) != _signature(seen):
            return
        try:
            path.fs.makedirs(moved_to.path, exist_ok=True)
            path.fs.mv(path.path, (moved_to / moved_name(name, (moved_to / name).exists())).path)
        except Exception as error:
            raise cannot_be_moved(shown(str(path)), shown(str(moved_to)), error) from None

    return Arrival(
        name=name,
        uri=shown(str(path)),
        open=lambda: cast(BinaryIO, _Reader(path)),
        is_settled=is_settled,
        sent_at=file_time(changed_at) if changed_at is not None else None,
        is_given=is_given,
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

"""A drop place in an object store: any URL that Airflow's `ObjectStoragePath` (fsspec) opens.

The rules are those of a drop folder: its files, not those of its subfolders; nothing is moved, changed or deleted;
unfinished names and links are left out, and so is, until the next turn, what changes while it is read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from relance.errors import SourceError
from relance.sources.arrival import Arrival
from relance.sources.folder import is_unfinished
from relance.sources.http import shown

# What the stores call size, time and version: a file is the same as long as none of those it has changed.
SIGNATURE = ("size", "mtime", "created", "LastModified", "last_modified", "updated", "ETag", "etag", "generation")


def scan_url(url: str, connection: str | None = None) -> Iterator[Arrival]:
    """The files under `url`, by name; `connection` names the Airflow connection with the store's credentials.

    Raises `SourceError` when the place cannot be listed.
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
            yield _arrival(place / name, name)


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


def _arrival(path: Any, name: str) -> Arrival:
    seen = _signature(path)
    return Arrival(
        name=name,
        uri=shown(str(path)),
        open=lambda: cast(BinaryIO, _Reader(path)),
        is_settled=lambda: seen is not None and _signature(path) == seen,
    )


def _signature(path: Any) -> tuple[Any, ...] | None:
    """None for a file that is gone or out of reach. Always asked the same way: a listing says other things."""
    try:
        path.fs.invalidate_cache()
        info = path.fs.info(path.path)
    except Exception:
        return None
    return tuple(info.get(name) for name in SIGNATURE)

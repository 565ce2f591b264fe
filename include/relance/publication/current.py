"""Where publications stand, and which one is current: a symlink, switched by rename, that never goes back."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relance.errors import RelanceError
from relance.files import sync_dir

CURRENT = "current"
LOCK = ".lock"


def read_publication(folder: Path) -> dict[str, Any] | None:
    """The manifest of the publication in `folder`, or None where there is none."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return manifest


def is_current(publication: Path) -> bool:
    """Whether readers of `current` read this publication, given as `<publications>/<label>/r<N>` or as `current`."""
    place = publication.resolve()
    return (place.parents[1] / CURRENT).resolve() == place


def find(publications: Path, label: str, build_id: str) -> Path | None:
    """The publication of a build, where one is placed already (a task tried again)."""
    for folder in _revisions(publications, label):
        publication = read_publication(folder)
        if publication and publication["build_id"] == build_id:
            return folder
    return None


def place(publications: Path, label: str, written: Path) -> Path:
    """Rename a written publication into `<label>/r<N>`, a path that never existed before."""
    parent = publications / label
    parent.mkdir(parents=True, exist_ok=True)
    with _lock(publications):
        numbers = [int(folder.name[1:]) for folder in _revisions(publications, label)]
        target = parent / f"r{max(numbers, default=0) + 1}"
        written.rename(target)
        sync_dir(parent)
        sync_dir(publications)
    return target


def switch(publications: Path, publication: Path) -> bool:
    """Point `current` to a publication, unless it points to one of a later as-of date; whether it does now."""
    with _lock(publications):
        standing = read_publication(publications / CURRENT)
        offered = read_publication(publication)
        if offered is None:
            raise RelanceError(
                f"{publication} holds no manifest.json: it is not a publication and is not made current."
            )
        if standing and _as_of(standing) > _as_of(offered):
            return False
        aside = publications / f".{CURRENT}-{uuid.uuid4().hex}"
        aside.symlink_to(publication.relative_to(publications))
        aside.replace(publications / CURRENT)
        sync_dir(publications)
    return True


def check_readable(publication: Path) -> None:
    """Open a publication in a fresh process, as a reader would, and compare it with its manifest.

    Raises `RelanceError` with what the reader found.
    """
    reader = subprocess.run(
        [sys.executable, "-m", "relance.publication.reader", str(publication)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if reader.returncode != 0:
        raise RelanceError(
            f"The publication {publication} does not read back as it was written and is not made current: "
            f"{reader.stderr.strip() or reader.stdout.strip()}"
        )


def _revisions(publications: Path, label: str) -> list[Path]:
    return [folder for folder in (publications / label).glob("r*") if folder.name[1:].isdigit()]


def _as_of(publication: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(publication["as_of"])


@contextmanager
def _lock(publications: Path) -> Iterator[None]:
    """One publisher at a time; the kernel releases the lock of a process that is killed."""
    with (publications / LOCK).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

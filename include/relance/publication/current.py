"""Where publications stand, and which one is current: a symlink, switched by rename, that never goes back."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relance import asof
from relance.errors import RelanceError
from relance.files import locked, sync_dir, write_json
from relance.publication.reader import differences

log = logging.getLogger(__name__)

CURRENT = "current"
JOURNAL = "journal"
LOCK = ".lock"


def read_publication(folder: Path) -> dict[str, Any] | None:
    """The manifest of the publication in `folder`, or None where there is none.

    Raises `RelanceError` when it is there and damaged.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        _as_of(manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise RelanceError(
            f"{folder / 'manifest.json'} is not as it was written ({type(error).__name__}: {error}): this publication "
            "is damaged. Roll back to another (relance publications rollback), or publish its date again, and check "
            "the disk."
        ) from error
    return manifest


def _read_undamaged(folder: Path) -> dict[str, Any] | None:
    """Like `read_publication`; a damaged one is as none, so that it keeps no run from publishing a whole one."""
    try:
        return read_publication(folder)
    except RelanceError as error:
        log.warning("%s", error)
        return None


def is_current(publication: Path) -> bool:
    """Whether readers of `current` read this publication, given as `<publications>/<label>/r<N>` or as `current`."""
    place = publication.resolve()
    return (place.parents[1] / CURRENT).resolve() == place


def find(publications: Path, label: str, build_id: str) -> Path | None:
    """The publication of a build, where one is placed already (a task tried again)."""
    for folder in _revisions(publications, label):
        publication = _read_undamaged(folder)
        if publication and publication["build_id"] == build_id:
            return folder
    return None


def place(publications: Path, label: str, written: Path) -> Path:
    """Rename a written publication into `<label>/r<N>`, a path that never existed before."""
    parent = publications / label
    parent.mkdir(parents=True, exist_ok=True)
    with locked(publications / LOCK):
        numbers = [int(folder.name[1:]) for folder in _revisions(publications, label)]
        target = parent / f"r{max(numbers, default=0) + 1}"
        written.rename(target)
        sync_dir(parent)
        sync_dir(publications)
    return target


def all_publications(publications: Path) -> list[Path]:
    """Every publication whose manifest can be read, by as-of date and revision, oldest first."""
    return [folder for *_, folder in _dated(publications)]


def _dated(publications: Path) -> list[tuple[dt.datetime, int, Path]]:
    """The same, each with its as-of date and the number of its revision."""
    found = []
    for folder in all_folders(publications):
        manifest = _read_undamaged(folder)
        if manifest is not None:
            found.append((_as_of(manifest), int(folder.name[1:]), folder))
    return sorted(found)


def all_folders(publications: Path) -> list[Path]:
    """Every folder of a publication, damaged or not, by name."""
    return sorted(
        folder
        for folder in publications.glob("*/r*")
        if folder.name[1:].isdigit() and not folder.parent.is_symlink() and not folder.parent.name.startswith(".")
    )


def before(publications: Path, as_of: dt.datetime, is_backfilled: bool = False) -> Path | None:
    """The publication that one of `as_of` is compared with: the one that its readers have had until now.

    That is `current`, or, for a date before it, the last one that is not later; None without any. A backfilled date
    is compared with its own last revision, wherever `current` stands, where it has one. A damaged one is passed over:
    it must not keep the next from being published.
    """
    for candidate in _comparable(publications, as_of, is_backfilled):
        if not (found := differences(candidate)):
            return candidate
        log.warning("%s is damaged (%s): the new publication is not compared with it.", candidate, "; ".join(found))
    return None


def _comparable(publications: Path, as_of: dt.datetime, is_backfilled: bool) -> Iterator[Path]:
    """What one of `as_of` could be compared with, the best first."""
    restated = last_revision(publications, as_of) if is_backfilled else None
    if restated is not None:
        yield restated
    standing = _read_undamaged(publications / CURRENT)
    if standing is not None and _as_of(standing) <= as_of:
        yield (publications / CURRENT).resolve()
    yield from (folder for at, _, folder in reversed(_dated(publications)) if at <= as_of)


def last_revision(publications: Path, as_of: dt.datetime) -> Path | None:
    """The last revision of an as-of date, None where it was never published."""
    revisions = sorted(_revisions(publications, asof.label(as_of)), key=lambda folder: int(folder.name[1:]))
    return next((one for one in reversed(revisions) if _read_undamaged(one) is not None), None)


def switch(publications: Path, publication: Path) -> bool:
    """Point `current` to a publication, unless it points to one of a later as-of date; whether it does now."""
    with locked(publications / LOCK):
        standing = _read_undamaged(publications / CURRENT)
        offered = read_publication(publication)
        if offered is None:
            raise RelanceError(
                f"{publication} holds no manifest.json: it is not a publication and is not made current."
            )
        if standing and _as_of(standing) > _as_of(offered):
            return False
        if standing is None or standing["build_id"] != offered["build_id"]:
            _point(publications, publication, {"kind": "publish", "who": None, "reason": None})
    return True


def roll_back(publications: Path, publication: Path, who: str, reason: str) -> None:
    """Point `current` to an earlier publication, which is read back first; the journal keeps who and why.

    Raises `RelanceError` when it is current already, or does not read back as it was written.
    """
    if is_current(publication):
        raise RelanceError(f"{publication} is current already: there is nothing to roll back to.")
    check_readable(publication)
    with locked(publications / LOCK):
        _point(publications, publication, {"kind": "rollback", "who": who, "reason": reason})


def journal(publications: Path) -> list[dict[str, Any]]:
    """Every time `current` was moved, in that order: `at`, `from`, `to`, `kind`, `who`, `reason`.

    A note of a move that did not happen (the run was killed after writing it) is left out: the next one, or `current`
    itself, says that the link stood elsewhere.
    """
    notes = _notes(publications)
    stood = [*(note["from"] for note in notes[1:]), _place_of_current(publications)]
    return [note for note, after in zip(notes, stood, strict=True) if note["to"] == after]


def _notes(publications: Path) -> list[dict[str, Any]]:
    """By number, whatever the clock said; notes of before they had one come first."""
    paths = sorted((publications / JOURNAL).glob("*.json"))
    return sorted((json.loads(path.read_text(encoding="utf-8")) for path in paths), key=lambda n: n.get("number", 0))


def _place_of_current(publications: Path) -> str | None:
    link = publications / CURRENT
    return link.readlink().as_posix() if link.is_symlink() else None


def _point(publications: Path, publication: Path, why: dict[str, Any]) -> None:
    """Switch the link, and note it beforehand: a move without a note would be a change without trace."""
    place, link = publication.resolve().relative_to(publications.resolve()), publications / CURRENT
    at = asof.now()
    record = {
        "number": max((note.get("number", 0) for note in _notes(publications)), default=0) + 1,
        "at": at.isoformat(),
        "from": _place_of_current(publications),
        "to": place.as_posix(),
        **why,
    }
    write_json(publications / JOURNAL / f"{at:%Y-%m-%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}.json", record)
    aside = publications / f".{CURRENT}-{uuid.uuid4().hex}"
    aside.symlink_to(place)
    aside.replace(link)
    sync_dir(publications)


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

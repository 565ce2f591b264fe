"""The publications of a data folder as a person handles them: naming one, listing, tagging, keeping and removing."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relance.errors import RelanceError
from relance.files import locked, sync_dir
from relance.publication.current import CURRENT, LOCK, all_publications, read_publication

TAGS = "tags"
# Readers that opened a publication go on reading it after the switch: the last ones always stay.
ALWAYS_KEPT = 3


@dataclass(frozen=True)
class Shelved:
    """One publication: its name (`<label>/r<N>`), folder, manifest, and what points to it."""

    name: str
    folder: Path
    manifest: dict[str, Any]
    is_current: bool
    tags: list[str]


def shelved(publications: Path) -> list[Shelved]:
    """Every publication, by as-of date and revision, oldest first."""
    current = (publications / CURRENT).resolve()
    tagged: dict[Path, list[str]] = {}
    for tag in sorted((publications / TAGS).glob("*")):
        tagged.setdefault(tag.resolve(), []).append(tag.name)
    return [
        Shelved(
            name=folder.relative_to(publications).as_posix(),
            folder=folder,
            manifest=read_publication(folder) or {},
            is_current=folder.resolve() == current,
            tags=tagged.get(folder.resolve(), []),
        )
        for folder in all_publications(publications)
    ]


def named(publications: Path, name: str | None) -> Path:
    """The folder of a publication: `current` (or None), `<label>/r<N>`, a label (its last revision), a tag or a path.

    Raises `RelanceError` with the names that there are.
    """
    wanted = name or CURRENT
    if Path(wanted).is_absolute() or wanted.startswith("."):
        candidates = [Path(wanted)]
    else:
        revisions = [one for one in all_publications(publications) if one.parent.name == wanted]
        candidates = [publications / wanted, publications / TAGS / wanted, *revisions[-1:]]
    for candidate in candidates:
        if read_publication(candidate) is not None:
            return candidate
    names = [one.relative_to(publications).as_posix() for one in all_publications(publications)]
    raise RelanceError(
        f"There is no publication {wanted!r} in {publications}. "
        + (f"The last ones: {', '.join(names[-5:])}." if names else "Nothing is published yet: run `make nightly`.")
    )


def tag(publications: Path, name: str, publication: Path) -> None:
    """Give a publication a name that keeps it for good. Raises `RelanceError` when the name stands for another."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise RelanceError(f"{name!r} is no name for a tag: letters, digits, '.', '_' and '-', at most 64.")
    place = publication.resolve()
    if publications.resolve() not in place.parents:
        raise RelanceError(f"{publication} is not one of the publications in {publications}: it cannot be tagged.")
    link = publications / TAGS / name
    if link.is_symlink() and link.resolve() != place:
        raise RelanceError(f"The tag {name} stands for {link.resolve().relative_to(publications.resolve())} already.")
    link.parent.mkdir(parents=True, exist_ok=True)
    aside = link.with_name(f".{name}-{uuid.uuid4().hex}")
    aside.symlink_to(Path("..") / place.relative_to(publications.resolve()))
    aside.replace(link)
    sync_dir(link.parent)


def outdated(publications: Path, at: dt.datetime, keep_days: int) -> list[Shelved]:
    """The publications that retention lets go, oldest first.

    Kept are: those of the last `keep_days` days, the last revision of every month, the last three, `current`, and
    what a tag points to.
    """
    every = shelved(publications)
    last_of_month = {one.manifest["as_of_label"][:7]: one.name for one in every}
    kept = {*last_of_month.values(), *(one.name for one in every[-ALWAYS_KEPT:])}
    limit = at - dt.timedelta(days=keep_days)
    return [
        one
        for one in every
        if not (one.is_current or one.tags or one.name in kept)
        and dt.datetime.fromisoformat(one.manifest["as_of"]) < limit
    ]


def remove(publications: Path, publication: Shelved) -> bool:
    """Remove a publication, renamed first so that no reader finds a part; False when something holds it by now."""
    with locked(publications / LOCK):
        now = {one.name: one for one in shelved(publications)}.get(publication.name)
        if now is None or now.is_current or now.tags:
            return False
        aside = publications / f".removed-{uuid.uuid4().hex}"
        publication.folder.rename(aside)
        sync_dir(publication.folder.parent)
    shutil.rmtree(aside, ignore_errors=True)
    for left in publications.glob(".removed-*"):
        shutil.rmtree(left, ignore_errors=True)
    return True

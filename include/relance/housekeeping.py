"""What the data folder lets go: old publications, builds, parsed dbt projects and lineage, what killed runs left.

Never anything of `data/landing`, nor what `current`, a tag or a decision still to be taken needs. `data/feedback` and
`data/unpacked` stay: every night makes anew what is missing there, and they are no larger than the landing.
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from relance import asof, decisions, stages
from relance.publication.shelf import outdated, remove
from relance.settings import Settings


def tidy(settings: Settings) -> list[str]:
    """Remove it; what was removed, by its path in the data folder."""
    now, publications = asof.now(), settings.publications_dir
    removed = [path.relative_to(settings.data_dir).as_posix() for path in stages.remove_leftovers()]
    old = outdated(publications, now, settings.keep_days) if publications.is_dir() else []
    removed += [f"publications/{one.name}" for one in old if remove(publications, one)]
    limit = (now - dt.timedelta(days=settings.keep_build_days)).timestamp()
    for build_dir in _builds_over(settings, limit):
        # Renamed first: a run that is killed here leaves nothing that looks like a build.
        aside = build_dir.with_name(f".{build_dir.name}.{uuid.uuid4().hex}")
        build_dir.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
        removed.append(f"builds/{build_dir.name}")
    for parsed in sorted(settings.dbt_cache_dir.glob("*.msgpack")):
        if parsed.stat().st_mtime < limit:
            parsed.unlink(missing_ok=True)
            removed.append(parsed.relative_to(settings.data_dir).as_posix())
    _set_lineage_aside(settings, now)
    for told in sorted(settings.old_lineage_dir.glob("*.jsonl")):
        if told.stat().st_mtime < limit:
            told.unlink(missing_ok=True)
            removed.append(told.relative_to(settings.data_dir).as_posix())
    return removed


def _set_lineage_aside(settings: Settings, now: dt.datetime) -> None:
    """Begin a new file of lineage events: who writes opens it anew for each event."""
    if settings.lineage_file.is_file():
        settings.old_lineage_dir.mkdir(exist_ok=True)
        settings.lineage_file.rename(settings.old_lineage_dir / f"{asof.label(now)}.jsonl")


def _builds_over(settings: Settings, older_than: float) -> Iterator[Path]:
    """The builds in which nothing was written since, except those that wait for a decision."""
    waiting = {one["build_id"] for one in decisions.waiting(settings.builds_dir)}
    for build_dir in sorted(settings.builds_dir.glob("[!.]*")):
        if build_dir.name not in waiting and _last_change(build_dir) < older_than:
            yield build_dir


def _last_change(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))

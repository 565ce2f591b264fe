"""What the data folder lets go: old publications, builds, backfills' records, lineage, parses by other code, leftovers.

Never anything of `data/landing`, nor what `current`, a tag or a decision still to be taken needs. `data/feedback` and
`data/unpacked` stay: every night needs them and makes anew what is missing there, and they grow with the landing alone.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from relance import asof, decisions, stages
from relance.files import sync_dir
from relance.parsing import contract_version
from relance.publication.shelf import outdated, remove
from relance.settings import Settings


def tidy(settings: Settings) -> list[str]:
    """Remove it; what was removed, by its path in the data folder."""
    now, publications = asof.now(), settings.publications_dir
    removed = [path.relative_to(settings.data_dir).as_posix() for path in stages.remove_leftovers()]
    old = outdated(publications, now, settings.keep_days) if publications.is_dir() else []
    removed += [f"publications/{one.name}" for one in old if remove(publications, one)]
    limit = (now - dt.timedelta(days=settings.keep_build_days)).timestamp()
    removed += [_remove_folder(settings, folder) for folder in _builds_over(settings, limit)]
    # After the builds, because one that stands keeps what it reads.
    removed += [_remove_folder(settings, folder) for folder in _parses_of_other_code(settings, limit)]
    record_limit = (now - dt.timedelta(days=settings.keep_days)).timestamp()
    removed += [_remove_folder(settings, folder) for folder in _backfills_over(settings, record_limit)]
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


def tidy_logs(folder: Path, older_than: dt.datetime) -> int:
    """Remove the log files under `folder` that nothing was written to since, and the folders left empty; how many."""
    limit, removed = older_than.timestamp(), 0
    # How old a folder is has to be asked before anything in it goes.
    found = [(Path(parent), Path(parent).stat().st_mtime, names) for parent, _, names in os.walk(folder)]
    for parent, changed_at, names in reversed(found):
        for path in (parent / name for name in names):
            # A process that writes logs may have moved it away by itself.
            with suppress(FileNotFoundError):
                if not path.is_symlink() and path.stat().st_mtime < limit:
                    path.unlink()
                    removed += 1
        # A younger one may have been made a moment ago, for a log that is about to be opened.
        if parent != folder and changed_at < limit:
            with suppress(OSError):
                parent.rmdir()
    return removed


def _remove_folder(settings: Settings, folder: Path) -> str:
    """Remove a folder of the data folder; its path in there."""
    # Renamed first: a run that is killed here leaves nothing that looks like what it was.
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    folder.rename(aside)
    sync_dir(folder.parent)
    shutil.rmtree(aside, ignore_errors=True)
    return folder.relative_to(settings.data_dir).as_posix()


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


def _parses_of_other_code(settings: Settings, older_than: float) -> Iterator[Path]:
    """What other contracts or code parsed, where nothing was added since and no build that stands reads it."""
    in_use = {contract_version()}
    in_use |= {manifest.get("contract_version", "") for manifest in _manifests(settings.builds_dir.glob("[!.]*"))}
    for folder in sorted(settings.parsed_dir.glob("[!.]*")):
        if folder.name not in in_use and _last_change(folder) < older_than:
            yield folder


def _backfills_over(settings: Settings, older_than: float) -> Iterator[Path]:
    """The records of backfills in which nothing was noted since, except where a night waits for a decision.

    Publications keep person and reason in their own manifests. The same command begins such a backfill anew, and finds
    the nights that it did unchanged.
    """
    held = (settings.builds_dir / one["build_id"] for one in decisions.waiting(settings.builds_dir))
    waiting = {manifest.get("backfill", {}).get("id") for manifest in _manifests(held)}
    for folder in sorted(settings.backfills_dir.glob("[!.]*")):
        if folder.name not in waiting and _last_change(folder) < older_than:
            yield folder


def _manifests(builds: Iterable[Path]) -> Iterator[dict[str, Any]]:
    yield from (decisions.read_prepared(build_dir) or {} for build_dir in builds)


def _last_change(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))

"""How the house stands, from the data folder alone: what `relance status` says whether or not Airflow runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relance import asof, decisions
from relance.alerts.told import standing
from relance.errors import RelanceError
from relance.feedback.safe import one_line
from relance.files import shortage
from relance.gate.answering import still_pending
from relance.publication.current import CURRENT, all_publications, read_publication
from relance.settings import Settings
from relance.warehouse.feed_turns import feed_records, is_late

LAST_RUNS = 10
GIGABYTE = 1e9
# A night ends every day; one that is this old was not followed by another.
CURRENT_WITHIN = dt.timedelta(hours=36)


@dataclass(frozen=True)
class Run:
    """A build, or a publication whose build was removed. `outcome` is a word of `outcome_of`, or `published`."""

    build_id: str
    as_of: str
    outcome: str
    publication: str | None
    backfill: str | None


@dataclass(frozen=True)
class Status:
    """What stands; `attention` are the sentences of what needs somebody."""

    current: dict[str, Any] | None
    runs: list[Run]
    feeds: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    pending: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    disk: dict[str, Any]
    verification: dict[str, Any] | None
    attention: list[str]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def status_of(settings: Settings, at: dt.datetime) -> Status:
    """How the house stands at an instant."""
    publications = settings.publications_dir
    manifest = read_publication(publications / CURRENT)
    current = None
    if manifest is not None:
        folder = (publications / CURRENT).resolve()
        current = {
            "name": folder.relative_to(publications.resolve()).as_posix(),
            "as_of": manifest["as_of"],
            "hours_old": (at - dt.datetime.fromisoformat(manifest["as_of"])) // dt.timedelta(hours=1),
            "folder": str(folder),
            "controls": manifest.get("audit", {}).get("counts", {}),
        }
    feeds = [{**record, "is_late": is_late(record)} for record in feed_records(settings, at)]
    holds = decisions.waiting(settings.builds_dir)
    pending, problem = _pending(settings, manifest, at)
    disk = _disk(settings.data_dir)
    verification = _verification(settings)
    return Status(
        current,
        _runs(settings),
        feeds,
        holds,
        pending,
        standing(settings),
        disk,
        verification,
        [*_attention(settings, current, feeds, holds, pending, verification), *problem],
    )


def _pending(
    settings: Settings, manifest: dict[str, Any] | None, at: dt.datetime
) -> tuple[list[dict[str, Any]], list[str]]:
    """The files that waited when the current publication was made and still do; what keeps that from being known."""
    if manifest is None:
        return [], []
    try:
        files = still_pending(settings, manifest)
    except RelanceError as error:
        return [], [str(error)]
    hour = dt.timedelta(hours=1)
    return [{**file.to_json(), "hours_old": (at - file.received_at) // hour} for file in files], []


def _verification(settings: Settings) -> dict[str, Any] | None:
    """What the last verification of the landing found; None before the first, or where it cannot be read."""
    try:
        found: dict[str, Any] = json.loads(settings.verification_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def _attention(
    settings: Settings,
    current: dict[str, Any] | None,
    feeds: list[dict[str, Any]],
    holds: list[dict[str, Any]],
    pending: list[dict[str, Any]],
    verification: dict[str, Any] | None,
) -> list[str]:
    said = []
    if current is None:
        said.append("Nothing is published yet. Run `make nightly`, or the DAG publish_reporting.")
    elif current["hours_old"] > CURRENT_WITHIN // dt.timedelta(hours=1):
        said.append(f"The current publication is as of {_paris(current['as_of'])}: no later night was published.")
    if late := [feed["feed"] for feed in feeds if feed["is_late"]]:
        said.append(f"Late: {', '.join(late)}. Look at the collecting DAG, or run `relance collect`.")
    if holds:
        said.append(f"{len(holds)} build(s) wait for a decision: `relance holds`.")
    if pending:
        said.append(f"{len(pending)} received file(s) wait for a decision: `relance files pending`.")
    if verification and verification["damaged"]:
        said.append(
            f"Received files were found damaged on {_paris(verification['at'])}: restore them, then "
            "`relance landing verify`."
        )
    if short := shortage(settings.data_dir):
        said.append(short.strip())
    return said


def _runs(settings: Settings) -> list[Run]:
    """The last runs by as-of date, the newest first: every build that is kept, and every publication."""
    published: dict[str, Run] = {}
    for folder in all_publications(settings.publications_dir):
        manifest = read_publication(folder) or {}
        name = folder.relative_to(settings.publications_dir).as_posix()
        backfill = (manifest.get("backfill") or {}).get("reason")
        published[manifest["build_id"]] = Run(manifest["build_id"], manifest["as_of"], "published", name, backfill)
    runs = dict(published)
    for build_dir in settings.builds_dir.glob("[!.]*/manifest.json"):
        build_id = build_dir.parent.name
        if build_id not in runs and (prepared := decisions.read_prepared(build_dir.parent)):
            backfill = (prepared.get("backfill") or {}).get("reason")
            runs[build_id] = Run(build_id, prepared["as_of"], outcome_of(build_dir.parent), None, backfill)
    return sorted(runs.values(), key=lambda run: (run.as_of, run.publication or "", run.build_id), reverse=True)[
        :LAST_RUNS
    ]


def outcome_of(build_dir: Path) -> str:
    """What became of a build that published nothing: blocked, held, rejected, unchanged, or unfinished."""
    verdict, decision = decisions.read_verdict(build_dir), decisions.read_decision(build_dir)
    if decisions.read_unchanged(build_dir) is not None:
        return "unchanged"
    if verdict is None or verdict["outcome"] == "pass":
        return "unfinished"
    if verdict["outcome"] == "block":
        return "blocked"
    if decision is None:
        return "held"
    return "rejected" if decision["decision"] == decisions.REJECTED else "unfinished"


def _disk(data_dir: Path) -> dict[str, Any]:
    """Bytes free and in all where the data folder lies, and used in it by each of its folders."""
    place = next(one for one in (data_dir, *data_dir.parents) if one.exists())
    total, _, free = shutil.disk_usage(place)
    folders = {folder.name: _size(folder) for folder in sorted(data_dir.glob("[!.]*")) if folder.is_dir()}
    return {"folder": str(data_dir), "total_bytes": total, "free_bytes": free, "used_bytes": folders}


def _size(folder: Path) -> int:
    """What the files below a folder hold; one that a run removes meanwhile counts nothing."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                size += (Path(parent) / name).lstat().st_size
            except FileNotFoundError:
                continue
    return size


def print_status(console: Console, status: Status) -> None:
    """Print it for a terminal: what needs somebody first."""

    def line(text: str, style: str | None = None) -> None:
        console.print(escape(text), soft_wrap=True, style=style)

    for sentence in status.attention:
        line(f"! {sentence}", "yellow")
    if not status.attention:
        line("Nothing needs anybody.", "green")
    if status.current:
        controls = ", ".join(f"{count} {name}" for name, count in status.current["controls"].items() if count)
        line(
            f"Current: {status.current['name']}, as of {_paris(status.current['as_of'])} (Paris). Controls: {controls}"
        )
        line(f"  {status.current['folder']}")
        line("  Its figures: relance publications show")
    if status.runs:
        table = _table("as of (Paris)", "outcome", "publication or build", "backfilled because")
        for run in status.runs:
            table.add_row(_paris(run.as_of), run.outcome, run.publication or run.build_id, one_line(run.backfill or ""))
        console.print(table)
    table = _table("feed", "last complete turn", "expected within", "")
    for feed in status.feeds:
        hours, expected = feed["last_complete_turn_hours_ago"], feed["expected_within_hours"]
        table.add_row(
            feed["feed"],
            "never" if hours is None else f"under {hours} h ago" if hours else "now",
            "-" if expected is None else f"{expected} h",
            "LATE" if feed["is_late"] else "",
        )
    console.print(table)
    for hold in status.holds:
        line(f"Held: {hold['build_id']}", "magenta")
        for sentence in hold["sentences"]:
            line(f"  - {one_line(sentence)}")
    for file in status.pending:
        name = f"{one_line(file['file_name'])} ({file['receipt_id']})"
        line(f"Pending: {name}, received {file['hours_old']} h ago", "magenta")
        for finding in file["findings"]:
            line(f"  - {one_line(finding['sentence'])}")
    for alert in status.alerts:
        line(f"Told on {_paris(alert['since'])} and not mended: {alert['title']}")
    if status.verification is None:
        line("Received files: never verified. `relance landing verify`, or the DAG housekeeping.")
    else:
        found = status.verification
        state = found["damaged"] or "all as they were received."
        line(f"Received files: {found['object_count']} verified on {_paris(found['at'])}: {state}")
    used = ", ".join(f"{name} {_gigabytes(size)}" for name, size in status.disk["used_bytes"].items() if size)
    free, total = (_gigabytes(status.disk[f"{name}_bytes"]) for name in ("free", "total"))
    line(f"Disk: {free} free of {total} GB in {status.disk['folder']}. Used, GB: {used or 'nothing'}")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _gigabytes(size: int) -> str:
    return f"{size / GIGABYTE:.3f}" if size < GIGABYTE else f"{size / GIGABYTE:.1f}"


def _paris(instant: str) -> str:
    return f"{dt.datetime.fromisoformat(instant).astimezone(asof.PARIS):%d/%m/%Y %H:%M}"

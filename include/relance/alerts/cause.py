"""What can be wrong, in the words of the error or of the audit, with the place in the runbook that says what to do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relance import asof, decisions
from relance.errors import NotWaitingError, RelanceError
from relance.feedback.safe import one_line
from relance.files import machine_sentence
from relance.gate.answering import PendingFile, pending_of
from relance.warehouse.feed_turns import is_late
from relance.warehouse.manifest import SET_ASIDE, read_manifest

# An older file that was set aside was told long ago, or before anybody had asked for alerts.
WITHIN = dt.timedelta(days=7)
RECENT = dt.timedelta(days=1)
# What a message can show; a task's log has the whole.
MOST_CHARACTERS = 6000

HELD, LATE, ASIDE, DEADLINE, DAMAGE = "hold", "late-feeds", "files-set-aside", "deadline", "damage"
WAITING = "files-pending"
# The place in docs/operations.md of what is no error of ours.
RUNBOOK = {
    HELD: "the-audit-holds",
    LATE: "a-feed-is-late",
    ASIDE: "a-file-is-set-aside",
    WAITING: NotWaitingError.runbook,
    DEADLINE: "a-night-is-not-published-in-time",
    DAMAGE: "something-kept-was-damaged",
    "machine": "the-machine-refuses",
    "killed": "a-task-was-killed",
    # Airflow's, when a task takes longer than its execution_timeout.
    "AirflowTaskTimeout": "a-task-takes-too-long",
    "publish_reporting.serve": "the-copy-stays-as-it-was",
    "send_feedback.send": "letters-do-not-go",
    "housekeeping.clean_airflow": "airflows-database-is-not-cleaned",
}

# What differs from night to night in a sentence that says the same: builds, instants, addresses in memory.
_PASSING = re.compile(
    r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?-[0-9a-f]{8}\b|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.+]*|\b0x[0-9a-f]+|\b[0-9a-f]{32}\b"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[\d.]+ MB are free"
)


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong. While `key` stands with nothing new among its `items`, it is told once.

    `owner` is the task whose success mends it; None where only what told it can say so. `runbook` is an anchor of
    docs/operations.md, `url` the run in Airflow's UI.
    """

    key: str
    title: str
    sentence: str
    items: tuple[str, ...]
    runbook: str
    owner: str | None = None
    url: str | None = None


def failed_task(task: str, error: BaseException | None, data_dir: Path, url: str | None) -> Cause:
    """A task (`dag.task`) that failed and is not tried again; without `error` nobody knows how it ended."""
    title = f"{task} failed"
    if error is None:
        sentence = (
            "The task ended without saying why: it was killed, or its machine was. Nothing is half done: clear the "
            "run, or wait for the next night."
        )
        return Cause(f"task-{task}", title, sentence, ("killed",), RUNBOOK["killed"], task, url)
    known = next((one for one in _chain(error) if isinstance(one, RelanceError)), None)
    if known is None and (refused := machine_sentence(error, data_dir)):
        # One full disk fails every task of the night: it is one cause, whoever meets it first.
        reason = getattr(error, "strerror", None) or type(error).__name__
        return Cause("machine", title, refused, (reason,), RUNBOOK["machine"], task, url)
    if known is None:
        sentence = f"{type(error).__name__}: {error}".strip(": ")
        runbook = RUNBOOK.get(type(error).__name__, RelanceError.runbook)
    else:
        sentence = str(known)
        is_special = type(known).runbook != RelanceError.runbook
        runbook = type(known).runbook if is_special else RUNBOOK.get(task, RelanceError.runbook)
    return Cause(f"task-{task}", title, _short(sentence), _items(sentence), runbook, task, url)


def held_build(task: str, build_id: str, sentences: Sequence[str], url: str | None) -> Cause:
    """A build that waits in `task` for a decision."""
    sentence = f"The audit holds the build {build_id} until somebody decides.\n{decisions.as_list(sentences)}"
    return Cause(
        HELD, "A publication waits for a decision", _short(sentence), tuple(sentences), RUNBOOK[HELD], task, url
    )


def late_feeds(feeds: Sequence[dict[str, Any]], url: str | None) -> Cause | None:
    """The feeds that are late, told from `feeds` of a build's manifest; None where none is."""
    late = [feed for feed in feeds if is_late(feed)]
    lines = []
    for feed in late:
        days = feed["last_complete_turn_days_ago"]
        since = "it never had one" if days is None else f"the last one was {days} day(s) ago"
        said = f" Its last turn said: {one_line(feed['last_problem'])}" if feed["last_problem"] else ""
        lines.append(
            f"{feed['feed']} ({feed['title_fr']}): a complete turn is expected every {feed['expected_within_hours']} "
            f"hours, {since}.{said}"
        )
    if not late:
        return None
    names = tuple(feed["feed"] for feed in late)
    return Cause(
        LATE,
        f"Late: {', '.join(names)}",
        _short(decisions.as_list(lines)),
        names,
        RUNBOOK[LATE],
        url=url,
    )


def set_aside_files(receipts: Sequence[dict[str, Any]], as_of: dt.datetime, url: str | None) -> Cause | None:
    """The files of the last seven days that were set aside whole, told from `receipts` of a build's manifest."""
    refused = [
        receipt
        for receipt in receipts
        if receipt["status"] == SET_ASIDE and as_of - dt.datetime.fromisoformat(receipt["received_at"]) <= WITHIN
    ]
    if not refused:
        return None
    lines = [f"{one_line(one['file_name'])} ({one['feed']}): {one_line(one['reason'])}" for one in refused]
    return Cause(
        ASIDE,
        f"{len(refused)} received file(s) set aside",
        _short(decisions.as_list(lines)),
        tuple(one["receipt_id"] for one in refused),
        RUNBOOK[ASIDE],
        url=url,
    )


def waiting_files(files: Sequence[PendingFile], url: str | None) -> Cause | None:
    """The received files that wait for a decision; told again when what holds one changes by a cent."""
    if not files:
        return None
    lines = [
        f"{one_line(file.file_name)} ({file.receipt_id}, {file.whose}): {one_line(finding.sentence)}"
        for file in files
        for finding in file.findings
    ]
    return Cause(
        WAITING,
        f"{len(files)} received file(s) wait for a decision: relance files pending",
        _short(decisions.as_list(lines)),
        tuple(f"{file.receipt_id} {file.digest}" for file in files),
        RUNBOOK[WAITING],
        url=url,
    )


def damaged_files(damage: Sequence[dict[str, Any]], url: str | None) -> Cause | None:
    """What of ours was not as it was kept and harmed no figure, told from `damage` of a build's manifest."""
    return _damage(DAMAGE, [f"{one_line(one['file_name'])} ({one['feed']}): {one['sentence']}" for one in damage], url)


def restored_files(key: str, collections: Sequence[dict[str, Any]], url: str | None) -> Cause | None:
    """The received files that collections, told by their summaries, found damaged and replaced by the same bytes."""
    restored = [one for summary in collections for one in summary["restored"]]
    lines = [f"{one_line(one)}: the same file was collected again, and its bytes stand there." for one in restored]
    return _damage(key, lines, url)


def _damage(key: str, lines: list[str], url: str | None) -> Cause | None:
    if not lines:
        return None
    title = f"Our storage damaged {len(lines)} file(s), and they were replaced or passed over"
    return Cause(key, title, _short(decisions.as_list(lines)), tuple(lines), RUNBOOK[DAMAGE], url=url)


def causes_found(builds_dir: Path, task: str, returned: Any, url: str | None) -> dict[str, Cause | None]:
    """What a task that succeeded found, from what it returned: a prepared build's name, or summaries of collections.

    By key, with None where nothing is wrong.
    """
    if isinstance(returned, str):
        return causes_of_build(builds_dir / returned, url)
    key = f"{DAMAGE}-{task}"
    return {key: restored_files(key, returned or (), url)}


def causes_of_build(build_dir: Path, url: str | None) -> dict[str, Cause | None]:
    """What the manifest of a prepared build tells: by key, with None where nothing is wrong.

    Empty for an older date: it says nothing of today's feeds.
    """
    manifest = read_manifest(build_dir)
    as_of = dt.datetime.fromisoformat(manifest["as_of"])
    if asof.now() - as_of > RECENT:
        return {}
    return {
        LATE: late_feeds(manifest["feeds"], url),
        ASIDE: set_aside_files(manifest["receipts"], as_of, url),
        WAITING: waiting_files(pending_of(manifest["receipts"]), url),
        DAMAGE: damaged_files(manifest.get("damage", ()), url),
    }


def missed_deadline(dag: str, task: str, deadline: dt.datetime, waiting: int, url: str | None) -> Cause:
    """A night that has not ended when its figures should be there; `waiting` builds wait for a person."""
    local = deadline.astimezone(asof.PARIS)
    sentence = (
        f"The night should have ended by {local:%d/%m/%Y %H:%M} (Paris) and still runs or waits. Until it ends, "
        "readers have what was published before."
    )
    if waiting:
        sentence += f" {waiting} build(s) wait for a decision (relance holds)."
    return Cause(
        f"{DEADLINE}-{dag}", f"{dag} is not published in time", sentence, (DEADLINE,), RUNBOOK[DEADLINE], task, url
    )


def _items(sentence: str) -> tuple[str, ...]:
    """What a sentence is the cause of: the findings that it lists, or else all of it, without what passes."""
    lines = sentence.splitlines()
    listed = [line for line in lines if line.startswith("  - ")]
    return tuple(_PASSING.sub("…", line.strip()) for line in listed or lines)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, then what it was raised from."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…\n(The log has the rest.)"

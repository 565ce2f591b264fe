"""The stages in their order, each one function that a DAG task and the `relance` command both call.

Between two of them stands only a build's identifier: what one stage made for the next lies in the build's
folder, so each can run in a process of its own and be tried again.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import asof
from relance.errors import CollectionIncompleteError, PublicationBlockedError, PublicationHeldError, RelanceError
from relance.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from relance.feedback import Letter
    from relance.publication.explain import Explanation
    from relance.warehouse.checking import Checked

BUILD_FILE = "warehouse.duckdb"
VERDICT_FILE = "verdict.json"

# Wraps what takes long to go through, for whoever shows progress.
Track = Callable[[Iterable[Any], str], Iterable[Any]]


def no_track(items: Iterable[Any], what: str) -> Iterable[Any]:
    return items


# A token by the name of the connection that holds it.
TokenOf = Callable[[str], str | None]


def no_token(connection: str) -> str | None:
    return None


@dataclass(frozen=True)
class CollectSummary:
    """What a collection did: names of the files landed now, already known, and left for the next turn.

    `folder` is the place it looked at; `problems` are the sentences of what that place could not give.
    """

    feed: str
    folder: str
    new: list[str]
    known: list[str]
    left: list[str]
    problems: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__}

    def sentence(self) -> str:
        """One line for a log or a terminal."""
        left = f", {len(self.left)} left for the next turn ({', '.join(self.left)})" if self.left else ""
        return f"{self.feed}: {len(self.new)} new, {len(self.known)} already known{left}, from {self.folder}"


def collect(feed: str, folder: str | None = None, track: Track = no_track, token: str | None = None) -> CollectSummary:
    """Land what a feed's place (or another `folder`) holds; a folder given by hand counts as received now.

    `token` is that of the feed's API, for a caller that keeps it elsewhere than in the environment. Raises
    `CollectionIncompleteError`, after landing all that could be had, when a source did not give something.
    """
    from relance.landing.store import receive, receptions
    from relance.landing.turns import write_turn
    from relance.sources.collecting import arrivals_of, place_of
    from relance.sources.feeds import get_feed

    settings = Settings.from_env()
    source = get_feed(settings, feed)
    run, begun_at = uuid.uuid4().hex, asof.now()
    arrivals = arrivals_of(source, receptions(settings.landing_dir, feed), folder, token)
    landed = receive(settings.landing_dir, source, track(arrivals, f"collecting {feed}"), run, begun_at)
    write_turn(settings.landing_dir, feed, run, begun_at, asof.now(), landed)
    summary = CollectSummary(
        feed=feed,
        folder=place_of(source, folder),
        new=[receipt.file_name for receipt in landed.new],
        known=landed.known,
        left=landed.left,
        problems=landed.problems,
    )
    if summary.problems:
        details = "\n".join(f"  - {sentence}" for sentence in summary.problems)
        raise CollectionIncompleteError(
            f"{summary.sentence()}; {len(summary.problems)} problem(s):\n{details}\n"
            "What was landed stays landed; collecting again is safe."
        )
    return summary


def collect_each(
    feeds: Iterable[str], track: Track = no_track, token_of: TokenOf = no_token
) -> Iterator[CollectSummary]:
    """Collect feed after feed, each whatever became of the others.

    `token_of` gives the token that a feed's `token_connection` names, or None.

    Raises `CollectionIncompleteError` with the sentences of all that failed, after the last.
    """
    from relance.sources.feeds import get_feed

    failures = []
    for feed in feeds:
        try:
            connection = get_feed(Settings.from_env(), feed).token_connection
            yield collect(feed, track=track, token=token_of(connection) if connection else None)
        except RelanceError as error:
            failures.append(str(error))
    if failures:
        raise CollectionIncompleteError("\n".join(failures))


def nightly_feeds(kind: str | None = None) -> list[str]:
    """The feeds (of one kind) that every night collects: those that feeds.yml does not leave to a person."""
    from relance.sources.feeds import load_feeds

    feeds = load_feeds(Settings.from_env()).values()
    return [feed.id for feed in feeds if feed.is_nightly and kind in (None, feed.kind)]


def mail_feedback(send: Callable[[Letter], None]) -> dict[str, int] | None:
    """Have every pending letter sent by `send`; how many were, or None where no feed has contacts.

    What `send` raises concerns its letter alone. Raises `RelanceError` naming the letters that did not go out, after
    the last: those are still pending.
    """
    from relance.feedback import pending_letters, write_sent
    from relance.sources.feeds import load_feeds

    settings = Settings.from_env()
    feeds = [feed for feed in load_feeds(settings).values() if feed.contacts]
    if not feeds:
        return None
    sent, failures = 0, []
    for letter in pending_letters(settings, feeds, asof.now()):
        try:
            send(letter)
        except Exception as error:  # whatever a mail server answers, the other letters go
            failures.append(f"  - {letter.address}, « {letter.subject} »: {type(error).__name__}: {error}")
        else:
            write_sent(letter, asof.now())
            sent += 1
    if failures:
        raise RelanceError(
            f"{len(failures)} of {sent + len(failures)} letters could not be sent; the next turn tries them again:\n"
            + "\n".join(failures)
        )
    return {"sent": sent}


def prepare(as_of: dt.datetime, track: Track = no_track) -> str:
    """Choose what counts at `as_of`, parsing what was never parsed; the identifier of the new build.

    Each file's feedback is brought up to date on the way: it never makes this fail.
    """
    from relance.warehouse.answers import answer_senders
    from relance.warehouse.manifest import compose, write_manifest

    settings = Settings.from_env()
    entries = compose(settings, as_of, lambda receipts: track(receipts, "parsing"))
    answer_senders(settings, as_of, track(entries, "writing the feedback"))
    build_dir = settings.builds_dir / f"{asof.label(as_of)}-{uuid.uuid4().hex[:8]}"
    write_manifest(settings, build_dir, as_of, entries)
    return build_dir.name


def check(file: Path, kind: str, output: Path | None = None) -> Checked:
    """Read a file as the night would, before it is sent, and write its feedback into `output`.

    Nothing of the data folder is read or written. Without `output` the feedback goes beside the file. Raises
    `RelanceError` (in French) when the file cannot be opened or the feedback cannot be written.
    """
    from relance.warehouse.checking import check_file

    return check_file(Settings.from_env(), file, kind, output or file.with_name(f"{file.stem} - contrôle"))


def build(build_id: str) -> None:
    """Build the warehouse of a prepared build into one fresh DuckDB file."""
    from relance.warehouse.dbt import run_dbt_build
    from relance.warehouse.manifest import read_manifest
    from relance.warehouse.raw import create_build_file

    settings = Settings.from_env()
    build_dir = settings.builds_dir / build_id
    create_build_file(settings, read_manifest(build_dir), build_dir / BUILD_FILE)
    run_dbt_build(settings.dbt_dir, build_dir / BUILD_FILE, build_dir / "dbt", settings.dbt_cache_dir)


def audit(build_id: str) -> None:
    """Judge a build. Raises `PublicationBlockedError` or `PublicationHeldError` with the controls' sentences."""
    from relance.audit import run_audit

    settings = Settings.from_env()
    build_dir = settings.builds_dir / build_id
    verdict = run_audit(build_dir / BUILD_FILE, settings.expectations_dir, build_dir)
    details = "\n".join(f"  - {sentence}" for sentence in verdict.sentences)
    if verdict.outcome == "block":
        raise PublicationBlockedError(
            f"Nothing is published: the audit blocks this build.\n{details}\n"
            "Have the file corrected and run again; the last publication stays current."
        )
    if verdict.outcome == "hold":
        raise PublicationHeldError(
            f"Nothing is published: the audit holds this build until somebody decides.\n{details}\n"
            "Have the file corrected, or register the difference in expectations/accepted_differences.yml with "
            "its reason, and run again; the last publication stays current."
        )


def publish(build_id: str) -> str:
    """Publish an audited build; the folder of the publication. `current` moves unless a later one stands.

    Called again for the same build (a task tried again), it finishes what the first call began.
    """
    from relance.publication.current import check_readable, find, place, switch
    from relance.publication.write import write_publication
    from relance.warehouse.descriptions import describe_marts
    from relance.warehouse.manifest import read_manifest

    settings = Settings.from_env()
    build_dir = settings.builds_dir / build_id
    manifest = read_manifest(build_dir)
    label = manifest["as_of_label"]
    _require_passed(build_dir)
    publication = find(settings.publications_dir, label, build_id)
    if publication is None:
        written = build_dir / "publication"
        descriptions = describe_marts(settings.dbt_dir)
        write_publication(build_dir / BUILD_FILE, written, manifest, build_dir / VERDICT_FILE, descriptions)
        publication = place(settings.publications_dir, label, written)
    check_readable(publication)
    switch(settings.publications_dir, publication)
    for scratch in (build_dir / "dbt", build_dir / "publication"):
        shutil.rmtree(scratch, ignore_errors=True)
    (build_dir / BUILD_FILE).unlink(missing_ok=True)
    return str(publication)


def _require_passed(build_dir: Path) -> None:
    verdict = build_dir / VERDICT_FILE
    outcome = json.loads(verdict.read_text(encoding="utf-8"))["outcome"] if verdict.is_file() else "not audited"
    if outcome != "pass":
        raise RelanceError(
            f"The build {build_dir.name} is not published: its audit says {outcome!r}, and only a build that "
            "passed is. Start a new run."
        )


def print_status(console: Console | None = None, publication: str | None = None) -> None:
    """Print a publication (default: the current one): where it is, the fund, the last editions, the controls."""
    from rich.console import Console

    from relance.publication.current import CURRENT
    from relance.publication.report import print_publication

    current = Settings.from_env().publications_dir / CURRENT
    print_publication(console or Console(highlight=False), Path(publication) if publication else current)


def explain(mart: str, key: Sequence[str], publication: str | None = None, limit: int | None = None) -> Explanation:
    """What a row of a mart of a publication (default: the current one) was made from, down to rows of files.

    Raises `RelanceError` when there is no such publication, mart or row.
    """
    from relance.publication.current import CURRENT
    from relance.publication.explain import explain

    settings = Settings.from_env()
    folder = Path(publication) if publication else settings.publications_dir / CURRENT
    return explain(folder, settings.landing_dir, mart, key, limit)

"""The stages in their order, each one function that a DAG task and the `relance` command both call.

Between two of them stands only a build's identifier: what one stage made for the next lies in the build's
folder, so each can run in a process of its own and be tried again.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import asof, decisions, files, lineage
from relance.errors import CollectionIncompleteError, DamagedError, PublicationBlockedError, RelanceError
from relance.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from relance.feedback import Letter
    from relance.gate.answering import PendingFile
    from relance.gate.checking import Checked
    from relance.landing.file_decisions import FileDecision
    from relance.publication.explain import Explanation
    from relance.publication.served import Loaded
    from relance.warehouse.verifying import Verification

BUILD_FILE = "warehouse.duckdb"
# Named in dbt_project/profiles.yml too.
DEV_FILE = "dev.duckdb"

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

    `folder` is the place it looked at; `problems` are the sentences of what that place could not give; `restored` names
    the files whose bytes had been damaged in the landing and were replaced.
    """

    feed: str
    folder: str
    new: list[str]
    known: list[str]
    left: list[str]
    problems: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__}

    def sentence(self) -> str:
        """One line for a log or a terminal."""
        left = f", {len(self.left)} left for the next turn ({', '.join(self.left)})" if self.left else ""
        restored = f" Damaged in our landing, and replaced: {'; '.join(self.restored)}." if self.restored else ""
        return f"{self.feed}: {len(self.new)} new, {len(self.known)} already known{left}, from {self.folder}{restored}"


def collect(feed: str, folder: str | None = None, track: Track = no_track, token: str | None = None) -> CollectSummary:
    """Land what a feed's place (or another `folder`) holds; a folder given by hand counts as received now.

    `token` is that of the feed's API, for a caller that keeps it elsewhere than in the environment. Raises
    `CollectionIncompleteError`, after landing all that could be had, when a source did not give something.
    """
    from relance.landing.file_decisions import write_indexed
    from relance.landing.store import receive, receptions
    from relance.landing.turns import last_look, write_turn
    from relance.sources.collecting import arrivals_of, place_of
    from relance.sources.feeds import get_feed

    settings = Settings.from_env()
    source = get_feed(settings, feed)
    run, begun_at = uuid.uuid4().hex, asof.now()
    place = place_of(source, folder)
    seen_at = last_look(settings.landing_dir, feed, place)
    arrivals = arrivals_of(source, receptions(settings.landing_dir, feed), folder, token)
    landed = receive(settings.landing_dir, source, track(arrivals, f"collecting {feed}"), run, begun_at, seen_at)
    if folder is None and source.decision_index is not None:
        write_indexed(settings.landing_dir, source.decision_index, landed.new)
    write_turn(settings.landing_dir, feed, run, begun_at, asof.now(), landed, place)
    lineage.collected(settings, feed, landed.new)
    summary = CollectSummary(
        feed=feed,
        folder=place,
        new=[receipt.file_name for receipt in landed.new],
        known=landed.known,
        left=landed.left,
        problems=landed.problems,
        restored=landed.restored,
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


def prepare(as_of: dt.datetime, track: Track = no_track, backfill: dict[str, Any] | None = None) -> str:
    """Choose what counts at `as_of`, parsing what was never parsed; the identifier of the new build.

    Each file's feedback is brought up to date on the way: it never makes this fail. `backfill` is what the manifest
    keeps of the backfill that this build is part of (`manifest.schema.json`), None for an ordinary night.
    """
    from relance.gate.hold import counted_entries
    from relance.warehouse.answers import answer_senders
    from relance.warehouse.manifest import manifest_of, write_manifest

    settings = Settings.from_env()
    entries = counted_entries(settings, as_of, lambda receipts: track(receipts, "parsing"))
    answer_senders(settings, as_of, entries, lambda some: track(some, "writing the feedback"))
    build_dir = settings.builds_dir / f"{asof.label(as_of)}-{uuid.uuid4().hex[:8]}"
    manifest = manifest_of(settings, build_dir.name, as_of, entries, backfill)
    write_manifest(build_dir, manifest)
    lineage.prepared(settings, manifest)
    return build_dir.name


def check(file: Path, kind: str, output: Path | None = None, against: Path | None = None) -> Checked:
    """Read a file as the night would, before it is sent, and write its feedback into `output`.

    `against` is the folder of a publication that the file is compared with. Nothing else of the data folder is read,
    and nothing there written. Without `output` the feedback goes beside the file. Raises `RelanceError` (in French)
    when the file cannot be opened, the publication not read, or the feedback not written.
    """
    from relance.gate.checking import check_file

    return check_file(Settings.from_env(), file, kind, output or file.with_name(f"{file.stem} - contrôle"), against)


def verify_landing(track: Track = no_track) -> Verification:
    """Look at every received file, and at what it was read into; what was found is kept for `relance status`."""
    from relance.warehouse.verifying import verify

    return verify(Settings.from_env(), track)


def build(build_id: str) -> None:
    """Build the warehouse of a prepared build into one fresh DuckDB file.

    Raises `DamagedError` when the parsed rows that were chosen for it are not as they were kept.
    """
    from relance.warehouse.dbt import run_dbt_build
    from relance.warehouse.inputs import unchanged_inputs
    from relance.warehouse.manifest import read_manifest
    from relance.warehouse.raw import create_build_file

    settings = Settings.from_env()
    build_dir = settings.builds_dir / build_id
    manifest, work_dir = read_manifest(build_dir), build_dir / "dbt"
    _lift_seal(build_dir)
    with unchanged_inputs(settings, manifest):
        create_build_file(settings, manifest, build_dir / BUILD_FILE)
        run_dbt_build(
            settings.dbt_dir, build_dir / BUILD_FILE, work_dir, settings.dbt_cache_dir, artefacts=lineage.is_on()
        )
    _seal(build_dir)
    lineage.built(settings, work_dir / "target")


def make_dev_file() -> Path:
    """Make `dev.duckdb` in the data folder anew: the raw schema that the current publication was built from.

    dbt's target `dev` builds into it. Raises `RelanceError` when nothing is published, and `DamagedError` when the
    parsed rows are not those of the publication any more.
    """
    from relance.publication.current import CURRENT, read_publication
    from relance.warehouse.inputs import unchanged_inputs
    from relance.warehouse.raw import create_build_file

    settings = Settings.from_env()
    manifest = read_publication(settings.publications_dir / CURRENT)
    if manifest is None:
        raise RelanceError("Nothing is published, so there is nothing to start from: run `make nightly` first.")
    dev = settings.data_dir / DEV_FILE
    # In a folder of its own kind: what a killed one leaves, DuckDB's log beside it too, is told from everything else.
    aside = settings.data_dir / ".aside" / f"{uuid.uuid4().hex}-{DEV_FILE}"
    aside.parent.mkdir(exist_ok=True)
    try:
        with unchanged_inputs(settings, manifest):
            create_build_file(settings, manifest, aside)
        aside.replace(dev)
    finally:
        aside.unlink(missing_ok=True)
    return dev


def audit(build_id: str) -> str:
    """Judge a build: `pass` or `hold`. Raises `PublicationBlockedError` with the controls' sentences.

    Raises `DamagedError` when the database is not as the build left it.
    """
    from relance.audit import run_audit
    from relance.audit.data_docs import DATA_DOCS
    from relance.gate.hold import accepted_differences
    from relance.publication.current import before
    from relance.publication.write import WAREHOUSE
    from relance.warehouse.manifest import read_manifest

    settings = Settings.from_env()
    build_dir = settings.builds_dir / build_id
    manifest = read_manifest(build_dir)
    earlier = before(settings.publications_dir, dt.datetime.fromisoformat(manifest["as_of"]), "backfill" in manifest)
    _check_seal(build_dir)
    _lift_seal(build_dir)
    verdict = run_audit(
        build_dir / BUILD_FILE,
        settings.expectations_dir,
        build_dir,
        None if earlier is None else earlier / WAREHOUSE,
        accepted_differences(settings, manifest["receipts"]),
    )
    _seal(build_dir)
    if verdict.outcome == "block":
        raise PublicationBlockedError(
            f"Nothing is published: the audit blocks this build.\n{decisions.as_list(verdict.sentences)}\n"
            "Have the file corrected and run again; the last publication stays current.\n"
            f"Every control: {build_dir / DATA_DOCS / 'index.html'}"
        )
    return verdict.outcome


def publish(build_id: str) -> str:
    """Publish an audited build; the folder of the publication. `current` moves unless a later one stands.

    A backfilled build with the same marts, byte for byte, as its date's last revision makes no new one: that
    revision's folder is returned. An ordinary night publishes its own as-of date even where nothing changed.

    Called again for the same build (a task tried again), it finishes what the first call began. Raises `DamagedError`
    when the database is not as the audit left it.
    """
    from relance.audit import CONTROLS, CONTROLS_DESCRIPTION
    from relance.publication.current import before, check_readable, find, last_revision, place, switch
    from relance.publication.write import has_same_marts, write_publication
    from relance.warehouse.descriptions import describe_marts
    from relance.warehouse.manifest import read_manifest

    settings = Settings.from_env()
    build_dir = settings.builds_dir / build_id
    manifest = read_manifest(build_dir)
    as_of, is_backfilled = dt.datetime.fromisoformat(manifest["as_of"]), "backfill" in manifest
    audited = _require_passed(build_dir)
    publication = decisions.read_unchanged(build_dir) or find(
        settings.publications_dir, manifest["as_of_label"], build_id
    )
    if publication is None:
        _check_seal(build_dir)
        written = build_dir / "publication"
        write_publication(
            build_dir / BUILD_FILE,
            written,
            {**manifest, **audited},
            build_dir / decisions.VERDICT_FILE,
            {**describe_marts(settings.dbt_dir), CONTROLS: CONTROLS_DESCRIPTION},
            before(settings.publications_dir, as_of, is_backfilled),
        )
        standing = last_revision(settings.publications_dir, as_of) if is_backfilled else None
        if standing is not None and has_same_marts(written, standing):
            decisions.write_unchanged(build_dir, standing)
            publication = standing
        else:
            publication = place(settings.publications_dir, manifest["as_of_label"], written)
    check_readable(publication)
    if decisions.read_unchanged(build_dir) is None:
        switch(settings.publications_dir, publication)
    for scratch in (build_dir / "dbt", build_dir / "publication"):
        shutil.rmtree(scratch, ignore_errors=True)
    (build_dir / BUILD_FILE).unlink(missing_ok=True)
    _lift_seal(build_dir)
    if decisions.read_unchanged(build_dir) is None:
        lineage.published(settings, publication)
    return str(publication)


# The hash of a build's database as a stage left it. Without it (a stage was killed while it wrote there, and is tried
# again) nothing is compared: DuckDB has a checksum for each block.
SEAL = "warehouse.sha256"


def _seal(build_dir: Path) -> None:
    files.write_aside(build_dir / SEAL, files.sha256_of(build_dir / BUILD_FILE).encode())


def _lift_seal(build_dir: Path) -> None:
    (build_dir / SEAL).unlink(missing_ok=True)


def _check_seal(build_dir: Path) -> None:
    seal, build_file = build_dir / SEAL, build_dir / BUILD_FILE
    if not seal.is_file() or not build_file.is_file():
        return
    if damage := files.damage_of(build_file, seal.read_text(encoding="ascii", errors="replace")):
        raise DamagedError(
            f"The database of the build {build_dir.name} is not as the stage before left it: {damage}. Nothing is "
            "published; the last publication stays current. Start a new run (clear the whole run in Airflow): it "
            "builds anew. See the disk, and who can write there."
        )


def unchanged(build_id: str) -> str | None:
    """After `publish`: why a backfilled build made no revision of its own, None where it made one."""
    return decisions.unchanged_sentence(Settings.from_env().builds_dir / build_id)


def serve(url: str | None = None, is_forced: bool = False) -> Loaded | None:
    """Load the current publication into PostgreSQL; None where no database is configured.

    `url` is the database's, for a caller that keeps it elsewhere than in the environment. What is there already is
    not loaded again, unless `is_forced`. Raises `RelanceError` when the copy stays as it was; the publication stands.
    """
    from relance.publication.served import URL_VARIABLE, load_current

    settings = Settings.from_env()
    url = url or os.environ.get(URL_VARIABLE)
    return load_current(settings.publications_dir, url, settings.postgres_reader, is_forced) if url else None


def _require_passed(build_dir: Path) -> dict[str, Any]:
    """What the manifest says of the audit and of who let the build pass. Raises `RelanceError` when nothing did."""
    verdict, decision = decisions.read_verdict(build_dir), decisions.read_decision(build_dir)
    outcome = verdict["outcome"] if verdict else "not audited"
    is_let_pass = outcome == "hold" and decision is not None and decision["decision"] == decisions.APPROVED
    if outcome != "pass" and not is_let_pass:
        raise RelanceError(
            f"The build {build_dir.name} is not published: its audit says {outcome!r}, and only a build that "
            "passed, or that somebody approved, is. Start a new run."
        )
    approval = None if verdict is None or not is_let_pass else {**(decision or {}), "sentences": verdict["sentences"]}
    return {"audit": {"outcome": outcome, "counts": verdict["counts"] if verdict else {}}, "approval": approval}


def decided(build_id: str, decision: str, who: str, reason: str) -> str | None:
    """Decide of a held build, named in full or by its start, and publish it when approved; the publication's folder.

    Raises `RelanceError` when none waits by that name, or somebody decided otherwise before.
    """
    settings = Settings.from_env()
    waiting = [
        one["build_id"] for one in decisions.waiting(settings.builds_dir) if one["build_id"].startswith(build_id)
    ]
    if len(waiting) > 1:
        raise RelanceError(f"Several builds that wait begin with {build_id!r}: {', '.join(waiting)}. Name one in full.")
    build = waiting[0] if waiting else build_id
    standing = decisions.decide(settings.builds_dir / build, decision, who, reason, "command")
    if standing["decision"] != decision:
        raise RelanceError(
            f"{standing['who']} had decided before: {standing['decision']} ({standing['reason']}). The first decision "
            "stands; start a new run to decide again."
        )
    return publish(build) if decision == decisions.APPROVED else None


def pending_files() -> list[PendingFile]:
    """The files that wait for a decision now, oldest first. Nothing is published."""
    from relance.gate.answering import pending_files

    return pending_files(Settings.from_env())


def decide_file(
    receipt: str, decision: str, who: str, reason: str, by: str, digest: str | None = None
) -> tuple[FileDecision, PendingFile]:
    """Keep a decision on a file that waits (`relance.gate.answering.decide_file`); the next run counts accordingly."""
    from relance.gate.answering import decide_file

    return decide_file(Settings.from_env(), receipt, decision, who, reason, by, digest)


def file_questions(build_id: str) -> list[dict[str, str]]:
    """What has to be asked of a prepared build's files (`relance.gate.answering.questions`)."""
    from relance.gate.answering import questions

    return questions(Settings.from_env(), build_id)


def file_asked_about(build_id: str, receipt_id: str) -> PendingFile | None:
    """A file as it waited when a build was prepared; None once somebody has decided."""
    from relance.gate.answering import asked_about

    return asked_about(Settings.from_env(), build_id, receipt_id)


def print_status(console: Console | None = None, publication: str | None = None) -> None:
    """Print a publication (default: the current one): where it is, the fund, the last editions, the controls."""
    from rich.console import Console

    from relance.publication.current import CURRENT
    from relance.publication.report import print_publication

    publications = Settings.from_env().publications_dir
    print_publication(console or Console(highlight=False), Path(publication) if publication else publications / CURRENT)


def compare_publications(before: Path, after: Path) -> dict[str, Any]:
    """What one publication changes against another, as the content of `changes.json`."""
    from relance.publication.changes import compare
    from relance.publication.current import read_publication
    from relance.publication.write import WAREHOUSE

    manifests = [read_publication(folder) or {} for folder in (before, after)]
    return compare(before / WAREHOUSE, manifests[0], after / WAREHOUSE, manifests[1])


def roll_back(target: str | None, who: str, reason: str) -> Path:
    """Make an earlier publication current again (default: the one that was before); its folder.

    Raises `RelanceError` when there is none, when it is damaged, or when no reason is given.
    """
    from relance.publication import current, shelf

    publications = Settings.from_env().publications_dir
    if not reason.strip():
        raise RelanceError("A rollback needs its reason: say why in a few words (--reason). The journal keeps it.")
    if target is None:
        # Not by its manifest: it may be damaged, which is a reason to roll back.
        standing = (publications / current.CURRENT).resolve()
        earlier = [one for one in current.all_publications(publications) if one.resolve() != standing]
        places = [one["from"] for one in reversed(current.journal(publications)) if one["from"]]
        known = [publications / place for place in places if publications / place in earlier]
        if not known:
            raise RelanceError("No publication was current before this one: name one with --to.")
        target = known[0].relative_to(publications).as_posix()
    publication = shelf.named(publications, target)
    current.roll_back(publications, publication, who, reason.strip())
    return publication


def leftovers() -> list[Path]:
    """What killed runs left beside in the data folder: nothing reads it, and no run takes a day."""
    day_ago = (asof.now() - dt.timedelta(days=1)).timestamp()
    return list(files.leftovers(Settings.from_env().data_dir, day_ago))


def remove_leftovers() -> list[Path]:
    """Remove them; what was removed."""
    removed = leftovers()
    for path in removed:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return removed


def explain(mart: str, key: Sequence[str], publication: str | None = None, limit: int | None = None) -> Explanation:
    """What a row of a mart of a publication (default: the current one) was made from, down to rows of files.

    Raises `RelanceError` when there is no such publication, mart or row.
    """
    from relance.publication.current import CURRENT
    from relance.publication.explain import explain

    settings = Settings.from_env()
    folder = Path(publication) if publication else settings.publications_dir / CURRENT
    return explain(folder, settings.landing_dir, mart, key, limit)

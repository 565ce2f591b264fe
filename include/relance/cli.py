"""The `relance` command: the same stages as the DAGs, without Airflow."""

from __future__ import annotations

import getpass
import json
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from relance import asof, decisions, stages
from relance.backfill.command import backfill
from relance.errors import RelanceError
from relance.files import machine_sentence
from relance.landing.file_decisions import ACCEPTED, REJECTED
from relance.settings import Settings

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Sentences(click.Group):
    """Prints a `RelanceError`, or what the machine refused, as its sentence; a stack trace is a defect of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RelanceError as error:
            _fail(str(error), error.exit_code)
        except Exception as error:
            sentence = machine_sentence(error, _settings().data_dir)
            if sentence is None:
                raise
            _fail(sentence, RelanceError.exit_code)


def _fail(sentence: str, exit_code: int) -> NoReturn:
    errors.print(f"[red]✗[/red] {_escape(sentence)}", soft_wrap=True)
    sys.exit(exit_code)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _track(items: Iterable[Any], what: str) -> Iterable[Any]:
    """A progress bar on a terminal; silence elsewhere."""
    from rich.progress import track

    return track(items, description=what, console=errors, transient=True, disable=not errors.is_terminal)


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relance")
def main() -> None:
    """Reporting warehouse of the FITN fund and of the panorama of the State's major digital projects.

    Data lives in RELANCE_DATA_DIR (default: data/ in the checkout).
    """


@main.command()
@click.argument("feeds", metavar="[FEED]...", nargs=-1)
@click.option("--from", "folder", metavar="DIR", help="Another folder than the feed's own; counts as received now.")
def collect(feeds: tuple[str, ...], folder: str | None) -> None:
    """Land the files of each FEED of feeds.yml (panorama, submissions, …); without one, those of every night."""
    if folder is None:
        for summary in stages.collect_each(feeds or stages.nightly_feeds(), track=_track):
            console.print(_escape(summary.sentence()), soft_wrap=True)
        return
    if len(feeds) != 1:
        raise RelanceError("--from names a folder for one feed: say which (relance collect panorama --from DIR).")
    console.print(_escape(stages.collect(feeds[0], folder, track=_track).sentence()), soft_wrap=True)


@main.command()
@click.option("--as-of", "as_of", metavar="DATE", help="What was known then: a date (its night) or an instant.")
def publish(as_of: str | None) -> None:
    """Build, check and publish what had been received by the as-of date (default: now)."""
    instant = asof.parse_as_of(as_of) if as_of else asof.now()
    build_id = stages.prepare(instant, track=_track)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        for description, stage in (
            ("building the warehouse (dbt)", stages.build),
            ("auditing (Great Expectations)", stages.audit),
        ):
            task = progress.add_task(description, total=1)
            stage(build_id)
            progress.update(task, advance=1)
        decisions.require_approval(_settings().builds_dir / build_id)
        progress.add_task("publishing", total=1)
        publication = stages.publish(build_id)
    stages.print_status(console, publication)
    _serve()


main.add_command(backfill)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["submission", "panorama"]), default="submission", show_default=True)
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), help="Default: a folder beside the file.")
@click.option(
    "--against",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A publication that the file is compared with, such as data/publications/current.",
)
def check(file: Path, kind: str, output: Path | None, against: Path | None) -> None:
    """Check a FILE before it is sent: what would be accepted, what would hold it, what has to be corrected (in French).

    With --against also what the file changes, and whether amounts fall. Writes the page, the annotated workbook and the
    table of problems into --output. Exit code 1 when something would be rejected, the file would wait for a decision, a
    declared total is not that of the rows, or the file cannot be read.
    """
    from relance.feedback.lines import check_lines

    checked = stages.check(file, kind, output, against)
    for note in checked.notes:
        _say(f"Remarque : {note}")
    for one in checked.files:
        for line in check_lines(one.summary):
            _say(line)
        _say(f"  Page : {one.page}")
    if not checked.is_sound:
        sys.exit(1)


def _say(line: str) -> None:
    """One line of a result; on a terminal its words go on below, indented."""
    lines = [line]
    if console.is_terminal:
        line = line.replace("« ", "«\u00a0").replace(" »", "\u00a0»")
        indent = line[: len(line) - len(line.lstrip())] + "  "
        # Not at no-break spaces, and never within a word.
        lines = textwrap.wrap(
            line, console.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
    for one in lines:
        console.print(_escape(one), soft_wrap=True)


@main.command()
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
@click.option("--check", "is_check", is_flag=True, help="Exit code 1 when something needs somebody.")
def status(is_json: bool, is_check: bool) -> None:
    """How the house stands: the last runs, what is published, late feeds, held builds, the disk.

    It reads the data folder alone, whether or not Airflow runs.
    """
    from relance.status import print_status, status_of

    found = status_of(_settings(), asof.now())
    if is_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        print_status(console, found)
    if is_check and found.attention:
        sys.exit(1)


@main.command()
@click.argument("mart")
@click.argument("key", nargs=-1, required=True)
@click.option("--publication", metavar="DIR", help="Another publication than the current one.")
@click.option("--all", "is_all", is_flag=True, help="List every row, not the first ones.")
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
def explain(mart: str, key: tuple[str, ...], publication: str | None, is_all: bool, is_json: bool) -> None:
    """Follow a row of a MART, named by its KEY, down to the files, sheets and rows that it was made from.

    For example: relance explain fund.fund_line_execution ITN1
    """
    from relance.publication.explain import SHOWN_ROWS, as_json, print_explanation

    explanation = stages.explain(mart, key, publication, None if is_all else SHOWN_ROWS)
    if is_json:
        click.echo(as_json(explanation))
    else:
        print_explanation(console, explanation)


@main.command()
def dev() -> None:
    """Make dev.duckdb, from which an analyst builds models with dbt (`dbt build --target dev`)."""
    console.print(_escape(str(stages.make_dev_file())), soft_wrap=True)


@main.command()
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
def holds(is_json: bool) -> None:
    """The builds that the audit holds until somebody decides, with the reasons."""
    waiting = decisions.waiting(_settings().builds_dir)
    if is_json:
        click.echo(json.dumps(waiting, ensure_ascii=False, indent=2))
        return
    for one in waiting:
        console.print(f"[bold]{one['build_id']}[/bold]")
        for sentence in one["sentences"]:
            console.print(f"  - {_escape(sentence)}", soft_wrap=True)
    if not waiting:
        console.print("No build waits for a decision.")


@main.command()
@click.argument("run")
@click.option("--reason", required=True, help="Why; it is published with the figures.")
def approve(run: str, reason: str) -> None:
    """Publish a held RUN (a build of `relance holds`, or the start of its name) all the same."""
    publication = stages.decided(run, decisions.APPROVED, getpass.getuser(), reason)
    stages.print_status(console, publication)
    _serve()


@main.command()
@click.argument("run")
@click.option("--reason", required=True, help="Why.")
def reject(run: str, reason: str) -> None:
    """Do not publish a held RUN; the last publication stays current."""
    stages.decided(run, decisions.REJECTED, getpass.getuser(), reason)
    console.print("Rejected: nothing is published, the last publication stays current.")


@main.group("files", cls=Sentences)
def received() -> None:
    """Received files that wait for a decision: pending, accept, reject.

    RECEIPT is the identity that `pending` shows, the start of it, or the file's name.
    """


@received.command()
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
def pending(is_json: bool) -> None:
    """The files that wait now, what holds each, and what counts meanwhile."""
    from relance.gate.listing import print_pending

    files = stages.pending_files()
    if is_json:
        click.echo(json.dumps([file.to_json() for file in files], ensure_ascii=False, indent=2))
    else:
        print_pending(console, files)


@received.command("accept")
@click.argument("receipt")
@click.option("--reason", required=True, help="Why; it is published with the figures.")
def accept_file(receipt: str, reason: str) -> None:
    """Have a file count as it is: RECEIPT, with exactly what holds it now."""
    _decide_file(receipt, ACCEPTED, reason)


@received.command("reject")
@click.argument("receipt")
@click.option("--reason", required=True, help="Why; it is published with the figures.")
def reject_file(receipt: str, reason: str) -> None:
    """Have a file (RECEIPT) never count; the one before it goes on counting."""
    _decide_file(receipt, REJECTED, reason)


def _decide_file(receipt: str, decision: str, reason: str) -> None:
    from relance.gate.listing import print_decision

    print_decision(console, *stages.decide_file(receipt, decision, getpass.getuser(), reason, "command"))


@main.group(cls=Sentences)
def landing() -> None:
    """What was received: verify."""


@landing.command("verify")
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
def verify_landing(is_json: bool) -> None:
    """Compare every received file with its receipt, and what it was read into with its own hashes.

    It changes nothing there. Exit code 1 when something is not as it was kept; `housekeeping` does it each week.
    """
    found = stages.verify_landing(_track)
    if is_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        console.print(_escape(found.sentence()), soft_wrap=True)
    found.require_sound()
    if not is_json:
        console.print("All of it is as it was kept.")


@main.group(cls=Sentences)
def publications() -> None:
    """What was published: list, show, diff, verify, tag, rollback, serve, prune.

    A publication is named by `current`, `2021-02-01/r1`, `2021-02-01` (its last revision), a tag, or a path.
    """


@publications.command("list")
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
def list_(is_json: bool) -> None:
    """Every publication, the newest first, and who rolled back."""
    from relance.publication.current import journal
    from relance.publication.listing import print_shelf
    from relance.publication.shelf import shelved

    shelf, moves = shelved(_publications()), journal(_publications())
    if not is_json:
        print_shelf(console, shelf, moves)
        return
    facts = ("as_of", "build_id", "code", "compared_to", "audit", "approval", "backfill")
    listed = [
        {"name": one.name, "is_current": one.is_current, "tags": one.tags, **{f: one.manifest.get(f) for f in facts}}
        for one in shelf
    ]
    click.echo(json.dumps({"publications": listed, "moves": moves}, ensure_ascii=False, indent=2))


@publications.command()
@click.argument("publication", required=False)
def show(publication: str | None) -> None:
    """What a PUBLICATION (default: the current one) holds: the fund, the last editions, the controls."""
    stages.print_status(console, str(_named(publication)))


@publications.command()
@click.argument("before")
@click.argument("after", required=False)
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
def diff(before: str, after: str | None, is_json: bool) -> None:
    """What AFTER (default: the current publication) changes against BEFORE: rows, totals and causes."""
    from relance.publication.listing import print_changes

    changes = stages.compare_publications(_named(before), _named(after))
    if is_json:
        click.echo(json.dumps(changes, ensure_ascii=False, indent=2))
    else:
        print_changes(console, changes)


@publications.command()
@click.argument("publication", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every publication.")
def verify(publication: tuple[str, ...], is_all: bool) -> None:
    """Recompute every hash and count of each PUBLICATION (default: the current one). Exit code 1 when one differs."""
    from relance.publication.current import all_folders
    from relance.publication.reader import differences

    folders = all_folders(_publications()) if is_all else [_named(p) for p in publication or (None,)]
    failures = 0
    for folder in folders:
        found = differences(folder)
        failures += bool(found)
        said = "; ".join(found) if found else "every file and every count is as its manifest says"
        console.print(_escape(f"{folder}: {said}"), soft_wrap=True, style="red" if found else None)
    if failures:
        raise RelanceError(
            f"{failures} of {len(folders)} publication(s) are not as they were written. Roll back to one that is "
            "(relance publications rollback), or publish its date again; check the disk."
        )


@publications.command("tag")
@click.argument("name")
@click.argument("publication", required=False)
def tag_(name: str, publication: str | None) -> None:
    """Give a PUBLICATION (default: the current one) a NAME; it is then never pruned."""
    from relance.publication.shelf import tag

    tag(_publications(), name, _named(publication))
    console.print(_escape(f"{name} is {_named(publication).resolve()}"), soft_wrap=True)


@publications.command()
@click.option("--to", "target", metavar="PUBLICATION", help="Default: the one that was current before.")
@click.option("--reason", required=True, help="Why; kept in the journal.")
def rollback(target: str | None, reason: str) -> None:
    """Make an earlier publication current again. The next night publishes as usual."""
    publication = stages.roll_back(target, getpass.getuser(), reason)
    console.print(_escape(f"current is {publication} now."), soft_wrap=True)
    _serve()


@publications.command()
def serve() -> None:
    """Load the current publication into PostgreSQL again, whatever is there; `publish` and `rollback` do it too.

    The database is named by RELANCE_POSTGRES_URL, the role that may read it by RELANCE_POSTGRES_READER.
    """
    _serve(is_forced=True)


@publications.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
def prune(dry_run: bool) -> None:
    """Remove publications older than RELANCE_KEEP_DAYS (92), except the last of each month, `current` and tags.

    What killed runs left beside, which nothing reads, goes too once it is a day old.
    """
    from relance.publication.shelf import outdated, remove

    for path in stages.leftovers() if dry_run else stages.remove_leftovers():
        console.print(_escape(f"{path} {'would be removed' if dry_run else 'removed'}"), soft_wrap=True)

    for one in outdated(_publications(), asof.now(), _settings().keep_days):
        if dry_run:
            console.print(f"{one.name} would be removed")
        elif remove(_publications(), one):
            console.print(f"{one.name} removed")


def _serve(is_forced: bool = False) -> None:
    loaded = stages.serve(is_forced=is_forced)
    nothing = "No PostgreSQL database is configured (RELANCE_POSTGRES_URL): none is loaded."
    console.print(_escape(loaded.sentence() if loaded else nothing), soft_wrap=True)


def _settings() -> Settings:
    return Settings.from_env()


def _publications() -> Path:
    return _settings().publications_dir


def _named(name: str | None) -> Path:
    from relance.publication.shelf import named

    return named(_publications(), name)

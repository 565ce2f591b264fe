"""The `relance` command: the same stages as the DAGs, without Airflow."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from relance import asof, stages
from relance.errors import RelanceError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Sentences(click.Group):
    """Prints a `RelanceError` as its sentence and exits with its code; never a stack trace for bad input."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RelanceError as error:
            errors.print(f"[red]✗[/red] {_escape(str(error))}", soft_wrap=True)
            sys.exit(error.exit_code)


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
        progress.add_task("publishing", total=1)
        publication = stages.publish(build_id)
    stages.print_status(console, publication)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["submission", "panorama"]), default="submission", show_default=True)
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), help="Default: a folder beside the file.")
def check(file: Path, kind: str, output: Path | None) -> None:
    """Check a FILE before it is sent: what would be accepted, what has to be mended (in French).

    Writes the page, the annotated workbook and the table of problems into DIR. Exit code 1 when something would be
    rejected, a declared total is not that of the rows, or the file cannot be read.
    """
    from relance.feedback.lines import check_lines

    checked = stages.check(file, kind, output)
    for note in checked.notes:
        console.print(_escape(f"Remarque : {note}"), soft_wrap=True)
    for one in checked.files:
        for line in check_lines(one.summary):
            console.print(_escape(line), soft_wrap=True)
        console.print(_escape(f"  Page : {one.page}"), soft_wrap=True)
    if not checked.is_sound:
        sys.exit(1)


@main.command()
def status() -> None:
    """What is published: where it is, the fund, the last editions, the controls' outcome."""
    stages.print_status(console)


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

"""`relance backfill`: says what it would do, asks, does it, and says what became of each night."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from collections import Counter

import click
from rich import box
from rich.console import Console
from rich.table import Table

from relance.backfill.plan import SAME, Forecast, forecasts
from relance.backfill.record import BLOCKED, HELD, Outcome, asked_for, open_backfill, outcomes
from relance.backfill.run import run_backfill
from relance.errors import RelanceError
from relance.settings import Settings

MOST_PARALLEL = 8
EXIT_CODES = {BLOCKED: 2, HELD: 3}


class BackfillIncompleteError(RelanceError):
    """Some nights of a backfill did not end as they should; the others did."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@click.command()
@click.option("--from", "first", metavar="DATE", required=True, help="The first night, such as 2021-01-01.")
@click.option("--to", "last", metavar="DATE", required=True, help="The last night, included.")
@click.option("--reason", default="", help="Why; every publication keeps it.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--parallel", type=click.IntRange(1, MOST_PARALLEL), default=2, show_default=True, help="Nights side by side."
)
def backfill(first: str, last: str, reason: str, dry_run: bool, yes: bool, parallel: int) -> None:
    """Restate the nights of a range: each becomes a new revision of its date, unless nothing in it changes.

    Shows first what would be done. `current` never goes back. A backfill that was interrupted goes on with the same
    command. Exit code 2 when the audit blocks a night, 3 when it holds one, 1 when one failed otherwise.
    """
    console = Console(highlight=False)
    settings = Settings.from_env()
    if not reason.strip() and sys.stdin.isatty():
        reason = click.prompt("Why are these nights restated? Each publication keeps the reason")
    asked = asked_for(settings, _date(first, "from"), _date(last, "to"), reason, getpass.getuser())
    plan = list(forecasts(settings, asked.dates))
    _print_plan(console, plan)
    if not asked.is_committed:
        console.print(
            "! The code or its reference figures differ from the last commit, which each publication would name: "
            "commit first.",
            style="yellow",
            soft_wrap=True,
        )
    if dry_run:
        return
    if not yes and not _agrees(all(one.expected == SAME for one in plan)):
        console.print("Nothing was done.")
        return
    begun = open_backfill(settings, asked)
    if done := [one for one in outcomes(settings, begun).values() if one.is_done]:
        console.print(f"Going on with {begun.id}: {len(done)} of {len(begun.dates)} nights are done already.")
    console.print(f"Building, up to {parallel} at a time; each night is said when it has ended.")
    told: set[str] = set()

    def tell(one: Outcome) -> None:
        told.add(one.date)
        line = f"{one.date}  {one.outcome:<9}  {one.seconds or 0:5.1f} s  {one.sentence}"
        console.print(line, soft_wrap=True, markup=False)

    try:
        ended = run_backfill(settings, begun, parallel, tell)
    except KeyboardInterrupt as interrupt:
        done = [one for one in outcomes(settings, begun).values() if one.is_done]
        raise RelanceError(
            f"Interrupted: {len(done)} of {len(begun.dates)} nights are done; the same command goes on with the rest."
        ) from interrupt
    counts = Counter(one.outcome for one in ended.values())
    console.print(f"{begun.id}: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    _require_done([one for one in ended.values() if not one.is_done], told)


def _require_done(left: list[Outcome], told: set[str]) -> None:
    """Raise with what is left of a backfill, and why where this run has not said so already."""
    if not left:
        return
    listed = "\n".join(
        f"{one.date} ({one.outcome})" + ("" if one.date in told else f": {one.sentence}") for one in left
    )
    found = {one.outcome for one in left}
    said = "1 night is not restated; its last publication stays as it was."
    if len(left) > 1:
        said = f"{len(left)} nights are not restated; their last publications stay as they were."
    raise BackfillIncompleteError(
        f"{said}\n{listed}\nThe same command tries them again, except those that wait for a decision.",
        next((code for outcome, code in EXIT_CODES.items() if outcome in found), 1),
    )


def _date(text: str, option: str) -> dt.date:
    if not text.strip():
        raise RelanceError(f"--{option} (make: {option.upper()}=) is missing: give a night such as 2021-01-31.")
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise RelanceError(
            f"--{option} (make: {option.upper()}=) cannot be read: expected a night such as 2021-01-31, found {text!r}."
        ) from error


def _agrees(is_all_same: bool) -> bool:
    if not sys.stdin.isatty():
        raise RelanceError(
            "Nothing was done: there is no terminal to ask at. --yes (make: YES=1) says that it may begin."
        )
    question = "Restate these nights?"
    if is_all_same:
        question = "Nothing differs. Build these nights again all the same, to compare them byte for byte?"
    try:
        return click.confirm(question)
    except click.Abort:
        return False


def _print_plan(console: Console, plan: list[Forecast]) -> None:
    """One line a night, and how many of each kind."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("night", "published", "would be", "why"):
        table.add_column(column, overflow="fold")
    for one in plan:
        table.add_row(one.date.isoformat(), one.standing or "-", one.expected, one.why)
    console.print(table)
    counts = Counter(one.expected for one in plan)
    console.print(
        f"{len(plan)} night{'s' if len(plan) > 1 else ''}: "
        + ", ".join(f"{count} {expected}" for expected, count in counts.items())
    )

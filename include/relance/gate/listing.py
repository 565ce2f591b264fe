"""The files that wait, and what was decided of one, for a person at a terminal."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from relance import asof
from relance.feedback.safe import one_line
from relance.gate.answering import Counting, PendingFile
from relance.landing.file_decisions import ACCEPTED, FileDecision

TO_DO = (
    'Decide: relance files accept RECEIPT --reason "…" has a file count as it is, relance files reject RECEIPT '
    '--reason "…" does not. Or have a corrected file sent: it replaces the one that waits.'
)


def print_pending(console: Console, files: Iterable[PendingFile]) -> None:
    """Each file with its receipt, what holds it, and what counts meanwhile."""
    files = list(files)
    for file in files:
        console.print(Text.assemble((file.receipt_id, "bold"), "  ", one_line(file.file_name)), soft_wrap=True)
        _wrapped(
            console,
            f"{file.feed} {file.whose}, received {file.received_at.astimezone(asof.PARIS):%d/%m/%Y %H:%M} (Paris)",
            "  ",
        )
        _wrapped(console, f"Meanwhile counts: {_names(file.meanwhile)}", "  ")
        for finding in file.findings:
            nobody = "" if finding.can_be_accepted else " [Nobody can accept this: have the file corrected.]"
            _wrapped(console, f"{finding.sentence}{nobody}", "  - ")
    _wrapped(console, TO_DO if files else "No file waits for a decision.")


def print_decision(console: Console, decision: FileDecision, file: PendingFile) -> None:
    """What was decided, and what the next run does with it."""
    name = f"{one_line(file.file_name)} ({file.receipt_id})"
    if decision.decision == ACCEPTED:
        said = (
            f"Accepted: the next run counts {name}, with the {len(file.causes)} finding(s) that held it. What its "
            "sender sent beside it and waits only for it counts too. Should an amount change by a cent, it waits again."
        )
    else:
        said = f"Rejected: {name} does not count. The next run goes on with: {_names(file.meanwhile)}."
    _wrapped(console, said)
    _wrapped(console, "Tonight's run does it, or now: the DAG publish_reporting, or relance publish.")


def _names(files: Iterable[Counting]) -> str:
    named = [f"{one.file_name} ({one.period or 'edition'}, received {_day(one.received_at)})" for one in files]
    return ", ".join(named) or "nothing of this ministry or edition"


def _day(at: dt.datetime) -> str:
    return f"{at.astimezone(asof.PARIS):%d/%m/%Y}"


def _wrapped(console: Console, text: str, indent: str = "") -> None:
    """Between words only: an amount stays on its line."""
    lines = textwrap.wrap(
        one_line(text),
        console.width,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)

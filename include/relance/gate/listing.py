"""The files that wait, and what was decided of one, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from relance import asof
from relance.feedback.safe import one_line
from relance.gate.answering import PendingFile
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
        received = file.received_at.astimezone(asof.PARIS)
        _indented(console, f"{file.feed} {file.whose}, received {received:%d/%m/%Y %H:%M} (Paris)", 2)
        _indented(console, f"Meanwhile counts: {_names(file.meanwhile)}", 2)
        for finding in file.findings:
            nobody = "" if finding.can_be_accepted else " [Nobody can accept this: have the file corrected.]"
            _indented(console, f"- {finding.sentence}{nobody}", 4)
    console.print(TO_DO if files else "No file waits for a decision.")


def print_decision(console: Console, decision: FileDecision, file: PendingFile) -> None:
    """What was decided, and what the next run does with it."""
    name = f"{one_line(file.file_name)} ({file.receipt_id})"
    if decision.decision == ACCEPTED:
        console.print(
            Text(
                f"Accepted: the next run counts {name}, with the {len(decision.findings)} finding(s) that held it. "
                "What its sender sent beside it and waits only for it counts too. Should an amount change by a cent, "
                "it waits again."
            )
        )
    else:
        console.print(Text(f"Rejected: {name} does not count. The next run goes on with: {_names(file.meanwhile)}."))
    console.print("Tonight's run does it, or now: the DAG publish_reporting, or relance publish.")


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(one_line, names)) or "nothing of this ministry or edition"


def _indented(console: Console, text: str, by: int) -> None:
    console.print(Padding(Text(one_line(text)), (0, 0, 0, by)))

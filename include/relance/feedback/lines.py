"""The summary of one checked file for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from relance.feedback.safe import one_line
from relance.feedback.summary import Summary
from relance.parsing.wording import plural

SHOWN = 10


def check_lines(summary: Summary) -> Iterator[str]:
    """Lines of plain French text; nothing that a sender wrote can steer the terminal."""
    yield f"{summary.file_name} : {summary.state}"
    yield f"  {one_line(summary.meaning)}"
    if summary.reason:
        yield f"  {one_line(summary.reason)}"
        return
    yield (
        f"  {plural(summary.rows_in, 'ligne lue', 'lignes lues')} :"
        f" {plural(summary.rows_accepted, 'acceptée')}, {plural(summary.rows_rejected, 'rejetée')}"
    )
    for total in summary.totals:
        verdict = "concorde" if total.agrees else "ÉCART"
        yield (
            f"  {total.label} : déclaré {total.shown(total.declared)}, compté {total.shown(total.in_file)},"
            f" dont accepté {total.shown(total.accepted)} ({verdict})"
        )
    for problem in summary.problems[:SHOWN]:
        yield f"  - {one_line(problem.sentence)}"
    if summary.problem_count > SHOWN:
        yield f"  … et {plural(summary.problem_count - SHOWN, 'autre problème', 'autres problèmes')} (voir la page)."
    for remark in summary.remarks[:SHOWN]:
        yield f"  À vérifier : {one_line(remark.sentence)}"
    if summary.remark_count > SHOWN:
        yield f"  … et {plural(summary.remark_count - SHOWN, 'autre')} à vérifier (voir la page)."
    for note in summary.notes:
        yield f"  Remarque : {one_line(note)}"

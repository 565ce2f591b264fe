"""The summary of one checked file for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from relance.feedback.changes import Changes, shown, signed
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
        if not summary.tables:
            return
    if summary.held_by:
        yield f"  {summary.held_title} :"
        yield from (f"  - {one_line(sentence)}" for sentence in summary.held_by)
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
    for fold in summary.to_correct[:SHOWN]:
        yield f"  À corriger : {one_line(fold.sentence)}"
    if (left := len(summary.to_correct) - SHOWN) > 0:
        yield f"  … et {plural(left, 'autre problème', 'autres problèmes')} (voir la page)."
    for fold in summary.to_verify[:SHOWN]:
        yield f"  À vérifier : {one_line(fold.sentence)}"
    if (left := len(summary.to_verify) - SHOWN) > 0:
        yield f"  … et {plural(left, 'autre')} à vérifier (voir la page)."
    for sentence in summary.warnings:
        yield f"  À vérifier : {one_line(sentence)}"
    for note in summary.notes:
        yield f"  Remarque : {one_line(note)}"
    if summary.changes is not None:
        yield from _changes(summary.changes)


def _changes(changes: Changes) -> Iterator[str]:
    yield f"  Ce que ce fichier change. {one_line(changes.sentence)}"
    for moved in changes.totals:
        yield f"  - {moved.label} : {shown(moved.before)} avant, {shown(moved.after)} avec lui ({signed(moved)})"
    for line in changes.lines:
        yield f"  - Ligne {one_line(line.label)}, accordé par ce ministère : {signed(line)}"
    for award in changes.awards[:SHOWN]:
        amounts = shown(award.after) if award.before is None else f"{shown(award.before)} puis {shown(award.after)}"
        yield f"  - Subvention {one_line(award.award_id)} ({award.line}) {award.kind} : {amounts}"
    if (left := len(changes.awards) - SHOWN) > 0:
        yield f"  … et {plural(left, 'autre subvention', 'autres subventions')} (voir la page)."

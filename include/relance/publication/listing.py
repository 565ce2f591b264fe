"""What a person reads of publications in a terminal: the shelf, and what changes from one to another."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from relance import asof
from relance.feedback.safe import one_line
from relance.publication.shelf import Shelved


def print_shelf(console: Console, shelf: list[Shelved], moves: list[dict[str, Any]]) -> None:
    """Print every publication, the newest first, and the times that somebody rolled back."""
    if not shelf:
        console.print("Nothing is published yet. Run `make nightly`.")
        return
    table = _table("publication", "as of (Paris)", "files", "audit")
    for one in reversed(shelf):
        counts = one.manifest.get("audit", {}).get("counts", {})
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        table.add_row(one.name, _paris(one.manifest["as_of"]), str(len(one.manifest["receipts"])), said)
    console.print(table)
    for one in reversed(shelf):
        for mark in [*(["current"] if one.is_current else []), *(f"tag {tag}" for tag in one.tags)]:
            console.print(f"{one.name}: {mark}", soft_wrap=True, markup=False)
        if approval := one.manifest.get("approval"):
            said = f"held, approved by {one_line(approval['who'])}: {one_line(approval['reason'])}"
            console.print(f"{one.name}: {said}", soft_wrap=True, markup=False)
        if backfill := one.manifest.get("backfill"):
            console.print(f"{one.name}: {backfill_sentence(backfill)}", soft_wrap=True, markup=False)
    for move in moves:
        if move["kind"] == "rollback":
            console.print(
                f"Rolled back {_paris(move['at'])} from {move['from']} to {move['to']} by {one_line(move['who'])}: "
                f"{one_line(move['reason'])}",
                soft_wrap=True,
                markup=False,
            )


def backfill_sentence(backfill: dict[str, Any]) -> str:
    """Who restated a date, with which others, and why."""
    dates = f" ({backfill['from']} to {backfill['to']})" if backfill["from"] else ""
    return f"backfilled{dates} by {one_line(backfill['who'])}: {one_line(backfill['reason'])}"


def print_changes(console: Console, changes: dict[str, Any]) -> None:
    """Print the counts of rows by mart, the totals that differ, and what caused it."""
    table = _table("mart", "added", "removed", "changed", "same, other file")
    for name, mart in changes["marts"].items():
        counts = mart["counts"]
        if any(counts.values()):
            table.add_row(name, *(str(counts[kind]) for kind in ("added", "removed", "changed", "resourced")))
    if not table.row_count:
        console.print("No row differs.")
        return
    console.print(table)
    for one in changes["totals"]:
        if one["before"] != one["after"]:
            moved = f"{one['before'] or '-'} → {one['after'] or '-'} ({one['difference']})"
            console.print(f"{one['mart']}.{one['column']}: {moved}", soft_wrap=True)
    for one in changes["causes"]["files"]:
        console.print(f"file {one_line(one['file_name'])}: {one['change']}", soft_wrap=True, markup=False)
    for name in changes["causes"]["reference"]:
        console.print(f"reference figures {name} differ", soft_wrap=True)
    for name in ("code", "contracts", "as_of"):
        if changes["causes"][name]:
            console.print(f"{name} differs", soft_wrap=True)


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, overflow="fold")
    return table


def _paris(instant: str) -> str:
    return f"{dt.datetime.fromisoformat(instant).astimezone(asof.PARIS):%d/%m/%Y %H:%M}"

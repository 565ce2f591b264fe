"""What a person reads of a publication in a terminal: the fund, the last editions, the controls."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from relance import asof, french
from relance.publication.current import is_current, read_publication
from relance.publication.listing import backfill_sentence

LAST_EDITIONS = 10
OUTCOMES = ("block", "hold", "warning", "pass")
STYLES = {"block": "bold red", "hold": "magenta", "warning": "yellow", "pass": "green"}


def print_publication(console: Console, publication: Path) -> None:
    """Print the overview of the publication in a folder (usually `current`); says so where there is none."""
    manifest = read_publication(publication)
    if manifest is None:
        console.print(f"Nothing is published yet: there is no {publication}. Run `make nightly`.", soft_wrap=True)
        return
    with duckdb.connect(str(publication / "warehouse.duckdb"), read_only=True) as connection:
        # Left to the terminal to wrap: a path must stay whole, and so must French figures, which hold spaces.
        for line in _heading(publication, manifest, connection):
            console.print(line, soft_wrap=True)
        for table in (_fund(connection), _lines(connection), _editions(connection)):
            console.print(table)
    for line in _controls(publication):
        console.print(line, soft_wrap=True)


def _heading(publication: Path, manifest: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> list[Text]:
    """Where the publication is, of when, and what in it is synthetic."""
    as_of = dt.datetime.fromisoformat(manifest["as_of"]).astimezone(asof.PARIS)
    lines = [
        Text.assemble(("Publication ", "bold"), str(publication.resolve())),
        Text.assemble(("Open        ", "bold"), str(publication / "warehouse.duckdb")),
        Text(
            f"As of {as_of:%d/%m/%Y %H:%M:%S} (Paris): {len(manifest['receipts'])} files received, "
            f"{len(manifest['marts'])} marts."
        ),
    ]
    if backfill := manifest.get("backfill"):
        lines.append(Text(backfill_sentence(backfill).capitalize()))
    if not is_current(publication):
        lines.append(Text("Not the current publication: one of a later as-of date stands.", style="yellow"))
    ((synthetic,),) = connection.execute(
        "select count(*) from quality.received_files"
        " where kind = 'submission' and data_nature ilike '%synth%' and status = 'counted'"
    ).fetchall()
    if synthetic:
        # Whoever reads a figure that comes from a synthetic submission is told so, beside the figure.
        lines.append(
            Text(
                f"Awarded, committed and paid amounts come from {synthetic} SYNTHETIC submissions (samples), without "
                "administrative value; envelopes, fund lines and the panorama are the published ones.",
                style="yellow",
            )
        )
    return [*lines, Text("")]


def _fund(connection: duckdb.DuckDBPyConnection) -> Table:
    columns = ("envelope_eur", "allocated_eur", "unallocated_eur", "awarded_eur", "committed_eur", "paid_eur")
    table = _table("Fund overview, M€", "scope", *(column.removesuffix("_eur") for column in columns))
    rows = connection.execute(
        f"select scope, {', '.join(columns)} from fund.fund_overview order by scope = 'whole', scope"
    ).fetchall()
    for scope, *amounts in rows:
        table.add_row(scope, *map(_millions, amounts), style="bold" if scope == "whole" else None)
    return table


def _lines(connection: duckdb.DuckDBPyConnection) -> Table:
    columns = ("allocated_eur", "awarded_eur", "committed_eur", "paid_eur", "remaining_eur")
    table = _table("Fund lines, M€", "line", *(column.removesuffix("_eur") for column in columns))
    rows = connection.execute(
        f"select line_code, {', '.join(columns)} from fund.fund_line_execution order by line_code"
    ).fetchall()
    for line, *amounts in rows:
        table.add_row(line, *map(_millions, amounts))
    return table


def _editions(connection: duckdb.DuckDBPyConnection) -> Table:
    table = _table(
        f"Panorama, last {LAST_EDITIONS} editions (in brackets: published figures and mean slippages)",
        "edition",
        "projects",
        "costed",
        "cost, M€",
        "years",
        "budget",
        "calendar",
    )
    rows = connection.execute(
        """
        select edition_month, edition_number, project_count, published_project_count, costed_project_count,
            total_cost_eur, published_total_cost_eur, mean_duration_years,
            published_mean_budget_slippage_ratio, published_mean_calendar_slippage_ratio
        from project.panorama_overview order by edition_month desc limit ?
        """,
        [LAST_EDITIONS],
    ).fetchall()
    for month, number, count, published, costed, cost, published_cost, years, budget, calendar in reversed(rows):
        table.add_row(
            f"{month:%Y-%m}" + (f" no {number}" if number else ""),
            _both(count, published),
            "-" if costed is None else str(costed),
            _both(cost and _millions(cost), published_cost and french.number(published_cost.scaleb(-6))),
            "-" if years is None else french.number(Decimal(str(years)), 1),
            _percent(budget),
            _percent(calendar),
        )
    return table


def _controls(publication: Path) -> list[Text]:
    """A line of counts, then a line for each control that says more than `pass`.

    From the verdict: `quality.controls` has no comparison with the publication before, which must not change a mart.
    """
    verdict = json.loads((publication / "quality" / "verdict.json").read_text(encoding="utf-8"))
    rows = sorted((one["outcome"], one["sentence"]) for one in verdict["controls"])
    counts = Counter(outcome for outcome, _ in rows)
    summary = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if outcome in counts)
    return [
        Text.assemble(("Controls: ", "bold"), summary),
        *(
            Text.assemble((outcome, STYLES[outcome]), f"  {sentence}")
            for outcome, sentence in rows
            if outcome != "pass"
        ),
    ]


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)
    return table


def _millions(amount: Decimal) -> str:
    return french.number(amount.scaleb(-6), 2)


def _percent(ratio: Decimal | None) -> str:
    return "-" if ratio is None else f"({french.percent(int(ratio.scaleb(6)))})"


def _both(counted: object, published: object) -> str:
    """What was counted, and the published figure in brackets."""
    figures = (None if counted is None else str(counted), None if published is None else f"({published})")
    return " ".join(figure for figure in figures if figure) or "-"

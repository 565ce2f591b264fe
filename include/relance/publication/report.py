"""What a person reads of a publication in a terminal: the fund, the last editions, the controls."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from relance import asof, french
from relance.publication.current import read_publication

LAST_EDITIONS = 5
OUTCOMES = ("block", "hold", "warning", "pass")
STYLES = {"block": "bold red", "hold": "magenta", "warning": "yellow", "pass": "green"}


def print_publication(console: Console, publication: Path) -> None:
    """Print the overview of the publication in a folder (usually `current`); says so where there is none."""
    manifest = read_publication(publication)
    if manifest is None:
        console.print(f"Nothing is published yet: there is no {publication}. Run `make nightly`.", soft_wrap=True)
        return
    with duckdb.connect(str(publication / "warehouse.duckdb"), read_only=True) as connection:
        console.print(
            Group(
                _heading(publication, manifest),
                _synthetic(connection),
                _fund(connection),
                _lines(connection),
                _editions(connection),
                _controls(connection),
            )
        )


def _heading(publication: Path, manifest: dict[str, Any]) -> RenderableType:
    as_of = dt.datetime.fromisoformat(manifest["as_of"]).astimezone(asof.PARIS)
    return Text.assemble(
        ("Publication ", "bold"),
        f"{publication.resolve()}\n",
        f"as of {as_of:%d/%m/%Y %H:%M:%S} (Paris), {len(manifest['receipts'])} files received, ",
        f"{len(manifest['marts'])} marts; open {publication / 'warehouse.duckdb'}",
        overflow="fold",
    )


def _synthetic(connection: duckdb.DuckDBPyConnection) -> RenderableType:
    """Whoever reads a figure that comes from a synthetic submission is told so, beside the figure."""
    found = connection.execute(
        "select count(*) from quality.received_files where data_nature ilike '%synth%' and status = 'counted'"
    ).fetchall()[0][0]
    if not found:
        return Text("")
    return Text(
        f"Awarded, committed and paid amounts come from {found} SYNTHETIC submissions (samples): no "
        "administrative value. Envelopes, fund lines and the panorama are the published ones.",
        style="yellow",
    )


def _fund(connection: duckdb.DuckDBPyConnection) -> Table:
    columns = ("envelope_eur", "allocated_eur", "unallocated_eur", "awarded_eur", "committed_eur", "paid_eur")
    table = _table("Fund overview (€)", "scope", *(column.removesuffix("_eur") for column in columns))
    rows = connection.execute(
        f"select scope, {', '.join(columns)} from fund.fund_overview order by scope = 'whole', scope"
    ).fetchall()
    for scope, *amounts in rows:
        table.add_row(scope, *map(_euros, amounts), style="bold" if scope == "whole" else None)
    return table


def _lines(connection: duckdb.DuckDBPyConnection) -> Table:
    columns = ("allocated_eur", "awarded_eur", "committed_eur", "paid_eur", "remaining_eur")
    table = _table("Fund lines (€)", "line", *(column.removesuffix("_eur") for column in columns))
    rows = connection.execute(
        f"select line_code, {', '.join(columns)} from fund.fund_line_execution order by line_code"
    ).fetchall()
    for line, *amounts in rows:
        table.add_row(line, *map(_euros, amounts))
    return table


def _editions(connection: duckdb.DuckDBPyConnection) -> Table:
    table = _table(
        f"Panorama, last {LAST_EDITIONS} editions (published figures in brackets)",
        "edition",
        "projects",
        "with a cost",
        "cost, M€",
        "mean years",
        "budget slippage",
        "calendar slippage",
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
            f"{month:%Y-%m}" + (f" (no {number})" if number else ""),
            _both(count, published),
            _plain(costed),
            _both(_millions(cost), _millions(published_cost)),
            "-" if years is None else french.decimal(Decimal(str(years)), 1),
            "-" if budget is None else f"({french.ratio(budget)})",
            "-" if calendar is None else f"({french.ratio(calendar)})",
        )
    return table


def _controls(connection: duckdb.DuckDBPyConnection) -> RenderableType:
    counts = dict(connection.execute("select outcome, count(*) from quality.controls group by all").fetchall())
    summary = Text("Controls: ", style="bold")
    summary.append(
        ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if outcome in counts),
        style="not bold",
    )
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    rows = connection.execute(
        "select outcome, sentence from quality.controls where outcome <> 'pass' order by all"
    ).fetchall()
    for outcome, sentence in rows:
        table.add_row(Text(outcome, style=STYLES[outcome]), Text(sentence or ""))
    return Group(summary, table)


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)
    return table


def _euros(amount: Decimal | None) -> str:
    return "-" if amount is None else french.euros(int(amount.scaleb(2)))


def _millions(amount: Decimal | None) -> str | None:
    return None if amount is None else french.decimal(amount.scaleb(-6), 2)


def _plain(value: object) -> str:
    return "-" if value is None else str(value)


def _both(counted: object, published: object) -> str:
    return _plain(counted) if published is None else f"{_plain(counted)} ({published})"

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
        risks = _risks(connection)
        incomplete = {(risk["subject"], risk["figure"]) for risk in risks}
        console.print(_fund(connection, incomplete))
        console.print(_lines(connection, incomplete))
        if risks:
            console.print(_lacking(risks))
        for line in _pending(connection):
            console.print(line, soft_wrap=True)
        console.print(_editions(connection))
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


def _has(connection: duckdb.DuckDBPyConnection, schema: str, mart: str) -> bool:
    """Whether the publication has a mart: older ones have fewer."""
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, mart]
    ).fetchone()
    return found is not None


def _risks(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Of the whole, each scope and each line the figures that are not complete, with what they lack."""
    if not _has(connection, "fund", "money_at_risk"):
        return []
    found = connection.execute(
        """
        with subjects as (
            select line_code as subject, line_code as line_key, 2 as place from fund.fund_line_execution
            union all select scope, line_code, 1 from fund.fund_line_execution
            union all select 'whole', line_code, 0 from fund.fund_line_execution
            union all select 'whole', 'NONE', 0
        )
        select subject, figure, sum(accepted_eur) as published, sum(rejected_eur) as rejected,
            sum(rejected_row_count) as rejected_rows, sum(without_award_eur) as "no award",
            sum(pending_eur) as pending, sum(stale_eur) as "older file", sum(carried_forward_eur) as carried
        from subjects join fund.money_at_risk using (line_key)
        group by subject, place, figure having not bool_and(is_complete)
        order by place, subject, figure
        """
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _lacking(risks: list[dict[str, Any]]) -> Table:
    """What the figures marked * lack: those of the whole, and of the lines that lack amounts of their own."""
    amounts = ("rejected", "no award", "pending", "older file", "carried")
    shown = [
        risk
        for risk in risks
        if risk["subject"] == "whole" or risk["rejected_rows"] or risk["no award"] or risk["pending"]
    ]
    cells = [[_lacked(risk, name) for name in amounts] for risk in shown]
    kept = [place for place in range(len(amounts)) if any(row[place] for row in cells)]
    table = _table("* Missing, or from older files, M€", "line", "figure", "published")
    for place in kept:
        table.add_column(amounts[place], justify="right", no_wrap=True)
    for risk, row in zip(shown, cells, strict=True):
        published = _millions(risk["published"])
        table.add_row(risk["subject"], risk["figure"], published, *(row[place] for place in kept))
    return table


def _lacked(risk: dict[str, Any], name: str) -> str:
    amount: Decimal = risk[name]
    if not amount:
        return f"{risk['rejected_rows']} rows" if name == "rejected" and risk["rejected_rows"] else ""
    millions = amount.scaleb(-6)
    # What is less than is shown otherwise is not nothing.
    decimals = 2 if abs(millions) >= Decimal("0.01") else None
    return french.number(millions, decimals, signed=name == "pending")


def _pending(connection: duckdb.DuckDBPyConnection) -> list[Text]:
    """A line for each file that waits for a decision, and which one counts meanwhile."""
    if not _has(connection, "quality", "pending_files"):
        return []
    rows = connection.execute(
        "select file_name, coalesce(ministry_code || ' ' || period, strftime(edition_month, '%Y-%m')),"
        " counts_meanwhile_file_name, counts_meanwhile_period from quality.pending_files"
        " order by received_on, file_name"
    ).fetchall()
    lines = []
    for name, whose, counting, period in rows:
        of = f" ({whose})" if whose else ""
        meanwhile = (
            f"{counting}{f' ({period})' if period else ''} counts meanwhile" if counting else "nothing counts yet"
        )
        lines.append(Text.assemble(("Waits for a decision  ", "magenta"), f"{name}{of}; {meanwhile}."))
    return [*lines, Text("")] if lines else []


def _fund(connection: duckdb.DuckDBPyConnection, incomplete: set[tuple[str, str]]) -> Table:
    columns = ("envelope_eur", "allocated_eur", "unallocated_eur", "awarded_eur", "committed_eur", "paid_eur")
    table = _table("Fund overview, M€", "scope", *(column.removesuffix("_eur") for column in columns))
    rows = connection.execute(
        f"select scope, {', '.join(columns)} from fund.fund_overview order by scope = 'whole', scope"
    ).fetchall()
    for scope, *amounts in rows:
        cells = _marked(scope, columns, amounts, incomplete)
        table.add_row(scope, *cells, style="bold" if scope == "whole" else None)
    return table


def _lines(connection: duckdb.DuckDBPyConnection, incomplete: set[tuple[str, str]]) -> Table:
    columns = ("allocated_eur", "awarded_eur", "committed_eur", "paid_eur", "remaining_eur")
    table = _table("Fund lines, M€", "line", *(column.removesuffix("_eur") for column in columns))
    rows = connection.execute(
        f"select line_code, {', '.join(columns)} from fund.fund_line_execution order by line_code"
    ).fetchall()
    for line, *amounts in rows:
        table.add_row(line, *_marked(line, columns, amounts, incomplete))
    return table


def _marked(
    subject: str, columns: tuple[str, ...], amounts: list[Decimal], incomplete: set[tuple[str, str]]
) -> list[str]:
    """The amounts of a row in millions, those of figures that are not complete with a star."""
    return [
        _millions(amount) + ("*" if (subject, column.removesuffix("_eur")) in incomplete else "")
        for column, amount in zip(columns, amounts, strict=True)
    ]


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

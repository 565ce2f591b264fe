"""The raw schema: what a build starts from, as views over the parsed Parquet files of its manifest.

Every table is there, typed, whatever was received: a night on which no submission had come yet is an ordinary
night. The rows of superseded files are there too (`is_counted` is false), since history comes from receipts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

from relance import sql
from relance.asof import PARIS
from relance.parsing import contract_columns
from relance.settings import Settings

KINDS = ("panorama", "submission", "application")
# One file a dossier, thousands of them: their rows are copied, so that each file is opened once.
COPIED_KINDS = ("application",)
# Of the files beside the rows, which are there only where they have something: their columns and types.
REJECT_COLUMNS = {
    "sheet": "varchar", "row_number": "bigint", "column_name": "varchar", "value": "varchar", "rule": "varchar",
    "sentence": "varchar",
}  # fmt: skip
REJECTED_AMOUNT_COLUMNS = {
    "sheet": "varchar", "row_number": "bigint", "award_id": "varchar", "line_code": "varchar",
    "column_name": "varchar", "rejected_eur": "decimal(18, 2)",
}  # fmt: skip
CORRECTION_COLUMNS = {
    "sheet": "varchar", "row_number": "bigint", "column_name": "varchar", "value_sent": "varchar",
    "value_read": "varchar", "rule": "varchar", "sentence": "varchar",
}  # fmt: skip
PARSED_FILES = ("rows_parquet", "rejects_parquet", "rejected_amounts_parquet", "corrections_parquet")
FEED_COLUMNS = (
    "feed", "kind", "title_fr", "is_nightly", "expected_within_hours", "has_turns", "last_turn_days_ago",
    "last_complete_turn_days_ago", "last_complete_turn_hours_ago", "problem_count", "last_problem",
)  # fmt: skip

RECORDS = """
create schema raw;
create table raw.build (as_of_date date);
create table raw.receipts (
    receipt_id varchar, feed varchar, kind varchar, file_name varchar, sha256 varchar, size_bytes bigint,
    received_at_utc timestamp, edition_month date, ministry_code varchar, period varchar, status varchar,
    is_stale boolean, reason varchar, note varchar, feedback_path varchar, named_ministry_code varchar,
    named_period varchar
);
create table raw.file_findings (
    receipt_id varchar, control_id varchar, subject varchar, difference varchar, sentence varchar,
    can_be_accepted boolean
);
create table raw.file_decisions (
    receipt_id varchar, decision varchar, who varchar, decided_by varchar, decided_at_utc timestamp, reason varchar
);
create table raw.file_tables (
    receipt_id varchar, table_name varchar, sheet varchar, header_row bigint, rows_in bigint,
    rows_accepted bigint, rows_rejected bigint, cells_corrected bigint, is_counted boolean,
    is_retained boolean, undecided varchar
);
create table raw.file_amounts (
    receipt_id varchar, table_name varchar, column_name varchar, in_eur decimal(38, 18),
    accepted_eur decimal(18, 2), rejected_eur decimal(18, 2), rounding_eur decimal(38, 18)
);
create table raw.feeds (
    feed varchar, kind varchar, title_fr varchar, is_nightly boolean, expected_within_hours bigint,
    has_turns boolean, last_turn_days_ago bigint, last_complete_turn_days_ago bigint,
    last_complete_turn_hours_ago bigint, problem_count bigint, last_problem varchar
);
create table raw.parsed_files (
    receipt_id varchar, table_name varchar, is_counted boolean, rows_parquet varchar, rejects_parquet varchar,
    rejected_amounts_parquet varchar, corrections_parquet varchar
);
"""


def create_build_file(settings: Settings, manifest: dict[str, Any], build_file: Path) -> None:
    """Make a fresh DuckDB file with the raw schema of a manifest; one that a killed run left is replaced."""
    for path in (build_file, build_file.with_name(f"{build_file.name}.wal")):
        path.unlink(missing_ok=True)
    with duckdb.connect(str(build_file)) as connection:
        # The day alone, and only to leave out what was published after it: no mart tells the instant of a run.
        as_of = dt.datetime.fromisoformat(manifest["as_of"]).astimezone(PARIS).date()
        create_raw(settings, connection, as_of, manifest["receipts"], manifest["feeds"])


def create_raw(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    as_of: dt.date,
    receipts: list[dict[str, Any]],
    feeds: list[dict[str, Any]],
    *,
    are_rows_copied: bool = False,
) -> None:
    """Make the raw schema of a manifest's `receipts` and `feeds` in an open database that has none.

    With `are_rows_copied` no file has to be opened again, and `show_counted` can change what counts.
    """
    connection.execute(RECORDS)
    _insert(connection, "build", [(as_of,)])
    _insert(connection, "feeds", (tuple(feed[column] for column in FEED_COLUMNS) for feed in feeds))
    _insert(connection, "receipts", (_receipt_row(receipt) for receipt in receipts))
    _insert(connection, "file_findings", (row for receipt in receipts for row in _finding_rows(receipt)))
    _insert(connection, "file_decisions", (_decision_row(receipt) for receipt in receipts if receipt["decision"]))
    tables = [(receipt, name, table) for receipt in receipts for name, table in receipt["tables"].items()]
    _insert(connection, "file_tables", (_table_row(*entry) for entry in tables))
    _insert(connection, "file_amounts", (row for entry in tables for row in _amount_rows(*entry)))
    _insert(connection, "parsed_files", (_parsed_row(settings, *entry) for entry in tables))
    for kind in KINDS:
        form = "table" if are_rows_copied or kind in COPIED_KINDS else "view"
        for table, columns in contract_columns(kind).items():
            files = _files(settings, tables, "rows_parquet", kind, table)
            _create_rows(connection, table, columns, files, form)
    with_rejects = [entry for entry in tables if entry[2]["rows_rejected"]]
    with_corrections = [entry for entry in tables if entry[2]["cells_corrected"]]
    for view, columns_beside, path_column, having in (
        ("rejects", REJECT_COLUMNS, "rejects_parquet", with_rejects),
        ("rejected_amounts", REJECTED_AMOUNT_COLUMNS, "rejected_amounts_parquet", with_rejects),
        ("corrections", CORRECTION_COLUMNS, "corrections_parquet", with_corrections),
    ):
        files = _files(settings, having, path_column)
        _create_beside_view(connection, view, columns_beside, path_column, files)


def show_counted(connection: duckdb.DuckDBPyConnection, receipts: list[dict[str, Any]]) -> None:
    """Change, in a raw schema with copied rows, what counts of the same `receipts`."""
    tables = [(receipt, name, table) for receipt in receipts for name, table in receipt["tables"].items()]
    connection.execute("delete from raw.receipts; delete from raw.file_tables")
    _insert(connection, "receipts", (_receipt_row(receipt) for receipt in receipts))
    _insert(connection, "file_tables", (_table_row(*entry) for entry in tables))
    for table in sorted({name for _, name, _ in tables}):
        connection.execute(
            f"update raw.{sql.name(table)} as r set is_counted = t.is_counted from raw.file_tables t "
            f"where t.receipt_id = r.receipt_id and t.table_name = {sql.literal(table)}"
        )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    # Many rows a statement: thousands of dossiers would take one each.
    rows = iter(rows)
    while some := list(islice(rows, 500)):
        marks = ", ".join("?" * len(some[0]))
        values = ", ".join([f"({marks})"] * len(some))
        connection.execute(f"insert into raw.{sql.name(table)} values {values}", list(chain.from_iterable(some)))


def _receipt_row(receipt: dict[str, Any]) -> tuple[Any, ...]:
    received_at = dt.datetime.fromisoformat(receipt["received_at"]).astimezone(dt.UTC).replace(tzinfo=None)
    edition = receipt["edition"]
    return (
        *(receipt[column] for column in ("receipt_id", "feed", "kind", "file_name", "sha256", "size_bytes")),
        received_at,
        dt.date.fromisoformat(f"{edition}-01") if edition else None,
        *(receipt[column] for column in ("ministry_code", "period", "status", "is_stale", "reason")),
        " ".join(receipt["notes"]) or None,
        receipt["feedback_path"],
        receipt["named_ministry_code"],
        receipt["named_period"],
    )


def _finding_rows(receipt: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("control_id", "subject", "difference", "sentence", "can_be_accepted")
    return [(receipt["receipt_id"], *(finding[name] for name in names)) for finding in receipt["findings"]]


def _decision_row(receipt: dict[str, Any]) -> tuple[Any, ...]:
    decision = receipt["decision"]
    decided_at = dt.datetime.fromisoformat(decision["at"]).astimezone(dt.UTC).replace(tzinfo=None)
    return (
        *(decision[name] for name in ("receipt_id", "decision", "who", "by")),
        decided_at,
        decision["reason"],
    )


def _table_row(receipt: dict[str, Any], name: str, table: dict[str, Any]) -> tuple[Any, ...]:
    columns = (
        "sheet",
        "header_row",
        "rows_in",
        "rows_accepted",
        "rows_rejected",
        "cells_corrected",
        "is_counted",
        "is_retained",
        "undecided",
    )
    return (receipt["receipt_id"], name, *(table[column] for column in columns))


def _amount_rows(receipt: dict[str, Any], name: str, table: dict[str, Any]) -> list[tuple[Any, ...]]:
    parts = ("in_eur", "accepted_eur", "rejected_eur", "rounding_eur")
    return [
        (receipt["receipt_id"], name, column, *(Decimal(sums[part]) for part in parts))
        for column, sums in table["amounts"].items()
    ]


def _parsed_row(settings: Settings, receipt: dict[str, Any], name: str, table: dict[str, Any]) -> tuple[Any, ...]:
    paths = (str(settings.data_dir / table[column]) for column in PARSED_FILES)
    return (receipt["receipt_id"], name, table["is_counted"], *paths)


def _files(
    settings: Settings,
    tables: list[tuple[dict[str, Any], str, dict[str, Any]]],
    column: str,
    kind: str | None = None,
    name: str | None = None,
) -> list[str]:
    """The Parquet files of a kind's table (of all tables without one), each once: receipts may share bytes."""
    return sorted(
        {
            str(settings.data_dir / facts[column])
            for receipt, table, facts in tables
            if kind in (None, receipt["kind"]) and name in (None, table)
        }
    )


def _create_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]], files: list[str], form: str
) -> None:
    """One row an accepted row of a received file: its receipt, whether it counts, where it stood, its values."""
    named = [("sheet", "varchar"), ("row_number", "bigint"), *columns]
    if files:
        select = (
            f"select p.receipt_id, p.is_counted, {', '.join(f'r.{sql.name(name)}' for name, _ in named)} "
            f"from read_parquet([{', '.join(map(sql.literal, files))}], filename = true) r "
            # By folder: the rows of a long table are parts of their own names, `rows_parquet` their pattern.
            "join raw.parsed_files p on parse_dirpath(p.rows_parquet) = parse_dirpath(r.filename) "
            f"and p.table_name = {sql.literal(table)}"
        )
    else:
        empty = ", ".join(f"null::{kind} as {sql.name(name)}" for name, kind in named)
        select = f"select null::varchar as receipt_id, null::boolean as is_counted, {empty} where false"
    connection.execute(f"create {form} raw.{sql.name(table)} as {select}")


def _create_beside_view(
    connection: duckdb.DuckDBPyConnection, view: str, columns: dict[str, str], path_column: str, files: list[str]
) -> None:
    """The rows of the files that lie beside those of accepted rows, with their receipt and table."""
    if files:
        select = (
            f"select p.receipt_id, p.table_name, {', '.join(f'r.{sql.name(name)}' for name in columns)} "
            f"from read_parquet([{', '.join(map(sql.literal, files))}], filename = true) r "
            f"join raw.parsed_files p on p.{path_column} = r.filename"
        )
    else:
        empty = ", ".join(f"null::{kind} as {sql.name(name)}" for name, kind in columns.items())
        select = f"select null::varchar as receipt_id, null::varchar as table_name, {empty} where false"
    connection.execute(f"create view raw.{view} as {select}")

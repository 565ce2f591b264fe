"""Runs a control's measure and its floor on a built file, read-only; judges nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import french, sql
from relance.audit.register import EXCEPTIONS, LISTED_EXCEPTIONS, Control, Floor

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa  # type: ignore[import-untyped]

    Integers = np.ndarray[Any, np.dtype[np.int64]]


log = logging.getLogger(__name__)

# Marts whose rows are counted against the publication before.
COMPARED_MARTS = (
    "fund.fct_award",
    "fund.fct_application",
    "project.fct_project_edition",
    "project.project_follow_up",
    "quality.received_files",
)
# Above so many rows, those that hold are judged by group.
CONDENSED_ABOVE = 100_000
GROUPS = 512
# Rows that do not hold and are kept: as many as are listed, and one.
KEPT_EXCEPTIONS = LISTED_EXCEPTIONS + 1


class MeasureError(Exception):
    """A measure that could not be taken, with the reason as a French clause."""


@dataclass(frozen=True)
class Measurement:
    """One row a subject, ordered by subject: what was expected and found, in integer units, with its details.

    `known` is false where no expectation is known for a subject. `stands_for` is 1, or, in a measurement of very many
    rows, the number of rows that one of them stands for: those that hold, by group, next to the least and the most
    that was found. Rows that do not hold always stand for themselves; `unlisted` counts those beyond the ones kept.
    """

    table: pa.Table
    known: np.ndarray[Any, np.dtype[np.bool_]]
    expected: Integers
    actual: Integers
    tolerance: Integers
    stands_for: Integers
    unlisted: int = 0

    def __len__(self) -> int:
        return len(self.actual)

    @property
    def rows(self) -> int:
        """The rows that were looked at."""
        return int(self.stands_for.sum()) + self.unlisted

    def row(self, position: int) -> dict[str, Any]:
        """All columns of a subject's row, details included."""
        row: dict[str, Any] = self.table.slice(position, 1).to_pylist()[0]
        return row


def show_before(connection: duckdb.DuckDBPyConnection, before: Path | None) -> None:
    """Make the database `before`: what the controls compare with of the publication before.

    `fund_overview`, `edition_findings`, `received_files` and `volumes` (mart, rows_before); all are empty without one.
    Of a mart that the publication did not have yet nothing is said.
    """
    connection.execute(
        "attach ':memory:' as before;"
        "create table before.fund_overview "
        "(scope varchar, awarded_eur decimal(18, 2), committed_eur decimal(18, 2), paid_eur decimal(18, 2));"
        "create table before.edition_findings "
        "(edition_month date, receipt_id varchar, rejected_row_count bigint, rejected_cost_eur decimal(18, 2), "
        "unread_cost_count bigint, unknown_phase_count bigint, unresolved_ministry_count bigint, has_headline boolean);"
        "create table before.received_files (receipt_id varchar, file_name varchar, received_at_utc timestamp);"
        "create table before.volumes (mart varchar, rows_before bigint)"
    )
    if before is None:
        return
    connection.execute(f"attach {sql.literal(before)} as earlier (read_only)")
    known = {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'earlier'"
        ).fetchall()
    }
    if "fund.fund_overview" in known:
        connection.execute(
            "insert into before.fund_overview "
            "select scope, awarded_eur, committed_eur, paid_eur from earlier.fund.fund_overview"
        )
    if "quality.edition_findings" in known:
        connection.execute(
            "insert into before.edition_findings "
            "select edition_month, receipt_id, rejected_row_count, rejected_cost_eur, unread_cost_count, "
            "unknown_phase_count, unresolved_ministry_count, has_headline from earlier.quality.edition_findings"
        )
    if "quality.received_files" in known:
        connection.execute(
            "insert into before.received_files "
            "select receipt_id, file_name, received_at_utc from earlier.quality.received_files"
        )
    for mart in sorted(known & set(COMPARED_MARTS)):
        connection.execute(f"insert into before.volumes select ?, count(*) from earlier.{mart}", [mart])
    connection.execute("detach earlier")


def show_files(connection: duckdb.DuckDBPyConnection, expectations_dir: Path) -> None:
    """Make what the controls of files share (`files.sql`), in the connection alone.

    What cannot be made is left out: the controls that need it say so.
    """
    import duckdb

    try:
        connection.execute((expectations_dir / "files.sql").read_text(encoding="utf-8"))
    except (OSError, duckdb.Error) as error:
        log.warning("What the controls of files share cannot be made: %s", error)


def take(connection: duckdb.DuckDBPyConnection, expectations_dir: Path, control: Control) -> Measurement:
    """Run `measures/<control>.sql`. Raises `MeasureError` when it cannot run or has not the agreed shape.

    The agreed shape: `subject` (text, unique), `expected` and `actual` (BIGINT), `tolerance` (BIGINT) where the
    register leaves it to the measure, and any detail that the sentence names.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    query = _read(expectations_dir / "measures" / f"{control.measure_name}.sql")
    if control.report == EXCEPTIONS and control.when_expected_unknown is None:
        # One row more than are judged one by one tells the many apart; the few are read once.
        table = _query(connection, f"select * from (\n{query}\n) limit {CONDENSED_ABOVE + 1}")
        if table.num_rows > CONDENSED_ABOVE:
            return _condensed(connection, query, control)
    else:
        table = _query(connection, query)
    needed = ["subject", "expected", "actual"] + (["tolerance"] if control.tolerance is None else [])
    for name in needed:
        if name not in table.column_names:
            raise MeasureError(f"sa requête ne donne pas de colonne « {name} »")
        if name != "subject" and table.schema.field(name).type != pa.int64():
            kind = table.schema.field(name).type
            raise MeasureError(f"sa colonne « {name} » est de type {kind}, un entier (BIGINT) était attendu")
    table = table.sort_by("subject")
    rows = table.num_rows
    for name in needed:
        empty = table.column(name).null_count
        if empty and not (name == "expected" and control.when_expected_unknown):
            first = table.filter(pc.is_null(table.column(name))).slice(0, 1).to_pylist()[0].get("subject")
            raise MeasureError(
                f"sa colonne « {name} » est vide sur {french.count(empty, 'ligne')}, dont celle de {first}, "
                f"pour {french.count(rows)} en tout"
            )
    if pc.count_distinct(table.column("subject")).as_py() != rows:
        raise MeasureError("sa requête donne plusieurs lignes pour un même sujet")

    def integers(name: str) -> Integers:
        return np.asarray(pc.fill_null(table.column(name), 0).to_numpy(), dtype=np.int64)

    tolerance = np.full(rows, control.tolerance, np.int64) if control.tolerance is not None else integers("tolerance")
    known = np.asarray(pc.is_valid(table.column("expected")).to_numpy(), dtype=np.bool_)
    return Measurement(table, known, integers("expected"), integers("actual"), tolerance, np.ones(rows, dtype=np.int64))


def _condensed(connection: duckdb.DuckDBPyConnection, query: str, control: Control) -> Measurement:
    """The measurement of so many rows that one by one they would fill the memory.

    Rows that hold are grouped by a hash of their subject: of each group the rows with the least and the most
    difference stay, and stand for all of it. A subject that comes twice falls into one group, where it is seen.
    """
    import numpy as np

    tolerance = "tolerance" if control.tolerance is None else f"{control.tolerance}::bigint"
    difference = "(actual - expected)"
    fails = f"{difference} > {tolerance}"
    if control.comparison == "equal":
        fails = f"({fails} or {difference} < -({tolerance}))"
    facts = f"{{'expected': expected, 'actual': actual, 'tolerance': {tolerance}}}"
    groups = _query(
        connection,
        f"""
        select
            count(*) as rows, count(subject) as named, count(distinct hash(subject)) as subjects,
            count(expected + actual + {tolerance}) as filled, count(*) filter ({fails}) as failing,
            arg_max({facts}, {difference}) filter (not {fails}) as most,
            arg_min({facts}, {difference}) filter (not {fails}) as least
        from (\n{query}\n) group by hash(subject) % {GROUPS}
        """,
    ).to_pylist()
    for count, what in (("named", "sujet"), ("filled", "montant ou nombre")):
        if empty := sum(group["rows"] - group[count] for group in groups):
            raise MeasureError(f"sa requête donne {french.count(empty, 'ligne')} sans {what}")
    if any(group["subjects"] != group["rows"] for group in groups):
        raise MeasureError("sa requête donne plusieurs lignes pour un même sujet")
    failing = sum(group["failing"] for group in groups)
    table = _query(connection, f"select * from (\n{query}\n) where {fails} order by subject limit {KEPT_EXCEPTIONS}")
    kept = [{**row, "tolerance": row.get("tolerance", control.tolerance), "stands_for": 1} for row in table.to_pylist()]
    for group in groups:
        held = group["rows"] - group["failing"]
        # One of the two stands for the group, the other for none: it is there to be judged.
        kept += [{**group[side], "stands_for": number} for side, number in (("most", held), ("least", 0)) if held]

    def integers(name: str) -> Integers:
        return np.array([row[name] for row in kept], dtype=np.int64)

    return Measurement(
        table=table,
        known=np.ones(len(kept), dtype=np.bool_),
        expected=integers("expected"),
        actual=integers("actual"),
        tolerance=integers("tolerance"),
        stands_for=integers("stands_for"),
        unlisted=failing - table.num_rows,
    )


def floor_of(connection: duckdb.DuckDBPyConnection, expectations_dir: Path, floor: Floor) -> int:
    """The number of rows that a control must have looked at. Raises `MeasureError` when it cannot be counted."""
    if floor.rows is not None:
        return floor.rows
    table = _query(connection, _read(expectations_dir / "floors" / f"{floor.query}.sql"))
    rows = table.to_pylist()
    value = next(iter(rows[0].values()), None) if len(rows) == 1 else None
    if not isinstance(value, int) or value < 0:
        raise MeasureError(f"son plancher « {floor.query} » ne donne pas un nombre de lignes")
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MeasureError(f"la requête {path.parent.name}/{path.name} manque") from error


def _query(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    import duckdb

    try:
        return connection.execute(query).to_arrow_table()
    except duckdb.Error as error:
        # DuckDB's later lines point into the query; the first says which table, column or file is at fault.
        raise MeasureError(f"la base construite ne répond pas ({str(error).splitlines()[0]})") from error

"""Runs a control's measure and its floor on a built file, read-only; judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import french
from relance.audit.register import Control, Floor

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa  # type: ignore[import-untyped]

    Integers = np.ndarray[Any, np.dtype[np.int64]]


class MeasureError(Exception):
    """A measure that could not be taken, with the reason as a French clause."""


@dataclass(frozen=True)
class Measurement:
    """One row a subject, ordered by subject: what was expected and found, in integer units, with its details.

    `expected` is None where no expectation is known for a subject; `low` and `high` bound what is allowed.
    """

    table: pa.Table
    known: np.ndarray[Any, np.dtype[np.bool_]]
    expected: Integers
    actual: Integers
    tolerance: Integers

    def __len__(self) -> int:
        return len(self.actual)

    def row(self, position: int) -> dict[str, Any]:
        """All columns of a subject's row, details included."""
        row: dict[str, Any] = self.table.slice(position, 1).to_pylist()[0]
        return row


def take(connection: duckdb.DuckDBPyConnection, expectations_dir: Path, control: Control) -> Measurement:
    """Run `measures/<control>.sql`. Raises `MeasureError` when it cannot run or has not the agreed shape.

    The agreed shape: `subject` (text, unique), `expected` and `actual` (BIGINT), `tolerance` (BIGINT) where the
    register leaves it to the measure, and any detail that the sentence names.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    sql = _read(expectations_dir / "measures" / f"{control.measure_name}.sql")
    table = _query(connection, sql)
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
    return Measurement(table, known, integers("expected"), integers("actual"), tolerance)


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


def _query(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    import duckdb

    try:
        return connection.execute(sql).to_arrow_table()
    except duckdb.Error as error:
        # DuckDB's later lines point into the query; the first says which table, column or file is at fault.
        raise MeasureError(f"la base construite ne répond pas ({str(error).splitlines()[0]})") from error

"""Keys: rows that repeat a value that has to be unique, rows that refer to a row that is not there.

Reads the staged rows of the table at hand and writes its findings into `repeated`. A table referred to counts with
all its rows, also rejected ones: their fault is already said there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relance import sql
from relance.parsing.layout import Layout
from relance.parsing.staging_sql import DATA

if TYPE_CHECKING:
    import duckdb


def remember(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Keep the primary key of the table just staged, for the tables of the same file that refer to it."""
    key = layout.contract.primary_key
    if key:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {_kept(layout.contract.table)} AS {_key_of_staged(key)}")


def find_broken_keys(connection: duckdb.DuckDBPyConnection, layout: Layout, number: str) -> bool:
    """Write into `repeated` the rows that repeat a key, with the row of the first, or whose foreign key leads nowhere.

    Returns whether there are any. The columns of `repeated`: row, position (of the key's first column), rule (`unique`,
    `primary-key`, `foreign-key`), value, first.
    """
    contract = layout.contract
    positions = [c.name for c in contract.sent_columns if c.name in layout.places]
    connection.execute(
        "CREATE TABLE repeated (row BIGINT, position INTEGER, rule VARCHAR, value VARCHAR, first BIGINT)"
    )
    for name in positions:
        if contract.column(name).is_unique:
            _find_repeated(connection, (name,), "unique", positions.index(name), number)
    if len(contract.primary_key) > 1:
        key = contract.primary_key
        _find_repeated(connection, key, "primary-key", positions.index(key[0]), number)
    for foreign in contract.foreign_keys:
        if not set(foreign.columns) <= set(positions):
            continue
        own = foreign.table == contract.table
        if not own and not _is_kept(connection, foreign.table):
            continue
        pairs = " AND ".join(
            f"known.v_{there} = staged.v_{here}"
            for here, there in zip(foreign.columns, foreign.referenced, strict=True)
        )
        known = f"({_key_of_staged(foreign.referenced)})" if own else _kept(foreign.table)
        connection.execute(
            f"""INSERT INTO repeated
            SELECT {number}, {positions.index(foreign.columns[0])}, 'foreign-key', {_text(foreign.columns)}, NULL
            FROM staged WHERE kind = {DATA} AND {_is_whole(foreign.columns)}
                AND NOT EXISTS (SELECT 1 FROM {known} AS known WHERE {pairs})
            ORDER BY ALL"""
        )
    return connection.execute("SELECT count(*) FROM repeated").fetchall() != [(0,)]


def _find_repeated(
    connection: duckdb.DuckDBPyConnection, key: tuple[str, ...], rule: str, position: int, number: str
) -> None:
    """Later occurrences of a key; where one of its values is missing it is no key."""
    values, whole = ", ".join(_values(key)), f"kind = {DATA} AND {_is_whole(key)}"
    # Counting is far quicker than grouping, and hardly any file repeats a key.
    # Hashes are quicker still: as many of them as rows means as many keys, fewer means looking at the keys.
    counted = connection.execute(
        f"SELECT count(*), count(DISTINCT hash({values})) FROM staged WHERE {whole}"
    ).fetchall()
    if counted[0][0] == counted[0][1]:
        return
    connection.execute(
        f"""INSERT INTO repeated
        WITH firsts AS (SELECT {values}, min(rowid) AS first_id, min({number}) AS first FROM staged
            WHERE {whole} GROUP BY {values} HAVING count(*) > 1)
        SELECT {number}, {position}, '{rule}', {_text(key)}, first
        FROM staged JOIN firsts USING ({values})
        WHERE kind = {DATA} AND staged.rowid > first_id ORDER BY ALL"""
    )


def _values(columns: tuple[str, ...]) -> list[str]:
    return [f"v_{name}" for name in columns]


def _text(columns: tuple[str, ...]) -> str:
    return f"concat_ws(' ; ', {', '.join(_values(columns))})"


def _is_whole(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"{value} IS NOT NULL" for value in _values(columns))


def _key_of_staged(key: tuple[str, ...]) -> str:
    return f"SELECT DISTINCT {', '.join(_values(key))} FROM staged WHERE kind = {DATA} AND {_is_whole(key)}"


def _kept(table: str) -> str:
    return sql.name(f"key_of_{table}")


def _is_kept(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [f"key_of_{table}"])
    return found.fetchall() != [(0,)]

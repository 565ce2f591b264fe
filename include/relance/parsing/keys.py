"""Keys: rows that repeat a value that has to be unique, rows that refer to a row that is not there.

Reads the staged rows of the table at hand and writes its findings into `repeated`. Keys are compared in their one
form (`canonical`), and said as they were sent. A table referred to counts with all its rows, also rejected ones: their
fault is already said there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relance import sql
from relance.parsing import engine
from relance.parsing.contract import Column, Contract
from relance.parsing.layout import Layout
from relance.parsing.staging_sql import DATA, as_sent
from relance.parsing.value_sql import key_form
from relance.parsing.wording import BLANKS, CONTROLS

if TYPE_CHECKING:
    import duckdb


# Numbers of more rows are sorted by NumPy, in a fourth of the time that DuckDB takes to count those that differ.
MANY_ROWS = 100_000


def remember(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Keep the primary key of the table just staged, for the tables of the same file that refer to it."""
    key = layout.contract.primary_key
    if key:
        kept = _key_of_staged(connection, layout.contract, key)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {_kept(layout.contract.table)} AS {kept}")


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
            _find_repeated(connection, layout, (name,), "unique", positions.index(name), number)
    if len(contract.primary_key) > 1:
        key = contract.primary_key
        _find_repeated(connection, layout, key, "primary-key", positions.index(key[0]), number)
    for foreign in contract.foreign_keys:
        if not set(foreign.columns) <= set(positions):
            continue
        own = foreign.table == contract.table
        if not own and not _is_kept(connection, foreign.table):
            continue
        here = _keys(connection, contract, foreign.columns)
        pairs = " AND ".join(f"known.k{i} = {key}" for i, key in enumerate(here))
        known = f"({_key_of_staged(connection, contract, foreign.referenced)})" if own else _kept(foreign.table)
        connection.execute(
            f"""INSERT INTO repeated
            SELECT {number}, {positions.index(foreign.columns[0])}, 'foreign-key', {_text(layout, foreign.columns)},
                NULL
            FROM staged WHERE kind = {DATA} AND {_is_whole(foreign.columns)}
                AND NOT EXISTS (SELECT 1 FROM {known} AS known WHERE {pairs})
            ORDER BY ALL"""
        )
    return connection.execute("SELECT count(*) FROM repeated").fetchall() != [(0,)]


def _find_repeated(
    connection: duckdb.DuckDBPyConnection, layout: Layout, key: tuple[str, ...], rule: str, position: int, number: str
) -> None:
    """Later occurrences of a key; where one of its values is missing it is no key."""
    keys = _keys(connection, layout.contract, key)
    values, whole = ", ".join(keys), f"kind = {DATA} AND {_is_whole(key)}"
    # Hardly any file repeats a key, and without two equal hashes there are no two equal keys.
    if not _has_equal(connection, f"hash({values})", whole):
        return
    named = ", ".join(f"{one} AS k{i}" for i, one in enumerate(keys))
    names = ", ".join(f"k{i}" for i in range(len(keys)))
    connection.execute(
        f"""INSERT INTO repeated
        WITH keyed AS (SELECT rowid AS id, {number} AS row, {_text(layout, key)} AS value, {named}
            FROM staged WHERE {whole}),
        firsts AS (SELECT {names}, min(id) AS first_id, min(row) AS first FROM keyed
            GROUP BY {names} HAVING count(*) > 1)
        SELECT row, {position}, '{rule}', value, first FROM keyed JOIN firsts USING ({names})
        WHERE id > first_id ORDER BY ALL"""
    )


def _has_equal(connection: duckdb.DuckDBPyConnection, number: str, condition: str) -> bool:
    """Whether two staged rows that meet a condition have the same number; far quicker than to group them by it."""
    if connection.execute(f"SELECT count(*) > {MANY_ROWS} FROM staged").fetchall() == [(True,)]:
        import numpy as np  # not above: it takes as long to load as a small file to parse

        found = connection.execute(f"SELECT {number} AS n FROM staged WHERE {condition}").fetchnumpy()
        in_order = np.sort(np.asarray(found["n"]))
        return bool((in_order[1:] == in_order[:-1]).any())
    counted = f"SELECT count(*) > count(DISTINCT {number}) FROM staged WHERE {condition}"
    return connection.execute(counted).fetchall() == [(True,)]


def _keys(connection: duckdb.DuckDBPyConnection, contract: Contract, columns: tuple[str, ...]) -> list[str]:
    """The staged values in the form in which they are compared; identifiers were staged in it."""
    return [_key(connection, contract.column(name)) for name in columns]


def _key(connection: duckdb.DuckDBPyConnection, column: Column) -> str:
    value = f"v_{column.name}"
    if column.type != "string" or column.is_identifier or column.enum:
        return value
    plain = key_form(value, BLANKS + CONTROLS, is_careful=False)
    if connection.execute(f"SELECT count({value}) = count({plain}) FROM staged").fetchall() == [(True,)]:
        return plain
    engine.define_functions(connection)
    return key_form(value, BLANKS + CONTROLS, is_careful=True)


def _text(layout: Layout, columns: tuple[str, ...]) -> str:
    """The key as it was sent, as far as that is kept."""
    return f"concat_ws(' ; ', {', '.join(as_sent(layout, name) for name in columns)})"


def _is_whole(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"v_{name} IS NOT NULL" for name in columns)


def _key_of_staged(connection: duckdb.DuckDBPyConnection, contract: Contract, key: tuple[str, ...]) -> str:
    named = ", ".join(f"{one} AS k{i}" for i, one in enumerate(_keys(connection, contract, key)))
    return f"SELECT DISTINCT {named} FROM staged WHERE kind = {DATA} AND {_is_whole(key)}"


def _kept(table: str) -> str:
    return sql.name(f"key_of_{table}")


def _is_kept(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [f"key_of_{table}"])
    return found.fetchall() != [(0,)]

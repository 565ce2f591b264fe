"""Optional cells that are wrong and do not cost the row its money: what of them the row keeps, and what is said.

A malformed cell of an optional column that is neither an amount nor part of a key is read as empty; a cell whose digits
or letters are proved (a check digit, a round trip) is read as what it was. Each is listed with the value as it was sent
and the value read. An amount that cannot be one is taken out of the sums here: its row is rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relance import sql
from relance.parsing import engine, odd_texts, siret, value_sql
from relance.parsing.contract import Column, Contract
from relance.parsing.layout import Layout
from relance.parsing.staging_sql import DATA

if TYPE_CHECKING:
    import duckdb

# What a row breaks as a whole: the cell alone is not wrong.
ROW_RULES = ("only-with", "not-after", "extra")


def is_clearable(contract: Contract, column: Column) -> bool:
    """Whether the row counts without the cell."""
    keys = {*contract.primary_key, *(name for key in contract.foreign_keys for name in key.columns)}
    return not (column.is_required or column.is_amount or column.is_unique or column.name in keys)


def correct(connection: duckdb.DuckDBPyConnection, layout: Layout, found: list[Column], number: str) -> None:
    """Clear or repair the cells that break a rule, in the rows that break no other one; list them in `corrected`.

    The columns of `corrected`: id (`rowid` of `staged`), row, position, rule, sent, read (as text).
    """
    broken = connection.execute(
        "SELECT DISTINCT position, rule FROM (SELECT unnest(problems, recursive := true) FROM faulty) ORDER BY ALL"
    ).fetchall()
    clearable = sorted({i for i, _ in broken if i < len(found) and is_clearable(layout.contract, found[i])})
    numbers = [i for i, rule in broken if rule == "pattern" and found[i].is_siret]
    for i in sorted({i for i, rule in broken if rule in ("minimum", "maximum")}):
        _drop_impossible_amounts(connection, found[i])
    if not clearable and not numbers:
        return
    position_in = f"position IN ({', '.join(map(str, [*clearable, -1]))})"
    read, rule = "CAST(NULL AS VARCHAR)", "rule"
    for i in numbers:
        value = f"v_{found[i].name}"
        of_siret = f"position = {i} AND rule = 'pattern'"
        read = f"CASE WHEN {of_siret} THEN repaired_siret({value}) ELSE {read} END"
        named = f"WHEN repaired_siret({value}) IS NOT NULL THEN '{siret.REPAIRED}'"
        rule = f"CASE WHEN {of_siret} THEN CASE {named} ELSE coalesce(siret_rule({value}), rule) END ELSE {rule} END"
    for macro in siret.macros() if numbers else ():
        connection.execute(macro)
    values = "".join(f", v_{found[i].name}" for i in numbers)
    row_rules = ", ".join(map(sql.literal, ROW_RULES))
    connection.execute(
        f"""INSERT INTO corrected
        WITH broken AS (SELECT id, {number} AS row{values}, unnest(faulty.problems, recursive := true)
            FROM staged JOIN faulty ON id = staged.rowid WHERE kind = {DATA} AND is_broken),
        judged AS (SELECT id, row, position, {rule} AS rule, value AS sent, {read} AS read,
            rule NOT IN ({row_rules}) AND ({position_in} OR {read} IS NOT NULL) AS is_corrected FROM broken)
        SELECT id, row, position, rule, sent, read FROM judged
        QUALIFY bool_and(is_corrected) OVER (PARTITION BY id) ORDER BY id, position"""
    )
    _apply(connection, found)
    connection.execute("UPDATE staged SET is_broken = false WHERE rowid IN (SELECT id FROM corrected)")


def _apply(connection: duckdb.DuckDBPyConnection, found: list[Column], condition: str = "true") -> None:
    """Give the staged cells the values read, of the corrections that meet a condition."""
    listed = f"SELECT DISTINCT position FROM corrected WHERE {condition} ORDER BY ALL"
    for (position,) in connection.execute(listed).fetchall():
        column = found[position]
        connection.execute(
            f"UPDATE staged SET v_{column.name} = CAST(corrected.read AS {column.duckdb_type}) FROM corrected"
            f" WHERE corrected.id = staged.rowid AND corrected.position = {position} AND {condition}"
        )


def _drop_impossible_amounts(connection: duckdb.DuckDBPyConnection, column: Column) -> None:
    """Beyond what the contract admits it is no amount: it counts nowhere, as one that is too large to be held."""
    if column.is_amount and column.maximum is not None:
        connection.execute(
            f"UPDATE staged SET v_{column.name} = NULL, x_{column.name} = NULL WHERE is_broken"
            f" AND abs(v_{column.name}) > {value_sql.limit(column, column.maximum)}"
        )


def give_up(connection: duckdb.DuckDBPyConnection) -> None:
    """Take back the corrections of rows whose key is broken: they are rejected, with all that is wrong in them."""
    ids = "SELECT id FROM corrected WHERE row IN (SELECT row FROM repeated)"
    connection.execute(f"UPDATE staged SET is_broken = true WHERE rowid IN ({ids})")
    connection.execute(f"DELETE FROM corrected WHERE id IN ({ids})")


def correct_texts(
    connection: duckdb.DuckDBPyConnection, layout: Layout, found: list[Column], number: str, rejected: str
) -> None:
    """Repair the texts whose UTF-8 was read as another encoding, and list those that an error word left empty."""
    accepted = f"SELECT rowid AS id, {number} AS row, odd FROM staged WHERE kind = {DATA} AND NOT {rejected}"
    connection.execute(
        f"""INSERT INTO corrected
        SELECT id, row, position, '{odd_texts.ERROR_TEXT}', value, NULL
        FROM (SELECT id, row, unnest(odd, recursive := true) FROM ({accepted} AND odd IS NOT NULL))
        WHERE what = '{odd_texts.EMPTIED}' ORDER BY id, position"""
    )
    misread = connection.execute(
        "SELECT DISTINCT position FROM (SELECT unnest(odd, recursive := true) FROM staged WHERE odd IS NOT NULL)"
        f" WHERE what = '{odd_texts.MISREAD}' ORDER BY ALL"
    ).fetchall()
    positions = [i for (i,) in misread if found[i].name not in _key_columns(layout.contract)]
    if not positions:
        return
    engine.define_functions(connection)
    for i in positions:
        value = f"v_{found[i].name}"
        is_misread = f"len(list_filter(odd, lambda o: o.position = {i} AND o.what = '{odd_texts.MISREAD}')) > 0"
        connection.execute(
            f"""INSERT INTO corrected
            SELECT * FROM (SELECT rowid, {number}, {i}, '{odd_texts.REREAD}', {value}, reread_text({value}) AS read
                FROM staged WHERE kind = {DATA} AND NOT {rejected} AND odd IS NOT NULL AND {is_misread})
            WHERE read IS NOT NULL ORDER BY ALL"""
        )
    _apply(connection, found, f"corrected.rule = '{odd_texts.REREAD}'")


def _key_columns(contract: Contract) -> set[str]:
    return {
        *contract.primary_key,
        *(name for key in contract.foreign_keys for name in key.columns),
        *(column.name for column in contract.columns if column.is_unique or column.is_identifier),
    }

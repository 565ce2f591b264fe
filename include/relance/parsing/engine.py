"""DuckDB, which types the tables. It is loaded when it is first needed, and not with the modules that use it: it takes
as long as a workbook of ten thousand rows takes to be read, and a workbook's reader runs meanwhile.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from relance.parsing import odd_texts, value_sql
from relance.parsing.canonical import canonical_key
from relance.parsing.days import read_day

if TYPE_CHECKING:
    import duckdb


def connect(scratch: Path, memory_limit: str = "2GB", threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills into `scratch`, with the macros that the compiled SQL calls.

    `threads`: how many it may use; as many as there are processors if not given.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            **({} if threads is None else {"threads": threads}),
        },
    )
    # It makes a join of a long `IN`, and behind a join rows are staged in any order: their numbers would be wrong.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    for statement in value_sql.macros():
        connection.execute(statement)
    return connection


def define_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Define `canonical_key`, `day_of` and `reread_text`, with which a table that needs a closer look is typed.

    Not on connecting: DuckDB loads pandas for them, which takes longer than an ordinary file.
    """
    from duckdb.func import SPECIAL

    defined = connection.execute("SELECT count(*) FROM duckdb_functions() WHERE function_name = 'day_of'")
    if defined.fetchall() == [(0,)]:
        connection.create_function("canonical_key", canonical_key, ["VARCHAR"], "VARCHAR")
        connection.create_function("reread_text", _reread, ["VARCHAR"], "VARCHAR", null_handling=SPECIAL)
        # Special: it gives NULL for texts that are no days.
        connection.create_function("day_of", _day_of, ["VARCHAR", "BOOLEAN", "DATE"], "DATE", null_handling=SPECIAL)


def _day_of(text: str | None, reads_months: bool, first_day: date) -> date | None:
    return None if text is None else read_day(text, reads_months, first_day)


def _reread(text: str | None) -> str | None:
    return None if text is None else odd_texts.reread(text)


def errors() -> type[Exception]:
    """What its statements raise, for an `except`."""
    import duckdb

    return duckdb.Error


def machine_errors() -> tuple[type[Exception], ...]:
    """Those of them that are of this machine and not of what was read: the next run may succeed."""
    import duckdb

    return duckdb.IOException, duckdb.OutOfMemoryException

"""DuckDB, which types the tables. It is loaded when it is first needed, and not with the modules that use it: it takes
as long as a workbook of ten thousand rows takes to be read, and a workbook's reader runs meanwhile.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relance.parsing import value_sql

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


def errors() -> type[Exception]:
    """What its statements raise, for an `except`."""
    import duckdb

    return duckdb.Error


def machine_errors() -> tuple[type[Exception], ...]:
    """Those of them that are of this machine and not of what was read: the next run may succeed."""
    import duckdb

    return duckdb.IOException, duckdb.OutOfMemoryException

"""Writing a publication: the marts of an audited build, whole, in a folder that no reader knows yet.

A publication holds `warehouse.duckdb` (marts only, as tables, closed and checkpointed), the same marts as
Parquet and CSV, and `manifest.json`, which says what they were made from and hashes every file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from relance import sql
from relance.errors import RelanceError
from relance.files import sha256_of, sync_dir, write_json

MART_SCHEMAS = ("fund", "project", "shared", "quality")
WAREHOUSE = "warehouse.duckdb"
# Opens in every client since DuckDB 1.2; the default format of a newer writer may not.
STORAGE_VERSION = "v1.2.0"


def write_publication(
    build_file: Path,
    target: Path,
    manifest: dict[str, Any],
    verdict_file: Path,
    descriptions: Mapping[str, dict[str, Any]],
) -> None:
    """Write all of a publication into `target`, which is made anew; every file is synced to disk.

    The manifest keeps of each mart its number of rows and what `descriptions` says of it.

    The order of rows is that of all columns, so the same marts give the same Parquet bytes on every machine.
    Raises `RelanceError` when the build has no marts.
    """
    shutil.rmtree(target, ignore_errors=True)
    (target / "marts").mkdir(parents=True)
    (target / "quality").mkdir()
    with duckdb.connect() as connection:
        # One thread: row groups are then cut at the same rows whatever the machine.
        connection.execute("set threads = 1")
        connection.execute(f"attach {sql.literal(build_file)} as build (read_only)")
        connection.execute(
            f"attach {sql.literal(target / WAREHOUSE)} as published (storage_version {sql.literal(STORAGE_VERSION)})"
        )
        tables = {
            f"{schema}.{name}": {
                "rows": _copy(connection, schema, name, target),
                **descriptions.get(f"{schema}.{name}", {}),
            }
            for schema, name in _marts(connection)
        }
        connection.execute("detach published")
    if not tables:
        raise RelanceError(f"{build_file} holds no marts: the warehouse was not built. Start a new run.")
    shutil.copyfile(verdict_file, target / "quality" / "verdict.json")
    files = {
        path.relative_to(target).as_posix(): {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
        for path in sorted(target.rglob("*"))
        if path.is_file()
    }
    write_json(target / "manifest.json", {**manifest, "marts": tables, "files": files})
    _sync(target)


def _marts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = 'build' and list_contains(?, table_schema) order by all",
        [list(MART_SCHEMAS)],
    ).fetchall()


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, name: str, target: Path) -> int:
    """Copy one mart into the published database, Parquet and CSV; its number of rows."""
    table = f"{sql.name(schema)}.{sql.name(name)}"
    file = target / "marts" / f"{schema}.{name}"
    connection.execute(f"create schema if not exists published.{sql.name(schema)}")
    connection.execute(f"create table published.{table} as from build.{table} order by all nulls last")
    ordered = f"(from published.{table} order by all nulls last)"
    connection.execute(f"copy {ordered} to {sql.literal(f'{file}.parquet')} (format parquet, compression zstd)")
    connection.execute(f"copy {ordered} to {sql.literal(f'{file}.csv')} (format csv, header)")
    counted = connection.execute(f"select count(*) from published.{table}").fetchone()
    return int(counted[0]) if counted else 0


def _sync(target: Path) -> None:
    """Make all of a folder durable before anything points to it."""
    for path in [*target.rglob("*"), target]:
        if path.is_dir():
            sync_dir(path)
            continue
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

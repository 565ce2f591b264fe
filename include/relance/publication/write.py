"""Writing a publication: the marts of an audited build, whole, in a folder that no reader knows yet.

A publication holds `warehouse.duckdb` (marts only, as tables with their keys and descriptions, closed and
checkpointed), the same marts as Parquet and CSV with `datapackage.json`, what the audit said, what changes against the
publication before, and `manifest.json`, which says what all was made from and hashes every file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from relance import sql
from relance.audit.data_docs import DATA_DOCS
from relance.errors import RelanceError
from relance.files import sha256_of, sync_dir, write_json
from relance.publication.changes import compare
from relance.publication.changes_page import page
from relance.publication.current import read_publication
from relance.publication.datapackage import TIMESTAMPS, describe
from relance.publication.described_tables import creating, parquet_metadata
from relance.publication.links import table

MART_SCHEMAS = ("fund", "project", "shared", "quality")
WAREHOUSE = "warehouse.duckdb"
# Opens in every client since DuckDB 1.2; the default format of a newer writer may not.
STORAGE_VERSION = "v1.2.0"
# Bytes, a fourth of what DuckDB takes by itself: the marts are small, and each index takes a block of its own at least.
BLOCK_SIZE = 65536


def write_publication(
    build_file: Path,
    target: Path,
    manifest: dict[str, Any],
    verdict_file: Path,
    descriptions: Mapping[str, dict[str, Any]],
    before: Path | None = None,
) -> None:
    """Write all of a publication into `target`, which is made anew; every file is synced to disk.

    The manifest keeps of each mart its number of rows and what `descriptions` says of it. `before` is the
    publication that this one is compared with; without one, nothing is said of changes.

    The order of rows is that of all columns, so the same marts give the same Parquet bytes on every machine.
    Raises `RelanceError` when the build has no marts, when rows of one break its key, or when the manifest is not what
    its schema says.
    """
    shutil.rmtree(target, ignore_errors=True)
    (target / "marts").mkdir(parents=True)
    (target / "quality").mkdir()
    with duckdb.connect() as connection:
        # One thread: row groups are then cut at the same rows whatever the machine.
        connection.execute("set threads = 1")
        connection.execute(f"attach {sql.literal(build_file)} as build (read_only)")
        connection.execute(
            f"attach {sql.literal(target / WAREHOUSE)} as published "
            f"(storage_version {sql.literal(STORAGE_VERSION)}, block_size {BLOCK_SIZE})"
        )
        # One transaction: each commit would wait for the disk, and each comment is a statement.
        connection.execute("begin")
        marts = {
            f"{schema}.{name}": {
                "rows": _copy(connection, schema, name, target, descriptions.get(f"{schema}.{name}", {})),
                **descriptions.get(f"{schema}.{name}", {}),
            }
            for schema, name in _marts(connection)
        }
        columns = {name: _columns(connection, table(name, "published")) for name in marts}
        connection.execute("commit")
        connection.execute("detach published")
    if not marts:
        raise RelanceError(f"{build_file} holds no marts: the warehouse was not built. Start a new run.")
    shutil.copyfile(verdict_file, target / "quality" / "verdict.json")
    if (docs := verdict_file.with_name(DATA_DOCS)).is_dir():
        shutil.copytree(docs, target / "quality" / DATA_DOCS)
    said = {**manifest, "marts": marts, "compared_to": None if before is None else _name(before)}
    package = describe(manifest["as_of_label"], marts, columns, _hashed(target, "marts/*.csv"))
    write_json(target / "datapackage.json", package)
    if before is not None:
        _write_changes(before, target, said)
    said["files"] = _hashed(target, "**/*")
    _check(said)
    write_json(target / "manifest.json", said)
    _sync(target)


def has_same_marts(publication: Path, other: Path) -> bool:
    """Whether two publications hold the same marts, byte for byte (as Parquet): rows and descriptions."""
    sides = []
    for folder in (publication, other):
        files = (read_publication(folder) or {}).get("files", {})
        sides.append({name: facts["sha256"] for name, facts in files.items() if name.endswith(".parquet")})
    return bool(sides[0]) and sides[0] == sides[1]


def _name(publication: Path) -> dict[str, Any]:
    manifest = read_publication(publication) or {}
    return {"revision": publication.resolve().name, **{n: manifest.get(n) for n in ("as_of_label", "build_id")}}


def _write_changes(before: Path, target: Path, manifest: dict[str, Any]) -> None:
    """Write `changes.json` and `changes.html`."""
    known = read_publication(before)
    if known is None:
        raise RelanceError(f"{before} holds no manifest.json: there is no publication to compare with.")
    changes = compare(before / WAREHOUSE, known, target / WAREHOUSE, manifest)
    write_json(target / "changes.json", changes)
    (target / "changes.html").write_bytes(page(changes, manifest, _ministries(target / WAREHOUSE, manifest)))


def _ministries(warehouse: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """The latest name of each ministry code."""
    if "shared.dim_ministry" not in manifest["marts"]:
        return {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return dict(
            connection.execute(
                "select ministry_code, ministry_name from shared.dim_ministry "
                "where ministry_code is not null order by is_latest_name"
            ).fetchall()
        )


def _hashed(target: Path, pattern: str) -> dict[str, dict[str, Any]]:
    return {
        path.relative_to(target).as_posix(): {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
        for path in sorted(target.glob(pattern))
        if path.is_file()
    }


def _check(manifest: dict[str, Any]) -> None:
    """Hold the manifest against its schema: what reads it can rely on that."""
    import jsonschema

    errors = list(jsonschema.Draft202012Validator(_schema()).iter_errors(manifest))
    if errors:
        said = "; ".join(
            f"{'/'.join(map(str, error.absolute_path)) or 'manifest'}: {error.message}" for error in errors[:5]
        )
        raise RelanceError(f"The manifest of build {manifest.get('build_id')} is not what its schema says: {said}.")


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((Path(__file__).with_name("manifest.schema.json")).read_text(encoding="utf-8"))
    return schema


def _marts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = 'build' and list_contains(?, table_schema) order by all",
        [list(MART_SCHEMAS)],
    ).fetchall()


def _copy(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, target: Path, described: dict[str, Any]
) -> int:
    """Copy one mart into the published database, Parquet and CSV; its number of rows."""
    mart = f"{schema}.{name}"
    published, built = table(mart, "published"), table(mart, "build")
    file = target / "marts" / mart
    connection.execute(f"create schema if not exists published.{sql.name(schema)}")
    for statement in creating(published, _columns(connection, built), described):
        connection.execute(statement)
    try:
        connection.execute(f"insert into {published} from {built} order by all nulls last")
    except duckdb.ConstraintException as error:
        raise RelanceError(
            f"{mart} is not published: its rows break its key, or lack what it says to be required ({error}). Correct "
            "the model or what dbt_project says of it, and start a new run."
        ) from error
    ordered = f"(from {published} order by all nulls last)"
    metadata = ", ".join(f"{key}: {sql.literal(text)}" for key, text in parquet_metadata(described).items())
    connection.execute(
        f"copy {ordered} to {sql.literal(f'{file}.parquet')} "
        f"(format parquet, compression zstd{f', kv_metadata {{{metadata}}}' if metadata else ''})"
    )
    connection.execute(
        f"copy {ordered} to {sql.literal(f'{file}.csv')} "
        f"(format csv, header, timestampformat {sql.literal(TIMESTAMPS)})"
    )
    counted = connection.execute(f"select count(*) from {published}").fetchone()
    return int(counted[0]) if counted else 0


def _columns(connection: duckdb.DuckDBPyConnection, quoted: str) -> list[tuple[str, str]]:
    described = connection.execute(f"describe {quoted}").fetchall()
    return [(str(name), str(type_)) for name, type_, *_ in described]


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

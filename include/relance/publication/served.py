"""Loads the current publication into PostgreSQL, where BI tools that do not read DuckDB or Parquet ask for it.

All of a load is one transaction: rows are deleted and appended, tables are altered where the publication has another
shape, the reader's role is granted what it may read. So a reader sees one publication whole at any isolation level,
and whatever happens before the end leaves the one before in place. What was measured of other ways: docs/bi.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import sql
from relance.errors import RelanceError
from relance.files import sha256_of
from relance.publication.current import CURRENT, read_publication
from relance.publication.served_tables import (
    RETIRED,
    Column,
    Table,
    changing,
    commenting,
    creating,
    quoted,
    removing,
    wanted_table,
)
from relance.publication.write import MART_SCHEMAS

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]
    from adbc_driver_manager.dbapi import Cursor

URL_VARIABLE = "RELANCE_POSTGRES_URL"
# What the copy says of itself: which publication it is, and of each mart what it holds.
SELF = "publication.current"
MARTS = "publication.marts"
_SELF_DESCRIBED: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    SELF: (
        "La publication que ces tables contiennent",
        ("build_id",),
        {
            "as_of": "Date de référence : ce qui était reçu alors est compté",
            "as_of_label": "Date de référence, telle que le dossier de la publication la porte",
            "revision": "Révision",
            "build_id": "Identifiant de la construction",
            "manifest_sha256": "Empreinte SHA-256 de son manifest.json",
            "loaded_at": "Instant du chargement",
        },
    ),
    MARTS: (
        "Les tables de la publication",
        ("mart",),
        {
            "mart": "Table",
            "label_fr": "Libellé",
            "row_count": "Nombre de lignes",
            "parquet_sha256": "Empreinte SHA-256 du fichier Parquet",
        },
    ),
}
# Another load is waited for this long, and then the transactions of readers that a change of shape has to wait for.
LOAD_WAIT = "15min"
READER_WAIT_SECONDS = 300
# Readers queue behind a lock that is waited for: never so long that PostgreSQL looks for deadlocks (1 s), and ends one.
LOCK_WAIT_MS = 400
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Loaded:
    """What a load did. `written` are the marts that were written, of `marts`; 0 when all was there already."""

    publication: str
    database: str
    marts: int
    written: int
    retired: list[str]

    def sentence(self) -> str:
        """One line for a log or a terminal."""
        if not self.written:
            return f"PostgreSQL ({self.database}) holds {self.publication} already."
        kept = f" Kept empty because a view depends on them: {', '.join(self.retired)}." if self.retired else ""
        written = f"{self.written} of {self.marts} marts written, the others are the same"
        return f"PostgreSQL ({self.database}) holds {self.publication} now: {written}.{kept}"


@dataclass(frozen=True)
class _Source:
    """A table as it should be, its rows or the Parquet file that has them, and that file's hash."""

    table: Table
    rows: pa.Table | Path
    sha256: str | None


def load_current(publications: Path, url: str, reader: str | None, is_forced: bool = False) -> Loaded:
    """Load the publication that `current` points to; `reader` is the role that may read it then.

    What is there already is not loaded again, unless `is_forced`. Which publication is current is asked when no other
    load is running any more, so that of two at once the last one loads what is current then. Raises `RelanceError`
    without any part of `url`, which holds a password.
    """
    target = _Target.of(url)
    with target.transaction() as cursor:
        cursor.execute("set transaction isolation level read committed")
        for setting, value in (("lock_timeout", LOAD_WAIT), ("statement_timeout", "0")):
            cursor.execute(f"set local {setting} = '{value}'")
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('relance.publication', 0))")
        cursor.fetchall()
        folder = (publications / CURRENT).resolve()
        if read_publication(folder) is None:
            raise RelanceError(f"Nothing is published in {publications}: there is nothing to load into PostgreSQL.")
        return _load(cursor, folder, reader, is_forced, target.said)


def _load(cursor: Cursor, folder: Path, reader: str | None, is_forced: bool, database: str) -> Loaded:
    if reader is not None and not _ask(cursor, f"select 1 from pg_roles where rolname = {sql.literal(reader)}"):
        raise RelanceError(
            f"PostgreSQL has no role {reader}, which is to read the copy. Create it (create role {sql.name(reader)} "
            "login), or name another in RELANCE_POSTGRES_READER."
        )
    name = "/".join(folder.parts[-2:])
    manifest_sha256 = sha256_of(folder / "manifest.json")
    standing = _standing(cursor)
    is_same = SELF in standing and _ask(cursor, f"select manifest_sha256 from {SELF}") == [(manifest_sha256,)]
    if is_same and not is_forced:
        return Loaded(name, database, 0, 0, [])
    known = dict(_ask(cursor, f"select mart, parquet_sha256 from {MARTS}")) if MARTS in standing else {}
    sources = {one.table.name: one for one in _sources(folder, manifest_sha256)}
    _check_ours(standing, sources, known)
    written = _write(cursor, standing, sources, known, is_forced)
    if reader is not None:
        _grant(cursor, list(sources), reader)
    marts = sources.keys() - _SELF_DESCRIBED.keys()
    return Loaded(name, database, len(marts), len(marts & written), _retired(cursor))


def _write(
    cursor: Cursor, standing: dict[str, Table], sources: dict[str, _Source], known: dict[str, str], is_forced: bool
) -> set[str]:
    """Make the tables that stand those of the publication; the names of those whose rows were written.

    What readers have to be kept from comes last, so that they wait for no more than what needs it.
    """
    changes = {
        table: list(changing(standing[table], one.table, is_forced)) if table in standing else []
        for table, one in sources.items()
    }
    written = {
        table
        for table, one in sources.items()
        if is_forced or table not in standing or changes[table] or one.sha256 is None or known.get(table) != one.sha256
    }
    reshaped = sorted(table for table in written if changes[table])
    gone = [
        one
        for table, one in standing.items()
        if table not in sources and (table in known or (is_forced and one.comment == RETIRED))
    ]
    for schema in sorted({table.split(".")[0] for table in sources}):
        cursor.execute(f"create schema if not exists {sql.name(schema)}")
    for table in sorted(written - set(reshaped)):
        if table in standing:
            cursor.execute(f"delete from {quoted(table)}")
        else:
            _run(cursor, creating(sources[table].table))
        _append(cursor, sources[table])
    _lock(cursor, [*reshaped, *(one.name for one in gone)])
    for table in reshaped:
        cursor.execute(f"delete from {quoted(table)}")
        _run(cursor, changes[table])
        _append(cursor, sources[table])
    for one in gone:
        cursor.execute(f"delete from {quoted(one.name)}")
        cursor.execute(removing(one))
    for table, source in sources.items():
        _run(cursor, commenting(source.table, standing.get(table)))
    return written


def _check_ours(standing: dict[str, Table], sources: dict[str, _Source], known: dict[str, str]) -> None:
    """Touch no table that somebody else made."""
    ours = {*known, *_SELF_DESCRIBED, *(name for name, one in standing.items() if one.comment == RETIRED)}
    if foreign := sorted(name for name in sources if name in standing and name not in ours):
        raise RelanceError(
            f"PostgreSQL holds {', '.join(foreign)} already, which no load of ours made ({MARTS} does not name it): "
            "move or drop what stands there, or give the copy a database of its own."
        )


def _sources(folder: Path, manifest_sha256: str) -> Iterator[_Source]:
    """Every table of a publication, by its own manifest and files."""
    import pyarrow as pa
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    manifest = read_publication(folder) or {}
    hashes = {}
    for name, described in manifest["marts"].items():
        path = f"marts/{name}.parquet"
        hashes[name] = manifest["files"][path]["sha256"]
        file = folder / path
        if not file.is_file() or sha256_of(file) != hashes[name]:
            raise RelanceError(
                f"{file} is not what its manifest says: nothing is loaded into PostgreSQL. See what else differs "
                "(relance publications verify), and roll back, or publish that date again."
            )
        yield _Source(wanted_table(name, described, pq.read_schema(file)), file, hashes[name])
    as_of, loaded_at = dt.datetime.fromisoformat(manifest["as_of"]), dt.datetime.now(dt.UTC)
    instant = pa.timestamp("us", "UTC")
    facts = {
        "as_of": pa.array([as_of], instant),
        "as_of_label": [manifest["as_of_label"]],
        "revision": [folder.name],
        "build_id": [manifest["build_id"]],
        "manifest_sha256": [manifest_sha256],
        "loaded_at": pa.array([loaded_at], instant),
    }
    marts = {
        "mart": list(manifest["marts"]),
        "label_fr": [one.get("label_fr", name) for name, one in manifest["marts"].items()],
        "row_count": [one["rows"] for one in manifest["marts"].values()],
        "parquet_sha256": [hashes[name] for name in manifest["marts"]],
    }
    for name, rows in ((SELF, pa.table(facts)), (MARTS, pa.table(marts))):
        label, key, columns = _SELF_DESCRIBED[name]
        described = {
            "label_fr": label,
            "key": key,
            "columns": [
                {"name": column, "label_fr": text, "unit": "text", "is_required": True}
                for column, text in columns.items()
            ],
        }
        yield _Source(wanted_table(name, described, rows.schema), rows, None)


def _batches(file: Path) -> pa.RecordBatchReader:
    """The rows of a Parquet file, a batch at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parquet = pq.ParquetFile(file)
    return pa.RecordBatchReader.from_batches(parquet.schema_arrow, parquet.iter_batches(BATCH_ROWS))


def _standing(cursor: Cursor) -> dict[str, Table]:
    """The tables, and whatever else has a name like one, in the schemas of the copy."""
    schemas = ", ".join(map(sql.literal, (*MART_SCHEMAS, SELF.split(".")[0])))
    rows = _ask(
        cursor,
        f"""
        select
            n.nspname || '.' || c.relname, coalesce(obj_description(c.oid, 'pg_class'), ''), c.relkind::text,
            a.attname::text, a.attnum::integer, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            coalesce(col_description(c.oid, a.attnum), ''), array_position(k.conkey, a.attnum)
        from pg_class as c
        join pg_namespace as n on c.relnamespace = n.oid
        left join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
        left join pg_constraint as k on c.oid = k.conrelid and k.contype = 'p'
        where n.nspname in ({schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        order by c.oid, a.attnum
        """,
    )
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    tables = {}
    for name, columns in found.items():
        keyed = sorted((row[8], row[3]) for row in columns if row[8] is not None)
        tables[name] = Table(
            name=name,
            columns=tuple(Column(row[3], row[5], row[6], row[7]) for row in columns if row[3] is not None),
            key=tuple(column for _, column in keyed),
            comment=columns[0][1],
            numbers={row[3]: row[4] for row in columns if row[3] is not None},
        )
    return tables


def _lock(cursor: Cursor, tables: list[str]) -> None:
    """Keep readers from tables whose shape changes, once none of their transactions has them.

    The server tries again and again, each time for less than it takes a reader who queues behind it to look for a
    deadlock, and gives all locks back in between.
    """
    if not tables:
        return
    wait_ms = max(LOCK_WAIT_MS // len(tables), 10)
    cursor.execute(
        f"""
        do $relance$
        declare
            give_up_at timestamptz := clock_timestamp() + interval '{READER_WAIT_SECONDS} seconds';
        begin
            perform set_config('lock_timeout', '{wait_ms}ms', true);
            loop
                begin
                    lock table {", ".join(map(quoted, tables))} in access exclusive mode;
                    return;
                exception when lock_not_available then
                    if clock_timestamp() > give_up_at then
                        raise;
                    end if;
                    perform pg_sleep(0.2);
                end;
            end loop;
        end $relance$
        """
    )


def _append(cursor: Cursor, source: _Source) -> None:
    schema, name = source.table.name.split(".")
    rows = _batches(source.rows) if isinstance(source.rows, Path) else source.rows
    cursor.adbc_ingest(name, rows, mode="append", db_schema_name=schema)


def _grant(cursor: Cursor, tables: list[str], reader: str) -> None:
    """Let the role read every table; it is given nothing else."""
    role = sql.name(reader)
    for schema in sorted({table.split(".")[0] for table in tables}):
        cursor.execute(f"grant usage on schema {sql.name(schema)} to {role}")
    lacking = _ask(
        cursor,
        f"select name from unnest(array[{', '.join(map(sql.literal, tables))}]) as name "
        f"where not has_table_privilege({sql.literal(reader)}, name, 'select')",
    )
    if lacking:
        cursor.execute(f"grant select on {', '.join(quoted(name) for (name,) in lacking)} to {role}")


def _retired(cursor: Cursor) -> list[str]:
    """What is kept empty because something depends on it."""
    rows = _ask(
        cursor,
        "select d.objoid::regclass::text || coalesce('.' || a.attname, '') from pg_description as d "
        "left join pg_attribute as a on d.objoid = a.attrelid and d.objsubid = a.attnum and a.attnum > 0 "
        f"where d.classoid = 'pg_class'::regclass and d.description = {sql.literal(RETIRED)} order by 1",
    )
    return [name for (name,) in rows]


def _run(cursor: Cursor, statements: Iterable[str]) -> None:
    for statement in statements:
        cursor.execute(statement)


def _ask(cursor: Cursor, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


@dataclass(frozen=True)
class _Target:
    """A database, and how it may be named where people read it."""

    conninfo: str
    said: str
    secrets: tuple[str, ...]

    @classmethod
    def of(cls, url: str) -> _Target:
        """Read a URL (or libpq's `key=value` text). Raises `RelanceError` without any part of it."""
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        try:
            parts = conninfo_to_dict(url)
        except ProgrammingError:
            # libpq quotes what it could not read, which may be the password.
            raise RelanceError(
                "The address of the PostgreSQL database cannot be read: expected "
                "postgresql://user:password@host:5432/database (percent-encode what is neither letter nor digit in the "
                f"password). It stands in {URL_VARIABLE}, or in the Airflow connection."
            ) from None
        more = {
            "application_name": "relance",
            "client_encoding": "utf8",
            "connect_timeout": "10",
            "tcp_user_timeout": "60000",
        }
        password = str(parts.get("password") or "")
        return cls(
            conninfo=make_conninfo(url, **{name: value for name, value in more.items() if name not in parts}),
            said=f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}",
            secrets=tuple(one for one in (url, password) if one),
        )

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A transaction that is committed at the end, or leaves everything as it was."""
        import adbc_driver_postgresql.dbapi as postgres  # type: ignore[import-untyped]

        try:
            with closing(postgres.connect(self.conninfo)) as connection, closing(connection.cursor()) as cursor:
                yield cursor
                connection.commit()
        except postgres.Error as error:
            raise self._told(error) from None

    def _told(self, error: Exception) -> RelanceError:
        said = " ".join(str(error).split())
        for secret in self.secrets:
            said = said.replace(secret, "…")
        return RelanceError(
            f"The copy in PostgreSQL ({self.said}) was not brought up to date, and stays as it was: {said} "
            "The publication itself is not concerned. Mend what is named, then: relance publications serve."
        )

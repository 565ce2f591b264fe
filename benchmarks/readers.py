"""What readers see while publications are switched: `python -m benchmarks.readers [--switches N] [--naive N]`.

Small publications, in which every row of every mart carries the publication's number, are written, placed, switched,
loaded into PostgreSQL and pruned by the project's own functions. Meanwhile processes read in loops, as docs/bi.md says:

- files: half open `current/warehouse.duckdb`, half resolve `current` once and read the Parquet files there;
- clients of PostgreSQL: single statements in read committed, transactions of three statements in repeatable read and
  serializable, and transactions of both that hold their snapshot over many switches.

A read fails when it raises, is mixed when it sees two numbers, and is empty when a mart has not all its rows. Beside it
stands what one would do without thinking of readers (`--naive` switches each; 0 leaves it out).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from relance.publication.current import CURRENT
from relance.publication.served import load_current
from relance.publication.shelf import outdated, remove
from tests.marts import NIGHT, put
from tests.servers.postgres import READER, PostgresServer

ROWS = 2_000
MARTS = ("fund.awards", "fund.lines", "project.editions")
HELD_READS = 20
HELD_PAUSE_SECONDS = 0.1

# A reader: what it reads with, and how.
FILES = ("duckdb", "parquet")
CLIENTS = (
    ("read committed", False),
    ("repeatable read", False),
    ("serializable", False),
    ("repeatable read", True),
    ("read committed", False),
    ("repeatable read", False),
    ("serializable", False),
    ("serializable", True),
)


def rows_of(number: int) -> str:
    return f"select {number} as number, i as id, 'texte ' || i as said from range({ROWS}) as r (i)"  # noqa: S608


# ---------------------------------------------------------------- readers, each a loop of reads in a process


def judge(seen: list[tuple[int, int, int]]) -> str:
    """`whole`, `mixed` or `empty`, of the lowest and highest number and the count of each mart."""
    if any(count != ROWS for *_, count in seen):
        return "empty"
    return "whole" if len({number for low, high, _ in seen for number in (low, high)}) == 1 else "mixed"


def facts_of(mart: str) -> str:
    return f"select min(number), max(number), count(*) from {mart}"  # noqa: S608


def from_duckdb(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        yield judge([connection.execute(facts_of(mart)).fetchall()[0] for mart in MARTS])


def from_parquet(publications: Path, is_resolved: bool = True) -> Iterator[str]:
    folder = publications / CURRENT
    if is_resolved:
        folder = folder.resolve()
    with duckdb.connect() as connection:
        files = [f"'{folder}/marts/{mart}.parquet'" for mart in MARTS]
        yield judge([connection.execute(facts_of(file)).fetchall()[0] for file in files])


def from_postgres(url: str, isolation: str, is_held: bool) -> Iterator[str]:
    """One transaction; in read committed, where each statement has a snapshot of its own, one statement."""
    with psycopg.connect(url) as connection:
        connection.execute(f"set transaction isolation level {isolation}")
        if isolation == "read committed":
            parts = [facts_of(mart) for mart in MARTS]
            yield judge(connection.execute(" union all ".join(parts)).fetchall())
            return
        first = None
        for _ in range(HELD_READS if is_held else 1):
            seen = [connection.execute(facts_of(mart)).fetchall()[0] for mart in MARTS]
            first = first or seen
            said = judge(seen)
            yield "mixed" if said == "whole" and seen != first else said
            if is_held:
                time.sleep(HELD_PAUSE_SECONDS)


def read_on(
    read: Callable[..., Iterator[str]], arguments: tuple[Any, ...], ready: Any, stop: Any, results: Any, name: str
) -> None:
    """Read once, wait for the others, and read until told to stop; the counts, and how each kind of failure begins."""
    counts: Counter[str] = Counter()
    failures: Counter[str] = Counter()

    def read_once() -> None:
        try:
            for said in read(*arguments):
                counts[said] += 1
        except Exception as error:  # whatever a reader gets is what is counted here
            counts["failed"] += 1
            failures[f"{type(error).__name__}: {str(error)[:90]}"] += 1

    read_once()
    ready.wait()
    while not stop.is_set():
        read_once()
    results.put((name, dict(counts), dict(failures)))


Reader = tuple[str, Callable[..., Iterator[str]], tuple[Any, ...]]


def under_readers(readers: list[Reader], write: Callable[[int], None], numbers: range) -> dict[str, Any]:
    """Write every number while the readers read, each of whom has read once before; their counts by kind."""
    context = multiprocessing.get_context("spawn")
    ready, stop, results = context.Barrier(len(readers) + 1, timeout=120), context.Event(), context.Queue()
    processes = [
        context.Process(target=read_on, args=(read, arguments, ready, stop, results, name))
        for name, read, arguments in readers
    ]
    for process in processes:
        process.start()
    ready.wait()
    begun, refused = time.monotonic(), 0
    for number in numbers:
        try:
            write(number)
        except (duckdb.Error, psycopg.Error):
            refused += 1
    seconds = time.monotonic() - begun
    stop.set()
    totals: dict[str, Counter[str]] = {}
    failures: Counter[str] = Counter()
    for _ in processes:
        name, counts, failed = results.get(timeout=120)
        totals.setdefault(name, Counter()).update(counts)
        failures.update(failed)
    for process in processes:
        process.join()
    return {
        "switches": len(numbers),
        "refused_writes": refused,
        "seconds": round(seconds, 1),
        "readers": {
            name: {"reads": sum(counts.values()), **{kind: counts[kind] for kind in ("failed", "mixed", "empty")}}
            for name, counts in sorted(totals.items())
        },
        "failures": dict(failures.most_common(3)),
    }


def client_readers(url: str, count: int) -> list[Reader]:
    return [
        (f"PostgreSQL, {isolation}{', held' if is_held else ''}", from_postgres, (url, isolation, is_held))
        for isolation, is_held in islice(cycle(CLIENTS), count)
    ]


# ---------------------------------------------------------------- ours


def ours(folder: Path, server: PostgresServer, files: int, clients: int, switches: int) -> dict[str, Any]:
    publications = folder / "publications"
    database = "ours"
    server.execute(f"create database {database}")

    def switch(number: int) -> None:
        as_of = NIGHT + dt.timedelta(minutes=number)
        put(publications, dict.fromkeys(MARTS, rows_of(number)), {mart: {"key": ["id"]} for mart in MARTS}, as_of)
        load_current(publications, server.url(database), READER)
        for one in outdated(publications, NIGHT + dt.timedelta(days=99), 1):
            remove(publications, one)

    switch(0)
    kinds = {
        "duckdb": ("current/warehouse.duckdb", from_duckdb, (publications / CURRENT / "warehouse.duckdb",)),
        "parquet": ("current, resolved, and its Parquet", from_parquet, (publications,)),
    }
    readers: list[Reader] = [kinds[kind] for kind in islice(cycle(FILES), files)]
    readers += client_readers(server.reader_url(database), clients)
    return under_readers(readers, switch, range(1, switches + 1))


# ---------------------------------------------------------------- what one would do without thinking of readers


def naive_duckdb(folder: Path, files: int, switches: int) -> dict[str, Any]:
    """The models built one after another in the file that is read, as a dbt target there does, tried for 5 seconds"""
    path = folder / "live.duckdb"

    def opened() -> duckdb.DuckDBPyConnection:
        until = time.monotonic() + 5
        while True:
            try:
                return duckdb.connect(str(path))
            except duckdb.IOException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.005)

    def build(number: int) -> None:
        with opened() as connection:
            for mart in MARTS:
                connection.execute(f"create schema if not exists {mart.split('.')[0]}")
                connection.execute(f"create or replace table {mart} as {rows_of(number)}")

    build(0)
    return under_readers([("DuckDB file built in place", from_duckdb, (path,))] * files, build, range(1, switches + 1))


def naive_copy(folder: Path, files: int, switches: int) -> dict[str, Any]:
    """A file built elsewhere and copied over the one that is read"""
    path, aside = folder / "copied.duckdb", folder / "aside.duckdb"

    def build(number: int) -> None:
        aside.unlink(missing_ok=True)
        with duckdb.connect(str(aside)) as connection:
            for mart in MARTS:
                connection.execute(f"create schema if not exists {mart.split('.')[0]}")
                connection.execute(f"create or replace table {mart} as {rows_of(number)}")
        path.write_bytes(aside.read_bytes())

    build(0)
    return under_readers([("DuckDB file copied over", from_duckdb, (path,))] * files, build, range(1, switches + 1))


def naive_parquet(folder: Path, files: int, switches: int) -> dict[str, Any]:
    """Our publications, whose Parquet files are read one after another through `current`, not resolved"""
    publications = folder / "unresolved"

    def switch(number: int) -> None:
        put(publications, dict.fromkeys(MARTS, rows_of(number)), {}, NIGHT + dt.timedelta(minutes=number))

    switch(0)
    readers: list[Reader] = [("Parquet through current, not resolved", from_parquet, (publications, False))] * files
    return under_readers(readers, switch, range(1, switches + 1))


def fill(number: int, table: str) -> str:
    return f"insert into {table} {rows_of(number).replace('range(', 'generate_series(0, -1 + ')}"


def truncating(connection: Any, number: int) -> None:
    with connection.transaction():
        for mart in MARTS:
            connection.execute(f"truncate {mart}")
            connection.execute(fill(number, mart))


def replacing_tables(connection: Any, number: int) -> None:
    """Each table made anew in a transaction of its own, as dbt's tables and pandas' `to_sql` are."""
    for mart in MARTS:
        with connection.transaction():
            connection.execute(f"drop table if exists {mart}")
            connection.execute(f"create table {mart} (number int, id int, said text)")
            connection.execute(fill(number, mart))
            connection.execute(f"grant select on {mart} to {READER}")


def renaming_schemas(connection: Any, number: int) -> None:
    with connection.transaction():
        for schema in ("fund", "project"):
            connection.execute(f"create schema {schema}_new")
        for mart in MARTS:
            table = mart.replace(".", "_new.")
            connection.execute(f"create table {table} (number int, id int, said text)")
            connection.execute(fill(number, table))
            connection.execute(f"grant select on {table} to {READER}")
        for schema in ("fund", "project"):
            connection.execute(f"grant usage on schema {schema}_new to {READER}")
            connection.execute(f"alter schema {schema} rename to {schema}_old")
            connection.execute(f"alter schema {schema}_new rename to {schema}")
    with connection.transaction():
        for schema in ("fund", "project"):
            connection.execute(f"drop schema {schema}_old cascade")


def naive_postgres(
    server: PostgresServer, write: Callable[[Any, int], None], clients: int, switches: int
) -> dict[str, Any]:
    database = write.__name__
    server.execute(f"create database {database}")
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        for schema in ("fund", "project"):
            connection.execute(f"create schema {schema}")  # type: ignore[arg-type]
            connection.execute(f"grant usage on schema {schema} to {READER}")  # type: ignore[arg-type]
        replacing_tables(connection, 0)
        return under_readers(
            client_readers(server.reader_url(database), clients),
            lambda number: write(connection, number),
            range(1, switches + 1),
        )


def show(title: str, found: dict[str, Any]) -> None:
    refused = f", {found['refused_writes']} writes refused" if found["refused_writes"] else ""
    print(f"\n{title}: {found['switches']} switches in {found['seconds']} s{refused}")
    print(f"  {'reader':<42}{'reads':>8}{'failed':>8}{'mixed':>8}{'empty':>8}")
    for name, counts in found["readers"].items():
        print(f"  {name:<42}" + "".join(f"{counts[kind]:>8}" for kind in ("reads", "failed", "mixed", "empty")))
    for failure, count in found["failures"].items():
        print(f"  {count} times {failure}")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--switches", type=int, default=200)
    parser.add_argument("--files", type=int, default=8, help="processes that read files")
    parser.add_argument("--clients", type=int, default=8, help="processes that read PostgreSQL")
    parser.add_argument("--naive", type=int, default=50, help="switches of each other way")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            ways: dict[str, Callable[[], dict[str, Any]]] = {
                "ours": lambda: ours(folder, server, asked.files, asked.clients, asked.switches)
            }
            if asked.naive:
                for other in (naive_duckdb, naive_copy, naive_parquet):
                    title = f"{other.__name__}: {other.__doc__}"
                    ways[title] = lambda other=other: other(folder, asked.files, asked.naive)  # type: ignore[misc]
                for write in (truncating, replacing_tables, renaming_schemas):
                    ways[f"PostgreSQL, {write.__name__}"] = lambda write=write: naive_postgres(  # type: ignore[misc]
                        server, write, asked.clients, asked.naive
                    )
            for title, way in ways.items():
                found[title] = way()
                if not asked.json:
                    show(title, found[title])
    finally:
        server.stop()
    if asked.json:
        print(json.dumps(found))
    bad = [
        counts for counts in found["ours"]["readers"].values() if sum(counts[k] for k in ("failed", "mixed", "empty"))
    ]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

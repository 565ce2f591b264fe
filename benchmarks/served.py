"""What loading PostgreSQL costs: `python -m benchmarks.served [--rows N]` (1,000,000).

1. A mart of N rows of eight columns: loaded into an empty database and over another publication's rows, beside what one
   would write instead, both into the same table and in one transaction: psycopg's COPY and row by row (`executemany`).
2. The publication that is current in RELANCE_DATA_DIR, where there is one.
3. The size of the tables while 50 publications are loaded one after another, with autovacuum as PostgreSQL has it.

Seconds are the best of three.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pyarrow.parquet as pq

from relance.publication.current import CURRENT, read_publication
from relance.publication.served import load_current
from relance.settings import Settings
from tests.marts import NIGHT, put
from tests.servers.postgres import READER, PostgresServer

RUNS = 3
MART = "fund.awards"
BY_HAND = "create table by_hand (like fund.awards including all)"


def rows_of(number: int, rows: int) -> str:
    return f"""
        select i as id, 'ITN' || i % 9 as line_code, 'Commune ' || i % 30000 as beneficiary_name,
            (i * 1.01)::decimal(18, 2) as awarded_eur, ({number} * 0.5)::decimal(18, 2) as paid_eur,
            0.284::decimal(18, 6) as rate_ratio, date '2021-01-01' + (i % 80)::integer as awarded_on,
            i % 2 = 0 as is_new
        from range({rows}) as r (i)
    """  # noqa: S608


def best(action: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    seconds = []
    for _ in range(RUNS):
        before()
        begun = time.monotonic()
        action()
        seconds.append(time.monotonic() - begun)
    return min(seconds)


def million(server: PostgresServer, folder: Path, rows: int) -> None:
    server.execute("create database million")
    publications, url = folder / "million", server.url("million")
    publication = put(publications, {MART: rows_of(1, rows)}, {MART: {"key": ["id"]}})
    table = pq.read_table(publication / "marts" / f"{MART}.parquet")

    def drop() -> None:
        server.execute("drop schema if exists fund cascade; drop schema if exists publication cascade", "million")

    def by_hand(write: Callable[[psycopg.Cursor], None]) -> float:
        def run() -> None:
            with psycopg.connect(url) as connection, connection.cursor() as cursor:
                cursor.execute("drop table if exists by_hand")
                cursor.execute(BY_HAND)
                write(cursor)

        return best(run)

    def copy(cursor: psycopg.Cursor) -> None:
        with cursor.copy("copy by_hand from stdin") as out:
            for batch in table.to_batches():
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    out.write_row(row)

    def row_by_row(cursor: psycopg.Cursor) -> None:
        for batch in table.to_batches():
            values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            cursor.executemany("insert into by_hand values (%s, %s, %s, %s, %s, %s, %s, %s)", values)

    first = best(lambda: load_current(publications, url, READER), drop)
    again = best(lambda: load_current(publications, url, READER, is_forced=True))
    print(f"{rows:,} rows of 8 columns, with a primary key:")
    for name, seconds in (
        ("load into an empty database", first),
        ("load over another publication", again),
        ("psycopg COPY, row by row in Python", by_hand(copy)),
        ("psycopg executemany", by_hand(row_by_row)),
    ):
        print(f"  {name:<40}{seconds:7.2f} s  {seconds / first:6.1f} times the first")
    sys.stdout.flush()


def standing(server: PostgresServer) -> None:
    publications = Settings.from_env().publications_dir
    manifest = read_publication(publications / CURRENT)
    if manifest is None:
        print(f"Nothing is published in {publications}.")
        return
    server.execute("create database standing")
    rows = sum(mart["rows"] for mart in manifest["marts"].values())
    first = best(
        lambda: load_current(publications, server.url("standing"), READER),
        lambda: server.execute("drop schema if exists fund, project, shared, quality, publication cascade", "standing"),
    )
    again = best(lambda: load_current(publications, server.url("standing"), READER, is_forced=True))
    print(f"{len(manifest['marts'])} marts, {rows} rows: first load {first:.2f} s, every mart again {again:.2f} s")


def sizes(server: PostgresServer, folder: Path, rows: int, switches: int = 50) -> None:
    server.execute("create database sizes")
    found = []
    for number in range(switches):
        put(folder / "sizes", {MART: rows_of(number, rows)}, {MART: {"key": ["id"]}}, NIGHT + dt.timedelta(days=number))
        load_current(folder / "sizes", server.url("sizes"), READER)
        ((size,),) = server.query(f"select pg_total_relation_size('{MART}')", "sizes")
        found.append(size)
        time.sleep(3)
    ((vacuums,),) = server.query(
        "select sum(autovacuum_count) from pg_stat_user_tables where schemaname = 'fund'", "sizes"
    )
    print(
        f"{switches} loads of {rows} rows, one every 3 s and more: size after the first 1, after the second "
        f"{found[1] / found[0]:.1f}, at most {max(found) / found[0]:.1f}, after the last {found[-1] / found[0]:.1f} "
        f"({vacuums} autovacuums, one a minute at most)"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    server = PostgresServer("shared_buffers=256MB", "max_wal_size=4GB")
    try:
        with tempfile.TemporaryDirectory() as name:
            million(server, Path(name), asked.rows)
            standing(server)
            sizes(server, Path(name), min(asked.rows, 50_000))
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

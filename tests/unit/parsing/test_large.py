"""Files of several row groups: rows keep their numbers, the same bytes on any number of threads, memory bounded."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import duckdb
import pytest

from relance.parsing import load_contracts
from relance.parsing.engine import connect
from relance.parsing.layout import match_header
from relance.parsing.table_parse import PART_ROWS, TableResult, parse_table, rows_path
from relance.parsing.text_table import Body, NumberedRow

HEADER = (
    "N° de subvention", "Ligne du fonds", "Bénéficiaire", "Intitulé du projet", "Date de décision",
    "Montant accordé (€)",
)  # fmt: skip
ROWS = 3 * PART_ROWS + 68_640
# DuckDB reads a CSV in pieces of at most 32 MB, by any thread that is free: two of them at least.
MIN_BYTES = 65_000_000
# Less than the file of that test; the reader's own buffers of 32 MB have to fit.
MEMORY_MB = 180
# One row in 50,000 is rejected, so that a part has fewer rows than were read for it.
REJECTED = tuple(range(49_999, ROWS, 50_000))


def _write_body(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(";".join(HEADER) + "\n")
        for i in range(rows):
            amount = "douze" if i in REJECTED else f"{i % 10_007},{i % 100:02d}"
            project = f"Projet {i * i % 1_000_003} de {i % 977} ".ljust(140, "x")
            stream.write(f"S{i:07d};ITN{i % 7 + 1};Commune {i % 991};{project};2021-0{i % 9 + 1}-11;{amount}\n")
    return path


@pytest.fixture(scope="module")
def body_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = _write_body(tmp_path_factory.mktemp("large") / "body.csv", ROWS)
    assert path.stat().st_size > MIN_BYTES
    return path


def _parsed(
    body_file: Path, target: Path, threads: int | None = None, rows: int = ROWS, memory_limit: str = "2GB"
) -> TableResult:
    (contract,) = (c for c in load_contracts("submission") if c.table == "awards")
    layout = match_header(NumberedRow(1, HEADER), contract)
    body = Body(body_file, len(HEADER), 1, is_numbered=False, delimiter=";", skip_lines=1, record_count=rows)
    target.mkdir(exist_ok=True)
    with connect(target, memory_limit) as connection:
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        return parse_table(connection, layout, [body], None, target)


def _differing(target: Path, other: Path) -> set[str]:
    """The names of the files that are not the same in both folders; comparing the bytes by `==` would print them."""
    here, there = ({path.name: path.read_bytes() for path in one.glob("*.parquet")} for one in (target, other))
    return {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}


def _parsed_on_one_core(body_file: Path, target: Path) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _parsed(body_file, target)


@pytest.fixture(scope="module")
def parsed(body_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a parse by two threads."""
    target = tmp_path_factory.mktemp("parsed") / "two"
    result = _parsed(body_file, target, 2)
    assert (result.rows_in, result.rows_rejected) == (ROWS, len(REJECTED))
    return target


def test_rows_keep_their_order_and_their_numbers(parsed: Path) -> None:
    rows = duckdb.read_parquet(str(rows_path(parsed, "awards"))).select("row_number, award_id").fetchall()
    wanted = [(i + 2, f"S{i:07d}") for i in range(ROWS) if i not in REJECTED]
    assert len(rows) == len(wanted)
    assert next((pair for pair in zip(rows, wanted, strict=True) if pair[0] != pair[1]), None) is None
    rejects = duckdb.read_parquet(str(parsed / "awards.rejects.parquet")).select("row_number, value").fetchall()
    assert rejects == [(i + 2, "douze") for i in REJECTED]


@pytest.mark.parametrize("threads", [1, 3, 8])
def test_any_number_of_threads_writes_the_same_bytes(
    body_file: Path, parsed: Path, tmp_path: Path, threads: int
) -> None:
    _parsed(body_file, tmp_path / "again", threads)
    assert _differing(tmp_path / "again", parsed) == set()


def test_a_machine_of_one_core_writes_the_same_bytes(body_file: Path, parsed: Path, tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_parsed_on_one_core, args=(body_file, tmp_path / "one"))
    child.start()
    child.join()
    assert _differing(tmp_path / "one", parsed) == set()


def test_a_file_may_be_larger_than_the_memory_allowed(tmp_path: Path) -> None:
    rows = 3 * ROWS
    path = _write_body(tmp_path / "body.csv", rows)
    assert path.stat().st_size > MEMORY_MB * 1_000_000
    result = _parsed(path, tmp_path / "parsed", rows=rows, memory_limit=f"{MEMORY_MB}MB")
    rejected = len(range(REJECTED[0], ROWS, 50_000))
    assert (result.rows_in, result.rows_rejected) == (rows, rejected)


def test_a_long_table_is_written_in_parts_of_as_many_rows_read(parsed: Path) -> None:
    parts = sorted(path.name for path in parsed.glob("awards.rows*"))
    assert parts == [f"awards.rows.{n:04d}.parquet" for n in (1, 2, 3, 4)]
    counts = [duckdb.read_parquet(str(parsed / part)).count("*").fetchall()[0][0] for part in parts]
    wanted = [min(PART_ROWS, ROWS - first) for first in range(0, ROWS, PART_ROWS)]
    assert counts == [
        rows - sum(first * PART_ROWS <= i < (first + 1) * PART_ROWS for i in REJECTED)
        for first, rows in enumerate(wanted)
    ]


def test_what_a_reading_wrote_that_was_given_up_does_not_stay(body_file: Path, tmp_path: Path) -> None:
    for left in ("awards.rows.parquet", "awards.rows.0009.parquet"):
        (tmp_path / left).write_text("not whole")
    _parsed(body_file, tmp_path)
    assert len(list(tmp_path.glob("awards.rows*"))) == 4


def test_a_table_of_one_part_is_one_file_and_the_same_on_any_number_of_threads(tmp_path: Path) -> None:
    body_file = _write_body(tmp_path / "body.csv", PART_ROWS)
    for threads in (1, 2, 4):
        _parsed(body_file, tmp_path / str(threads), threads, PART_ROWS)
        assert _differing(tmp_path / str(threads), tmp_path / "1") == set()
    path = str(tmp_path / "1" / "awards.rows.parquet")
    groups = duckdb.execute("SELECT count(DISTINCT row_group_id) FROM parquet_metadata(?)", [path]).fetchall()
    numbers = [number for (number,) in duckdb.execute("SELECT row_number FROM read_parquet(?)", [path]).fetchall()]
    assert groups == [(1,)]
    assert numbers == [i + 2 for i in range(PART_ROWS) if i not in REJECTED]

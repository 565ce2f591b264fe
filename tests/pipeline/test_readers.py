"""Readers of files and of PostgreSQL while publications are switched: the benchmark, at a smaller count."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.pipeline.house import PROJECT

READERS = {
    "current/warehouse.duckdb",
    "current, resolved, and its Parquet",
    "PostgreSQL, read committed",
    "PostgreSQL, repeatable read",
    "PostgreSQL, serializable",
    "PostgreSQL, repeatable read, held",
}


@pytest.mark.xdist_group("postgres")
@pytest.mark.usefixtures("postgres")
def test_no_reader_fails_or_sees_two_publications_while_twelve_are_switched() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.readers",
            "--json",
            "--naive=0",
            "--switches=12",
            "--files=2",
            "--clients=4",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(run.stdout)["ours"]
    assert found["failures"] == {}
    assert set(found["readers"]) == READERS
    for name, seen in found["readers"].items():
        assert seen["reads"] > 0, name
        assert (seen["failed"], seen["mixed"], seen["empty"]) == (0, 0, 0), name

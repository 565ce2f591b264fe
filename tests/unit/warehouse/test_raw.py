"""The raw schema of a build: each accepted row of each received file, once, with the receipt that it came by."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance import asof, stages
from relance.settings import Settings
from relance.warehouse.manifest import compose, manifest_of
from relance.warehouse.raw import create_build_file

SUBMISSIONS = Path(__file__).parents[3] / "samples" / "submissions"


def _raw_rows(settings: Settings, build_file: Path) -> dict[str, list[Any]]:
    at = asof.now()
    create_build_file(settings, manifest_of(settings, "a build", at, compose(settings, at)), build_file)
    with duckdb.connect(str(build_file), read_only=True) as connection:
        tables = ("awards", "execution", "cover", "rejects", "rejected_amounts", "corrections")
        return {table: connection.execute(f"from raw.{table} order by all").fetchall() for table in tables}


def test_rows_in_parts_are_the_rows_of_their_receipt(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    for path in [*SUBMISSIONS.glob("*.csv"), SUBMISSIONS / "EDU_2021-T2.xlsx"]:
        shutil.copy(path, drop)
    stages.collect("submissions", str(drop))
    whole = _raw_rows(settings, tmp_path / "whole.duckdb")
    assert all(whole.values())

    shutil.rmtree(settings.data_dir / "parsed")
    monkeypatch.setattr("relance.parsing.table_parse.PART_ROWS", 3)
    assert _raw_rows(settings, tmp_path / "parts.duckdb") == whole
    assert {path.name for path in (settings.data_dir / "parsed").rglob("awards.rows.*")} >= {
        "awards.rows.0001.parquet",
        "awards.rows.0002.parquet",
    }

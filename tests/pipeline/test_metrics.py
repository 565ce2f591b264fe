"""The metrics, answered by MetricFlow's own command, beside the marts that they are read from."""

from __future__ import annotations

import csv
import os
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.house import PROJECT, House


class Opened:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def run(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "relance.publication.metrics", *words],
        env={**house.env, "PYTHONPATH": str(PROJECT / "include")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def ask(house: House, answer: Path, metrics: str, *words: str) -> list[dict[str, str]]:
    process = run(house, "query", "--metrics", metrics, *words, "--csv", str(answer))
    assert process.returncode == 0, process.stdout + process.stderr
    with answer.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def figures(rows: list[dict[str, str]], *columns: str) -> set[tuple[Any, ...]]:
    return {tuple(Decimal(row[c]) if c not in ("fund_line", "ministry") else row[c] for c in columns) for row in rows}


@pytest.mark.parametrize(
    ("by", "mart"), [("fund_line", "fund.fund_line_execution"), ("ministry", "fund.ministry_execution")]
)
def test_sums_are_those_of_the_marts(published_once: House, tmp_path: Path, by: str, mart: str) -> None:
    rows = ask(published_once, tmp_path / "answer.csv", "awarded,committed,paid", "--group-by", by)
    key = {"fund_line": "line_code", "ministry": "ministry_code"}[by]
    expected = published_once.query(f"select {key}, awarded_eur, committed_eur, paid_eur from {mart}")  # noqa: S608
    assert len(expected) >= 9
    assert figures(rows, by, "awarded", "committed", "paid") == set(expected)


def test_headline_figures_are_those_of_the_overviews(published_once: House, tmp_path: Path) -> None:
    metrics = "allocated,award_rate,project_count,planned_cost,mean_published_budget_slippage"
    (row,) = ask(published_once, tmp_path / "answer.csv", metrics)
    assert Decimal(row["allocated"]) == 265_000_000
    ((awarded,),) = published_once.query("select awarded_eur from fund.fund_overview where scope = 'whole'")
    assert round(float(row["award_rate"]), 6) == round(float(awarded) / 265_000_000, 6)
    assert (row["project_count"], Decimal(row["planned_cost"])) == ("49", Decimal("1881780000.00"))
    # The last release of all whose headline gives one: the 20th edition.
    assert Decimal(row["mean_published_budget_slippage"]) == Decimal("0.065")


def test_it_neither_calls_pypi_nor_unpickles_what_lies_in_the_temporary_folder(
    published_once: House, tmp_path: Path
) -> None:
    """`mf` alone would do both, at each start: a proxy that is not there makes any call fail."""
    shared, opened = tmp_path / "shared", tmp_path / "opened"
    shared.mkdir()
    (shared / "update_checker_cache.pkl").write_bytes(pickle.dumps(Opened(opened)))
    house = House(published_once.data_dir)
    house.env |= {"TMPDIR": str(shared), "HTTPS_PROXY": "http://127.0.0.1:9"}
    assert ask(house, tmp_path / "answer.csv", "award_count")
    assert not opened.exists()
    pickle.loads((shared / "update_checker_cache.pkl").read_bytes())  # noqa: S301 - ours: it does what it is for
    assert opened.exists()


def test_without_a_publication_it_says_so(empty_house: House) -> None:
    process = run(empty_house, "list", "metrics")
    assert process.returncode == 1
    assert process.stderr.startswith("Nothing is published: there is no ")

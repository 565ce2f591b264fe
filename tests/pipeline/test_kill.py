"""`kill -9` in every stage: the last publication stays readable and whole, and the next run succeeds as it is.

A run is killed at a moment that is seen in the data folder, not after a number of seconds, so the sweep hits
the same stages on a slow machine.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relance.publication.reader import differences
from tests.pipeline.house import House

Seen = Callable[[House], bool]


def any_path(pattern: str) -> Seen:
    """A path of that pattern, under the data folder, that was not there before."""

    def seen(house: House) -> bool:
        return any(path not in house.before for path in house.data_dir.glob(pattern))

    return seen


def seconds_after(seen: Seen, seconds: float) -> Seen:
    """Some time after a moment was first seen: in the middle of a stage rather than at its start."""
    first: list[float] = []

    def later(house: House) -> bool:
        if not first and seen(house):
            first.append(time.monotonic())
        return bool(first) and time.monotonic() - first[0] >= seconds

    return later


MOMENTS: dict[str, Callable[[], Seen]] = {
    "starting": lambda: seconds_after(lambda house: True, 0.3),
    "first file parsed": lambda: any_path("parsed/*/*/*"),
    "last file parsed": lambda: any_path("builds/*"),
    "manifest written": lambda: any_path("builds/*/manifest.json"),
    "raw schema being made": lambda: any_path("builds/*/warehouse.duckdb"),
    "dbt starting": lambda: any_path("builds/*/dbt"),
    "dbt parsing": lambda: seconds_after(any_path("builds/*/dbt"), 2),
    "dbt building": lambda: seconds_after(any_path("builds/*/dbt"), 5),
    "dbt ended": lambda: any_path("builds/*/dbt/dbt-outcome.json"),
    "auditing": lambda: seconds_after(any_path("builds/*/dbt/dbt-outcome.json"), 2),
    "verdict written": lambda: any_path("builds/*/verdict.json"),
    "publication being written": lambda: any_path("builds/*/publication/warehouse.duckdb"),
    "marts being written": lambda: any_path("builds/*/publication/marts/*.parquet"),
    "publication written": lambda: any_path("builds/*/publication/manifest.json"),
    "placed, not yet switched": lambda: any_path("publications/*/r*"),
}
WHILE_PARSING = {"first file parsed", "last file parsed"}


@pytest.fixture(params=MOMENTS, ids=lambda moment: moment.replace(" ", "-").replace(",", ""))
def moment(request: pytest.FixtureRequest) -> Iterator[tuple[str, Seen]]:
    yield request.param, MOMENTS[request.param]()


def fund(house: House) -> list[tuple[object, ...]]:
    return house.query("from fund.fund_overview order by scope")


def kill_when(house: House, seen: Seen, *words: str) -> bool:
    """Start the command and kill it, its own process only, once the moment is seen; False when it ended first."""
    process = house.start(*words)
    while process.poll() is None:
        if seen(house):
            process.kill()
            process.wait()
            return True
        time.sleep(0.001)
    return False


def assert_whole(publication: Path) -> None:
    assert differences(publication) == []


def test_killed_in_any_stage(house: House, moment: tuple[str, Seen]) -> None:
    name, seen = moment
    if name in WHILE_PARSING:
        shutil.rmtree(house.data_dir / "parsed")
    expected, place = fund(house), house.current.resolve()
    house.before = set(house.data_dir.rglob("*"))
    assert kill_when(house, seen, "publish"), f"the run ended before the moment {name!r} was seen"

    assert_whole(house.current)
    assert fund(house) == expected
    house.run("publish")
    assert house.current.resolve() != place
    assert_whole(house.current)
    assert fund(house) == expected


@pytest.mark.parametrize("pattern", ["landing/objects/*", "landing/receipts/submissions/*"])
def test_killed_while_collecting(empty_house: House, pattern: str) -> None:
    empty_house.before = set()
    assert kill_when(empty_house, any_path(pattern), "collect", "submissions")
    empty_house.run("collect", "submissions")
    landed = sorted((empty_house.data_dir / "landing" / "receipts" / "submissions").glob("[!.]*"))
    empty_house.run("collect", "submissions")
    assert sorted((empty_house.data_dir / "landing" / "receipts" / "submissions").glob("[!.]*")) == landed
    assert landed

"""The night through Airflow itself: metadata database, API server, scheduler, DAG processor, real tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relance.publication.reader import differences
from tests.lineage import Catalogue, downstream, told
from tests.pipeline.homes import UNMEASURED, home_without_a_measure
from tests.pipeline.house import House, marts_hashes, parsed_files, receipts_by_file

pytestmark = pytest.mark.xdist_group("airflow")


class Night(House):
    """A data folder with an Airflow home beside it; the nightly run works on both."""

    output = ""

    def start(self, *words: str) -> subprocess.Popen[str]:
        home = self.data_dir.parent / "airflow"
        return subprocess.Popen(
            [sys.executable, "-m", "relance.local_airflow", "nightly", *words],
            env={**self.env, "AIRFLOW_HOME": str(home)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@pytest.fixture(scope="module")
def catalogue() -> Iterator[Catalogue]:
    server = Catalogue()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Night:
    """A first night, from nothing, which tells its lineage."""
    night = Night(tmp_path_factory.mktemp("night") / "data")
    silent = night.env
    night.env = {**silent, "OPENLINEAGE_DISABLED": "false", "OPENLINEAGE_URL": catalogue.address}
    night.output = night.run()
    night.env = silent
    return night


def test_a_first_night_ends_with_a_publication_and_shows_it(night: Night) -> None:
    assert differences(night.current) == []
    assert str(night.current.resolve()) in night.output
    for shown in ("292,00", "ITN8D", "2021-07 no 13", "Controls: "):
        assert shown in night.output


def test_the_lineage_of_airflow_and_of_dbt_leads_from_a_receipt_to_a_mart(night: Night, catalogue: Catalogue) -> None:
    events = catalogue.events
    (receipt,) = receipts_by_file(night)["ECO_2021-T1.xlsx"]
    reached = downstream(events, f"relance landing/submissions/{receipt}")
    assert {"duckdb://relance warehouse.raw.awards", "duckdb://relance warehouse.fund.fund_overview"} <= reached
    assert {event["eventType"] for event in events if event["job"]["name"] == "publish_reporting"} == {
        "START",
        "COMPLETE",
    }
    for job, task in (
        ("collect.submissions", "collect_submissions.collect"),
        ("prepare.awards", "publish_reporting.prepare"),
        ("warehouse.fund.relance.fund_overview.build.run", "publish_reporting.build"),
        ("publish", "publish_reporting.publish"),
    ):
        (parent,) = (event["run"]["facets"]["parent"] for event in events if event["job"]["name"] == job)
        runs = {
            (event["job"]["name"], event["eventType"])
            for event in events
            if event["run"]["runId"] == parent["run"]["runId"]
        }
        assert runs == {(task, "START"), (task, "COMPLETE")}
    assert sorted(map(repr, events)) == sorted(map(repr, told(night.data_dir)))


def test_a_second_night_parses_nothing_again_and_gives_the_same_bytes(night: Night) -> None:
    before, place, hashes = parsed_files(night), night.current.resolve(), marts_hashes(night.current)
    night.run()
    assert night.current.resolve() != place
    assert parsed_files(night) == before
    assert marts_hashes(night.current) == hashes


def test_an_earlier_night_does_not_move_current(night: Night) -> None:
    place = night.current.resolve()
    night.run("--as-of=2021-02-01")
    assert differences(night.publications / "2021-02-01" / "r1") == []
    assert night.current.resolve() == place


def test_a_blocked_night_says_why_and_leaves_current_alone(night: Night, drop: Callable[[str], Path]) -> None:
    own = night.copy(drop("own") / "data")
    place = own.current.resolve()
    own.env["RELANCE_HOME"] = str(home_without_a_measure(drop("homes") / "wrong"))
    output = own.run(expect=1)
    assert UNMEASURED in output
    assert own.current.resolve() == place


@pytest.mark.parametrize("pattern", ["builds/*/dbt", "builds/*/verdict.json"])
def test_a_killed_night_leaves_nothing_to_clean(night: Night, tmp_path: Path, pattern: str) -> None:
    """The whole process group, while a task is building, and while one is about to publish."""
    own = night.copy(tmp_path / "data")
    expected, before = own.query("from fund.fund_overview order by scope"), set(own.data_dir.glob(pattern))
    process = own.start()
    deadline = time.monotonic() + 180
    while not set(own.data_dir.glob(pattern)) - before:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert differences(own.current) == []
    own.run()
    assert differences(own.current) == []
    assert own.query("from fund.fund_overview order by scope") == expected

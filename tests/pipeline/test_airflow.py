"""The night through Airflow itself, as `make nightly` runs it: its metadata database, its callbacks, real tasks."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Self

import psutil
import pytest

from relance.local_airflow.night import DAGS
from relance.publication.reader import differences
from tests.lineage import Catalogue, downstream, told
from tests.pipeline.homes import UNMEASURED, home_without_a_measure
from tests.pipeline.house import House, marts_hashes, parsed_files, receipts_by_file
from tests.pipeline.submissions import write_lower, write_unknown_edition
from tests.servers.airflow import local_airflow

pytestmark = pytest.mark.xdist_group("airflow")


class Night(House):
    """A data folder with an Airflow home beside it; the nightly run works on both."""

    output = ""

    @property
    def home(self) -> Path:
        return self.data_dir.parent / "airflow"

    def start(self, *words: str) -> subprocess.Popen[str]:
        return local_airflow({**self.env, "AIRFLOW_HOME": str(self.home)}, "nightly", *words)

    def ended(self, *words: str) -> tuple[int | None, str]:
        process = self.start(*words)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output

    def copy(self, data_dir: Path) -> Self:
        other = super().copy(data_dir)
        shutil.copytree(self.home, other.home)
        return other

    def command(self, *words: str) -> str:
        """The `relance` command on the same data."""
        return House.run(House(self.data_dir), *words)

    def states(self, dag_id: str) -> list[str]:
        """Of the runs of a DAG, as Airflow's pages show them, in their order."""
        (database,) = self.home.glob("metadata-*.db")
        with closing(sqlite3.connect(database)) as connection:
            asked = "select state from dag_run where dag_id = ? order by id"
            return [state for (state,) in connection.execute(asked, [dag_id])]


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
    for dag_id in DAGS:
        assert night.states(dag_id) == ["success"]


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


def test_a_held_night_says_how_to_decide_and_has_each_waiting_file_asked_about(
    night: Night, drop: Callable[[str], Path]
) -> None:
    own, editions, files = night.copy(drop("own") / "data"), drop("editions"), drop("files")
    place = own.current.resolve()
    write_unknown_edition(editions)
    write_lower(night, files, Decimal(1000))
    output = own.run(f"--panorama={editions}", f"--submissions={files}", expect=3)
    assert "Nothing is published: the audit holds this build until somebody decides." in output
    (held,) = json.loads(own.command("holds", "--json"))
    assert f"relance approve {held['build_id']}" in output
    assert own.current.resolve() == place
    assert own.states("decide_files") == ["queued"]
    assert own.states("publish_reporting")[-1] == "failed"


def test_a_blocked_night_says_why_and_leaves_current_alone(night: Night, drop: Callable[[str], Path]) -> None:
    own = night.copy(drop("own") / "data")
    place = own.current.resolve()
    own.env["RELANCE_HOME"] = str(home_without_a_measure(drop("homes") / "wrong"))
    output = own.run(expect=1)
    assert UNMEASURED in output
    assert own.current.resolve() == place


def test_a_second_night_at_once_is_refused_and_ctrl_c_ends_the_first_with_all_it_started(night: Night) -> None:
    first = night.start()
    wait_for(first, lambda: (night.home / "run" / "lock").read_text().startswith(f"[{first.pid},"))
    assert f"Another run is using the Airflow in {night.home} (process {first.pid}, on " in night.run(expect=1)
    wait_for(first, lambda: bool(psutil.Process(first.pid).children()))
    own = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGINT)
    output, _ = first.communicate(timeout=60)
    assert (first.returncode, "Traceback" in output) == (130, False)
    assert all_ended(own)


@pytest.mark.parametrize(
    ("pattern", "words"), [("builds/*/dbt", ()), ("builds/*/verdict.json", ("--as-of=2021-02-01",))]
)
def test_a_killed_night_leaves_nothing_to_clean_and_the_next_one_gives_the_same_bytes_and_parses_nothing_again(
    night: Night, tmp_path: Path, pattern: str, words: tuple[str, ...]
) -> None:
    """Killed while a task is building, and while one is about to publish; the next one is of today, or of long ago."""
    own = night.copy(tmp_path / "data")
    place, hashes, parsed = own.current.resolve(), marts_hashes(own.current), parsed_files(own)
    before = set(own.data_dir.glob(pattern))
    own.env["OPENLINEAGE_DISABLED"] = "false"
    process = own.start()
    wait_for(process, lambda: bool(set(own.data_dir.glob(pattern)) - before))
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert all_ended(started)
    assert differences(own.current) == []
    assert own.current.resolve() == place

    own.run(*words)
    assert own.states("publish_reporting")[-2:] == ["failed", "success"]
    assert parsed_files(own) == parsed
    if words:
        assert differences(own.publications / "2021-02-01" / "r1") == []
        assert own.current.resolve() == place
    else:
        assert differences(own.current) == []
        assert own.current.resolve() != place
        assert marts_hashes(own.current) == hashes


def wait_for(process: subprocess.Popen[str], is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not is_so():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def all_ended(processes: list[psutil.Process]) -> bool:
    """Whether these end without anybody ending them."""
    _, left = psutil.wait_procs(processes, timeout=30)
    for process in left:
        process.kill()
    return not left

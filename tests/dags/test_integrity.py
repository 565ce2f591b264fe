"""The bag of DAGs: whole, quick to load, and said who owns it and when it runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

DAGS = Path(__file__).parents[2] / "dags"
PARIS = ZoneInfo("Europe/Paris")
# Every night, by the hour. Housekeeping is weekly, and a file is asked about when a night has found that it waits.
EXPECTED = {
    "collect_applications": dt.time(1, 30),
    "collect_panorama": dt.time(1, 30),
    "collect_submissions": dt.time(1, 30),
    "publish_reporting": dt.time(3, 0),
    "send_feedback": dt.time(6, 0),
}
ALL = [*EXPECTED, "housekeeping", "decide_files"]
DAG_FILES = sorted(DAGS.glob("[!_]*.py"))

# What takes seconds to import, and belongs inside the callable that needs it.
HEAVY = ["dbt", "duckdb", "great_expectations", "openpyxl", "pandas", "pyarrow", "python_calamine"]

LOAD = """
import importlib.util, json, sys, time
import airflow.sdk
before = set(sys.modules)
begun = time.process_time()
spec = importlib.util.spec_from_file_location("loaded", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
seconds = time.process_time() - begun
print(json.dumps({"seconds": seconds, "modules": sorted({name.split(".")[0] for name in set(sys.modules) - before})}))
"""


def test_the_bag_holds_exactly_the_expected_dags(bag: Any) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == set(ALL)


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_file_loads_in_under_a_second_and_imports_nothing_heavy(file: Path, airflow_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(file)],
        env=os.environ | {"AIRFLOW_HOME": str(airflow_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded["seconds"] < 1
    assert not set(HEAVY) & set(loaded["modules"])


def test_every_dag_file_is_wiring_only() -> None:
    lengths = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in DAG_FILES}
    assert set(lengths) == {f"{dag_id}.py" for dag_id in ALL}
    assert max(lengths.values()) <= 80, lengths


@pytest.mark.parametrize("dag_id", ALL)
def test_a_dag_says_who_owns_it_and_what_to_do(bag: Any, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert dag.owner == "relance"
    assert dag.tags
    assert dag.dag_display_name != dag_id
    assert "If it fails" in dag.doc_md or "fails**" in dag.doc_md
    assert dag.max_active_runs == (500 if dag_id == "decide_files" else 1)
    assert dag.catchup is False


@pytest.mark.parametrize("dag_id", ALL)
def test_only_the_publication_can_be_backfilled(bag: Any, dag_id: str) -> None:
    allowed = bag.dags[dag_id].allowed_run_types
    assert (allowed is None) == (dag_id == "publish_reporting")
    begun = "operator_triggered" if dag_id == "decide_files" else "scheduled"
    assert allowed is None or {kind.value for kind in allowed} == {begun, "manual"}


def test_every_task_of_a_publication_takes_a_slot_of_the_pool_that_the_local_airflow_makes(bag: Any) -> None:
    from relance.local_airflow.metadata import POOL

    beside = {"held_files", "ask"}
    tasks = bag.dags["publish_reporting"].tasks
    assert {task.pool for task in tasks if task.task_id not in beside} == {POOL}
    assert {task.pool for task in tasks if task.task_id in beside} == {"default_pool"}


@pytest.mark.parametrize("dag_id", ALL)
def test_a_task_is_tried_again_further_and_further_apart(bag: Any, dag_id: str) -> None:
    for task in bag.dags[dag_id].tasks:
        assert task.retries >= 2
        assert task.retry_exponential_backoff
        assert task.retry_delay < task.max_retry_delay
        assert task.execution_timeout


@pytest.mark.parametrize("change", [dt.date(2021, 3, 28), dt.date(2021, 10, 31)], ids=["to summer", "to winter"])
@pytest.mark.parametrize("dag_id", EXPECTED)
def test_every_night_ends_one_day_at_its_hour_in_paris_when_the_clocks_change(
    bag: Any, dag_id: str, change: dt.date
) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    # The scheduler does not read the file but what the DAG processor made of it.
    timetable = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag.dags[dag_id])).timetable
    start = instance(dt.datetime.combine(change - dt.timedelta(days=2), dt.time(12), tzinfo=PARIS))
    intervals = []
    for _ in range(4):
        last = intervals[-1] if intervals else None
        info = timetable.next_dagrun_info(
            last_automated_data_interval=last, restriction=TimeRestriction(start, None, catchup=True)
        )
        intervals.append(info.data_interval)
        assert info.run_after == info.data_interval.end
    ends = [interval.end.astimezone(PARIS) for interval in intervals]
    assert [end.date() for end in ends] == [change + dt.timedelta(days=n) for n in range(4)]
    assert {end.time() for end in ends} == {EXPECTED[dag_id]}
    assert all(one.end == following.start for one, following in pairwise(intervals))

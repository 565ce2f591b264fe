"""Whose task goes first where the pool has one free slot (the scheduler orders by weight, then date); deadlines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

NOW = dt.datetime.now(dt.UTC)
TASKS = ("prepare", "build", "audit", "approve", "publish", "serve")


@pytest.fixture(scope="module")
def dag(bag: Any) -> Any:
    """What the scheduler knows of the DAG: what the DAG processor wrote down, with the plugin's class by its name."""
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["publish_reporting"]))


def made(dag: Any, kind: str, task_id: str) -> int:
    """The weight of a task of a run that is being made."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance

    run = DagRun(dag_id=dag.dag_id, run_id=f"{kind}__2021-04-10T01:00:00+00:00")
    task = dag.get_task(task_id)
    return int(TaskInstance.insert_mapping(run.run_id, task, -1, dag_version_id=None, dag_run=run)["priority_weight"])


def cleared(dag: Any, kind: str, run_after: dt.datetime, task_id: str = "prepare") -> int:
    """The weight of a task of a run that is cleared to be made again, whatever its identifier says."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance

    run = DagRun(dag_id=dag.dag_id, run_id="scheduled__x", run_type=kind, run_after=run_after)
    task = dag.get_task(task_id)
    instance = TaskInstance(task, run_id=run.run_id, dag_version_id=None)
    instance.dag_run = run
    instance.refresh_from_task(task, dag_run=run)
    return int(instance.priority_weight)


@pytest.mark.parametrize("kind", ["scheduled", "manual"])
def test_tonight_goes_before_every_task_of_a_backfill(dag: Any, kind: str) -> None:
    assert made(dag, kind, "prepare") > max(made(dag, "backfill", task_id) for task_id in TASKS)


@pytest.mark.parametrize("kind", ["scheduled", "backfill"])
def test_a_night_that_has_begun_goes_before_one_that_has_not(dag: Any, kind: str) -> None:
    weights = [made(dag, kind, task_id) for task_id in TASKS]
    assert weights == sorted(set(weights))


def test_an_older_night_that_a_backfill_has_made_again_waits_for_tonight(dag: Any) -> None:
    older, restated = NOW - dt.timedelta(days=30), made(dag, "backfill", "prepare")
    # Airflow clears the run before it notes that it is a backfill's.
    assert cleared(dag, "scheduled", older) == restated
    assert cleared(dag, "backfill", NOW) == restated
    assert cleared(dag, "scheduled", NOW) == made(dag, "scheduled", "prepare")


def deadline_of(dag: Any) -> Any:
    from airflow.serialization.decoders import decode_deadline_alert

    (alert,) = dag.deadline
    return decode_deadline_alert(alert)


@pytest.mark.parametrize(("kind", "begun"), [("scheduled", NOW), ("manual", None), ("backfill", None)])
def test_only_a_night_by_its_hour_has_a_deadline(dag: Any, kind: str, begun: dt.datetime | None) -> None:
    from airflow.models.dagrun import DagRun
    from sqlalchemy import create_engine, insert
    from sqlalchemy.orm import Session

    alert = deadline_of(dag)
    with Session(create_engine("sqlite://")) as session:
        DagRun.__table__.create(session.connection())
        row = {"dag_id": "d", "run_id": "r", "run_type": kind, "queued_at": NOW, "run_after": NOW, "state": "running"}
        session.execute(insert(DagRun).values(**row, log_template_id=1))
        deadline = alert.reference.evaluate_with(session=session, interval=alert.interval, dag_id="d", run_id="r")
    assert deadline == (begun and begun + alert.interval)


def test_a_run_with_a_deadline_can_be_cleared(dag: Any) -> None:
    # Airflow 3.3.2 raises TypeError for this type, when it sets the deadline of a run that is cleared.
    assert deadline_of(dag).reference.reference_name != "DagRunQueuedAtDeadline"

"""Which reason a night publishes: of runs that Airflow's own code makes, makes again, clears and starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from relance import stages

DAG = "publish_reporting"
# The nights of 2 and 3 June 2021.
FROM, TO = dt.datetime(2021, 6, 1, tzinfo=dt.UTC), dt.datetime(2021, 6, 2, 12, tzinfo=dt.UTC)
SCALE, CODE = {"reason": "barème corrigé"}, {"reason": "code corrigé"}
REFUSED = (
    "The reason 'barème corrigé' is left from what this run did before. It was not given for this time, and a "
    "reason is published: nothing was built. "
)
BACKFILL_REFUSED = (
    REFUSED + 'Create the backfill again with {"reason": "..."} as the configuration of its runs, reprocessing the '
    "failed ones; it may be the same."
)


class Airflow:
    """Its database and its scheduler's step that starts runs, with the plugin as its entry point has it loaded."""

    def __init__(self, bag: Any) -> None:
        self.prepare = bag.dags[DAG].get_task("prepare")
        self.prepared: list[dict[str, Any] | None] = []

    def backfill(self, conf: dict[str, Any] | None, reprocess: str = "completed", user: str = "claire") -> None:
        from airflow.models.backfill import ReprocessBehavior, _create_backfill

        _create_backfill(
            dag_id=DAG,
            from_date=FROM,
            to_date=TO,
            max_active_runs=10,
            reverse=False,
            dag_run_conf=conf,
            triggering_user_name=user,
            reprocess_behavior=ReprocessBehavior(reprocess),
        )

    def trigger(self, conf: dict[str, Any]) -> None:
        from airflow.models.dagrun import DagRun
        from airflow.models.serialized_dag import SerializedDagModel
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType, DagRunType

        with create_session() as session:
            SerializedDagModel.get_dag(DAG, session=session).create_dagrun(
                run_id=DagRun.generate_run_id(run_type=DagRunType.MANUAL, logical_date=None, run_after=TO),
                run_after=TO,
                conf=conf,
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.REST_API,
                triggering_user_name="paul",
                state=DagRunState.QUEUED,
                session=session,
            )

    def start(self) -> None:
        """What the scheduler does with runs that are queued."""
        with self.scheduler() as (runner, session):
            runner._start_queued_dagruns(session)

    def end(self, state: str) -> None:
        """The tasks of the runs that have begun end in `state`, and the scheduler sees that all has ended."""
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        with self.scheduler() as (runner, session):
            for run in session.scalars(select(DagRun).where(DagRun.state == "running")):
                for task in run.task_instances:
                    task.state = state
                runner._schedule_dag_run(run, session)
                assert run.state == state
        with self.scheduler() as (runner, session):
            runner._mark_backfills_complete(session=session)

    @contextmanager
    def scheduler(self) -> Iterator[tuple[Any, Any]]:
        from airflow.jobs.job import Job
        from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
        from airflow.utils.session import create_session

        with create_session() as session:
            yield SchedulerJobRunner(Job(), executors=[]), session

    def conf(self) -> Any:
        """The configuration of a run."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            return session.scalar(select(DagRun.conf).limit(1))

    def clear(self) -> None:
        """What clearing every task of every run by hand does."""
        from airflow.models.dagrun import DagRun
        from airflow.models.serialized_dag import SerializedDagModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            dag = SerializedDagModel.get_dag(DAG, session=session)
            for run_id in session.scalars(select(DagRun.run_id)).all():
                dag.clear(run_id=run_id, session=session)

    def reasons(self) -> list[tuple[str, str] | str]:
        """What `prepare` makes of each run that has begun: the reason and who gave it, or its error."""
        from airflow.api_fastapi.execution_api.datamodels.taskinstance import DagRun as Told
        from airflow.models.dagrun import DagRun
        from airflow.sdk.api.datamodels._generated import DagRun as Run
        from airflow.sdk.definitions.param import process_params
        from airflow.sdk.exceptions import AirflowFailException
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            runs = session.scalars(select(DagRun).where(DagRun.state == "running").order_by(DagRun.run_after)).all()
            told = [Told.model_validate(run).model_dump_json() for run in runs]
        found: list[tuple[str, str] | str] = []
        for run in map(Run.model_validate_json, told):
            params = process_params(self.prepare.dag, self.prepare, run.conf, suppress_exception=False)
            try:
                self.prepare.python_callable(dag_run=run, params=params)
            except AirflowFailException as error:
                found.append(str(error))
            else:
                kept = self.prepared.pop()
                assert kept
                found.append((kept["reason"], kept["who"]))
        return found


@pytest.fixture(scope="module")
def database(bag: Any, airflow_home: Path) -> None:
    """Airflow's metadata database in the home of the tests, with the DAGs that the DAG processor would write there."""
    from airflow import settings
    from airflow.dag_processing.dagbag import sync_bag_to_db
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session
    from sqlalchemy import update

    assert str(airflow_home) in str(settings.engine.url)
    with create_session() as session:
        initdb(session=session)
        session.merge(DagBundleModel(name="dags-folder"))
        session.commit()
        sync_bag_to_db(bag, "dags-folder", None, session=session)
        session.execute(update(DagModel).values(is_paused=False))


@pytest.fixture
def airflow(database: None, bag: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    from airflow.models.backfill import Backfill, BackfillDagRun
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    airflow = Airflow(bag)
    monkeypatch.setattr(stages, "prepare", lambda as_of, backfill: airflow.prepared.append(backfill))
    yield airflow
    with create_session() as session:
        for model in (BackfillDagRun, DagRun, Backfill):
            session.execute(delete(model))


def made(airflow: Airflow, conf: dict[str, Any] | None, *, ended: str) -> None:
    """The nights are backfilled, and end so."""
    airflow.backfill(conf)
    airflow.start()
    airflow.end(ended)


def test_nights_that_are_backfilled_publish_the_reason_that_was_given(airflow: Airflow) -> None:
    airflow.backfill(SCALE)
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "claire")] * 2


@pytest.mark.parametrize(
    ("ended", "reprocess"), [("success", "completed"), ("failed", "completed"), ("failed", "failed")]
)
def test_a_backfill_without_a_reason_does_not_publish_an_earlier_one(
    airflow: Airflow, ended: str, reprocess: str
) -> None:
    made(airflow, SCALE, ended=ended)
    airflow.backfill(None, reprocess)
    airflow.start()
    assert airflow.reasons() == [BACKFILL_REFUSED] * 2


def test_what_was_refused_is_published_once_a_reason_is_given_and_not_by_clearing_it(airflow: Airflow) -> None:
    made(airflow, SCALE, ended="success")
    made(airflow, None, ended="failed")
    airflow.clear()
    airflow.start()
    assert airflow.reasons() == [BACKFILL_REFUSED] * 2
    airflow.end("failed")
    airflow.backfill(CODE, "failed")
    airflow.start()
    assert airflow.reasons() == [("code corrigé", "claire")] * 2


def test_a_reason_may_be_given_again_by_someone_else(airflow: Airflow) -> None:
    made(airflow, SCALE, ended="success")
    airflow.backfill(SCALE, user="paul")
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "paul")] * 2


def test_a_configuration_that_is_copied_from_a_run_gives_its_reason_again(airflow: Airflow) -> None:
    made(airflow, SCALE, ended="success")
    airflow.backfill(airflow.conf())
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "claire")] * 2


def test_a_run_that_failed_is_tried_again_with_its_reason(airflow: Airflow) -> None:
    made(airflow, SCALE, ended="failed")
    airflow.clear()
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "claire")] * 2


def test_a_task_that_is_cleared_while_its_run_goes_on_has_its_reason(airflow: Airflow) -> None:
    airflow.backfill(SCALE)
    airflow.start()
    airflow.clear()
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "claire")] * 2


def test_a_run_that_has_published_does_not_publish_its_reason_again_when_it_is_cleared(airflow: Airflow) -> None:
    made(airflow, SCALE, ended="success")
    airflow.clear()
    airflow.start()
    assert airflow.reasons() == [BACKFILL_REFUSED] * 2


def test_a_run_by_hand_has_its_reason_until_it_has_published(airflow: Airflow) -> None:
    airflow.trigger(SCALE)
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "paul")]
    airflow.end("failed")
    airflow.clear()
    airflow.start()
    assert airflow.reasons() == [("barème corrigé", "paul")]
    airflow.end("success")
    airflow.clear()
    airflow.start()
    assert airflow.reasons() == [f"{REFUSED}Trigger a new run with its reason; it may be the same."]


def test_a_reason_is_refused_where_the_start_of_a_run_could_not_be_noted(
    airflow: Airflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: Any) -> None:
        raise OSError

    made(airflow, SCALE, ended="failed")
    airflow.clear()
    with monkeypatch.context() as patch:
        patch.setattr("relance.airflow_plugin._note", fail)
        airflow.start()
    assert airflow.reasons() == [BACKFILL_REFUSED] * 2

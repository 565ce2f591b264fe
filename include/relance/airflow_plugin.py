"""What Airflow's own processes load of this package (entry point `airflow.plugins`): whose task goes first, from when a
night's deadline counts, and whether a night's reason was given for it.

Nothing else belongs here: the stages say what a task does, the DAG files how tasks are wired.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk.definitions.deadline import BaseDeadlineReference
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.utils.types import DagRunType

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from sqlalchemy.orm import Session

# More than a night has tasks.
AHEAD = 100
# A run of an older night that is made again was begun by its timetable once; its date tells it from tonight's.
A_DAY = dt.timedelta(days=1)
# The DAG whose runs publish their reason, and where the configuration of a run notes that it was given.
DAG = "publish_reporting"
NOTE = "reason_given"


class NightsFirst(PriorityWeightStrategy):
    """Tonight's run, or one by hand, goes before nights that are restated; of these, one that has begun goes first.

    Airflow asks when a run is made, and when it is cleared to be made again.
    """

    def get_weight(self, ti: TaskInstance) -> int:
        before = len(ti.task.get_flat_relative_ids(upstream=True)) if ti.task else 0
        return before + (1 if _is_restated(ti) else AHEAD)


def _is_restated(ti: TaskInstance) -> bool:
    # A run that is being made is not at hand yet: its identifier says what it is.
    run: Any = ti.dag_run
    if run is None:
        return DagRunType.from_run_id(ti.run_id) is DagRunType.BACKFILL_JOB
    return bool(run.run_type == DagRunType.BACKFILL_JOB or run.run_after < dt.datetime.now(dt.UTC) - A_DAY)


class NightBegun(BaseDeadlineReference):
    """When a night was begun at its hour; a run by hand or of a backfill has no deadline.

    Not Airflow's own DAGRUN_QUEUED_AT: with it 3.3.2 cannot clear a run, nor have a backfill make a failed one again
    (apache/airflow issue 70368).
    """

    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> dt.datetime | None:
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        begun: dt.datetime | None = session.scalar(
            select(DagRun.queued_at).where(
                DagRun.dag_id == dag_id, DagRun.run_id == run_id, DagRun.run_type == DagRunType.SCHEDULED
            )
        )
        return begun


class ReasonsGiven:
    """Notes in a run's configuration, each time it starts, that its reason was given for what it does now, and by whom.

    Airflow leaves a run its configuration when it is made again, by a backfill that was given none or by hand, and
    tells tasks that configuration and nothing of the backfill. A run that failed is tried again with its reason; one
    that ended well has used it. What goes wrong here Airflow only logs: without the note there is no reason.
    """

    @hookimpl
    def on_dag_run_running(self, dag_run: DagRun) -> None:
        if dag_run.dag_id != DAG or _note(dag_run).get("used") == _asked_by(dag_run):
            return
        conf, who = _given(dag_run)
        if conf and conf.get("reason") and dag_run.start_date:
            # Assigned: a change in place is not written to the database.
            dag_run.conf = {**(dag_run.conf or {}), NOTE: {"start": dag_run.start_date.isoformat(), "who": who}}

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun) -> None:
        if dag_run.dag_id == DAG and _note(dag_run):
            dag_run.conf = {**(dag_run.conf or {}), NOTE: {"used": _asked_by(dag_run)}}


def reason_given(run: Any) -> dict[str, Any] | None:
    """In a task: what is noted of the reason of this very start of its run; None where it was not given for it."""
    note = _note(run)
    begun = note.get("start")
    return note if begun and dt.datetime.fromisoformat(begun) == run.start_date else None


def _note(run: Any) -> dict[str, Any]:
    note = (run.conf or {}).get(NOTE)
    return note if isinstance(note, dict) else {}


def _given(run: DagRun) -> tuple[dict[str, Any] | None, str | None]:
    """The configuration that was given for what a run does now, and who gave it."""
    if run.run_type != DagRunType.BACKFILL_JOB:
        return run.conf, run.triggering_user_name
    # A backfill that is gone from the database gave nothing.
    return (run.backfill.dag_run_conf, run.backfill.triggering_user_name) if run.backfill else (None, None)


def _asked_by(run: DagRun) -> list[Any]:
    # A configuration may be copied, its note with it, to another run or backfill.
    return [run.run_id, run.backfill_id]


class RelancePlugin(AirflowPlugin):
    name = "relance"

    def __init__(self) -> None:
        self.listeners = [ReasonsGiven()]
        self.priority_weight_strategies = [NightsFirst]
        self.deadline_references = [NightBegun]

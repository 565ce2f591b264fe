"""What Airflow's own processes load of this package (entry point `airflow.plugins`): whose task goes first, and from
when a night's deadline counts.

Nothing else belongs here: the stages say what a task does, the DAG files how tasks are wired.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk.definitions.deadline import BaseDeadlineReference
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.utils.types import DagRunType

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance
    from sqlalchemy.orm import Session

# More than a night has tasks.
AHEAD = 100
# A run of an older night that is made again was begun by its timetable once; its date tells it from tonight's.
A_DAY = dt.timedelta(days=1)


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


class RelancePlugin(AirflowPlugin):
    name = "relance"

    def __init__(self) -> None:
        self.priority_weight_strategies = [NightsFirst]
        self.deadline_references = [NightBegun]

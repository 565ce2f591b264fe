"""What Airflow's own processes load of this package (entry point `airflow.plugins`): whose task goes first.

Nothing else belongs here: the stages say what a task does, the DAG files how tasks are wired.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.utils.types import DagRunType

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

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


class RelancePlugin(AirflowPlugin):
    name = "relance"

    def __init__(self) -> None:
        self.priority_weight_strategies = [NightsFirst]

"""When the DAGs tell whoever is on call; `relance.alerts` words it, and keeps it to once a cause.

All of it runs beside the work: whatever goes wrong here is logged, and no task fails of it. Nights of a backfill tell
nothing: who began it watches it, and its outcomes say what became of each night.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from relance.airflow.channels import channels, tell
from relance.settings import Settings

log = logging.getLogger(__name__)


def beside(telling: Callable[..., None]) -> Callable[..., None]:
    """`telling`, for runs that are no backfill's; what it raises is logged."""

    @wraps(telling)
    def guarded(context: Any, *arguments: Any) -> None:
        try:
            if run_type(context["dag_run"]) != "backfill":
                telling(context, *arguments)
        except Exception:
            log.exception("An alert could not be made.")

    return guarded


@beside
def failed(context: Any) -> None:
    """`on_failure_callback`: a task has failed, and is not tried again."""
    from relance.alerts.cause import failed_task

    tell(failed_task(_task(context), context.get("exception"), Settings.from_env().data_dir, context["ti"].log_url))


@beside
def mended(context: Any) -> None:
    """`on_success_callback` and `on_skipped_callback`: what this task had failed on is over."""
    from relance.alerts.told import mend

    mend(Settings.from_env(), channels, owner=_task(context))


@beside
def findings(context: Any) -> None:
    """`on_success_callback` of a task that collected, or chose a build's files: what it found that needs somebody."""
    from relance.alerts.cause import causes_found
    from relance.alerts.told import mend

    settings, ti = Settings.from_env(), context["ti"]
    returned = ti.xcom_pull(task_ids=ti.task_id)
    for key, cause in causes_found(settings.builds_dir, _task(context), returned, ti.log_url).items():
        if cause:
            tell(cause)
        else:
            mend(settings, channels, key=key)


@beside
def held(context: Any, build_id: str, sentences: list[str]) -> None:
    """A build waits for a person in this task."""
    from relance.alerts.cause import held_build

    tell(held_build(_task(context), build_id, sentences, context["ti"].log_url))


def run_type(run: Any) -> str:
    """`scheduled`, `manual` or `backfill`: of a run, or of the plain data that a deadline's callback is given of it."""
    kind = run["run_type"] if isinstance(run, dict) else run.run_type
    return str(getattr(kind, "value", kind))


def _task(context: Any) -> str:
    return f"{context['ti'].dag_id}.{context['ti'].task_id}"

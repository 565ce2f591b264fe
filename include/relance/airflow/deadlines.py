"""When a night should have ended, and what is told when it has not: Airflow's deadline alerts."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from urllib.parse import quote

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert

from relance.airflow.alerting import beside, run_type
from relance.airflow.channels import tell
from relance.airflow_plugin import NightBegun
from relance.settings import Settings


async def missed(context: Any) -> None:
    """What Airflow's triggerer calls, by its name: told beside its loop, which must not wait for a mail server."""
    await asyncio.to_thread(tell_missed, context)


@beside
def tell_missed(context: Any) -> None:
    """A night, begun at its hour and not by hand, has not ended in time. Airflow gives its run as plain data.

    A run that failed before its deadline misses it too: that was told when it failed.
    """
    from airflow.sdk.configuration import conf

    from relance import decisions
    from relance.alerts.cause import missed_deadline

    run, deadline = context["dag_run"], context["deadline"]["deadline_time"]
    if run_type(run) != "scheduled" or run.get("end_date"):
        return
    dag_id = run["dag_id"]
    base = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/")
    url = f"{base}/dags/{dag_id}/runs/{quote(run['dag_run_id'])}"
    at = dt.datetime.fromisoformat(deadline) if isinstance(deadline, str) else deadline
    waiting = decisions.waiting(Settings.from_env().builds_dir)
    tell(missed_deadline(dag_id, f"{dag_id}.publish", at, len(waiting), url))


def in_time() -> DeadlineAlert:
    """The deadline of a night, told by the triggerer.

    It may ask for Airflow's connections, which Airflow 3.3 refuses to a callback that an executor runs, and it has room
    when the tasks of the night take all the executor's.
    """
    return DeadlineAlert(
        reference=NightBegun(),
        interval=dt.timedelta(minutes=Settings.from_env().deadline_minutes),
        callback=AsyncCallback("relance.airflow.deadlines.missed"),
        name="in time",
    )

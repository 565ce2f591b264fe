"""What Airflow's backfills need of `publish_reporting`: their bound, and the reason that each night publishes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException

from relance.airflow.alerting import run_type
from relance.airflow.common import Run
from relance.airflow_plugin import reason_given

# A slot is a task that runs: builds of several nights go side by side as far as the machine bears it.
POOL = "publishing"

# What a person does whose night was given no reason.
ASK_AGAIN = (
    'Create the backfill again with {"reason": "..."} as the configuration of its runs, reprocessing the failed ones'
)
TRIGGER_AGAIN = "Trigger a new run with its reason"

PARAMS = {
    "as_of": Param(None, type=["null", "string"], title="As of", description="2021-02-01, or an instant"),
    "reason": Param(None, type=["null", "string"], title="Reason", description="Of a backfill: it is published"),
    "who": Param(None, type=["null", "string"], title="Who", description="Of a backfill, where Airflow cannot tell"),
}


class RestatingRun(Run):
    """What is read of a run that may be a backfill's."""

    run_id: str
    start_date: dt.datetime | None
    conf: dict[str, Any] | None


def is_backfilled(run: Run) -> bool:
    return run_type(run) == "backfill"


def backfill_of(run: RestatingRun, params: dict[str, Any]) -> dict[str, Any] | None:
    """What the publication's manifest keeps of a backfill; None for an ordinary night.

    A run by hand that is given a reason is one too. A run does not know the range that it is part of. Fails for good
    when a backfill has no reason, or one that the run has kept from before.
    """
    reason = str(params["reason"] or "").strip()
    if not is_backfilled(run) and not reason:
        return None
    if not reason:
        raise AirflowFailException(
            "A backfill needs its reason, which each publication keeps, and this one has none: nothing was built. "
            f"{ASK_AGAIN}."
        )
    if (given := reason_given(run)) is None:
        raise AirflowFailException(
            f"The reason {reason!r} is left from what this run did before. It was not given for this time, and a "
            "reason is published: nothing was built. "
            f"{ASK_AGAIN if is_backfilled(run) else TRIGGER_AGAIN}; it may be the same."
        )
    if is_backfilled(run) and params["as_of"]:
        raise AirflowFailException(
            f"A backfill publishes each night's own date, and this one was given as_of {params['as_of']!r} for all of "
            "them: nothing was built. Create it again without it, reprocessing the failed runs."
        )
    who = given["who"] or params["who"] or "airflow"
    return {"id": run.run_id, "reason": reason, "who": who, "from": None, "to": None}

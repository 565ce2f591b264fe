"""What Airflow's backfills need of `publish_reporting`: their bound, and the reason that each night publishes."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException

from alerting import run_type
from common import Run

# A slot is a task that runs: builds of several nights go side by side as far as the machine bears it.
POOL = "publishing"

PARAMS = {
    "as_of": Param(None, type=["null", "string"], title="As of", description="2021-02-01, or an instant"),
    "reason": Param(None, type=["null", "string"], title="Reason", description="Of a backfill: it is published"),
    "who": Param(None, type=["null", "string"], title="Who", description="Of a backfill, where Airflow cannot tell"),
}


class RestatingRun(Run):
    """What is read of a run that may be a backfill's."""

    run_id: str
    triggering_user_name: str | None


def is_backfilled(run: Run) -> bool:
    return run_type(run) == "backfill"


def backfill_of(run: RestatingRun, params: dict[str, Any]) -> dict[str, Any] | None:
    """What the publication's manifest keeps of a backfill; None for an ordinary night.

    A run by hand that is given a reason is one too. A run does not know the range that it is part of, nor who asked
    for it when it is an older run that the backfill had done again. Fails for good when a backfill has no reason.
    """
    reason = str(params["reason"] or "").strip()
    if not is_backfilled(run) and not reason:
        return None
    if not reason:
        raise AirflowFailException(
            "A backfill needs its reason, which each publication keeps, and this one has none: nothing was built. "
            'Create it again with {"reason": "..."} as the configuration of its runs, reprocessing the failed ones.'
        )
    if is_backfilled(run) and params["as_of"]:
        raise AirflowFailException(
            f"A backfill publishes each night's own date, and this one was given as_of {params['as_of']!r} for all of "
            "them: nothing was built. Create it again without it, reprocessing the failed runs."
        )
    who = run.triggering_user_name or params["who"] or "airflow"
    return {"id": run.run_id, "reason": reason, "who": who, "from": None, "to": None}

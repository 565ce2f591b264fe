"""What the tasks that wait for a person's answer share: the reason that goes with it, and how long they wait."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

from relance import french
from relance.settings import Settings

# Not `reason`: a run's form has that, and what was written there, or left empty, would be taken for the answer's.
REASON = "decision_reason"


class Asked(HITLOperator):
    """Asks in Airflow's Required Actions."""

    def answered(self, context: Any, event: dict[str, Any]) -> tuple[str | None, str, str]:
        """Who answered (None: nobody within the set time), the option, and the reason, which may be empty."""
        answer = super().execute_complete(context, event)
        user = answer["responded_by_user"]
        reason = str(answer["params_input"].get(REASON) or "").strip()
        return None if user is None else str(user["name"]), answer["chosen_options"][0], reason


def with_reason() -> dict[str, Any]:
    """Arguments of such a task: an answer has a reason, and is waited for as long as is set."""
    return {
        "params": {REASON: Param("", type="string", title="Motif", description="Il est publié avec les chiffres.")},
        "response_timeout": dt.timedelta(minutes=Settings.from_env().approval_minutes),
    }


def silence() -> str:
    """That nobody answered within the set time."""
    return f"Aucune réponse en {french.count(Settings.from_env().approval_minutes, 'minute')}"

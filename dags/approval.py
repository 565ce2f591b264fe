"""The task in which a build that the audit holds waits for a person, in Airflow's Required Actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, XComArg
from airflow.sdk.exceptions import AirflowFailException

from alerting import held
from relance import decisions, french
from relance.errors import PublicationHeldError
from relance.settings import Settings
from restating import is_backfilled

APPROVE, REJECT = "Approuver", "Rejeter"


class HeldUntilApproved(HITLOperator):
    """Passes a build on: at once when its audit passed, else once a person approved it.

    The first decision stands, wherever it was taken; the manifest says whose it is. A backfill does not wait.
    """

    template_fields = ("subject", "body", "build_id")

    def __init__(self, build_id: XComArg, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.build_id = build_id

    def execute(self, context: Any) -> Any:
        build_dir = Settings.from_env().builds_dir / str(self.build_id)
        held_by = decisions.held_by(build_dir)
        if held_by is None or is_backfilled(context["dag_run"]):
            return self._decided()
        self.body = f"Build `{self.build_id}`\n\n" + decisions.as_markdown(held_by)
        held(context, str(self.build_id), held_by)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        answer = super().execute_complete(context, event)
        user, approves = answer["responded_by_user"], answer["chosen_options"] == [APPROVE]
        reason = str(answer["params_input"].get("reason") or "").strip()
        if user is None:
            reason = f"Aucune réponse en {french.count(Settings.from_env().approval_minutes, 'minute')}"
        elif approves and not reason:
            raise AirflowFailException(
                "Approved without a reason, which is published: clear this task to be asked again."
            )
        decisions.decide(
            Settings.from_env().builds_dir / str(self.build_id),
            decisions.APPROVED if approves else decisions.REJECTED,
            "personne" if user is None else str(user["name"]),
            reason or "Sans motif",
            "airflow",
        )
        return self._decided()

    def _decided(self) -> str:
        try:
            decisions.require_approval(Settings.from_env().builds_dir / str(self.build_id))
        except PublicationHeldError as error:
            raise AirflowFailException(str(error)) from error
        return str(self.build_id)


def held_until_approved(build_id: Any) -> Any:
    """The build, once it may be published."""
    return HeldUntilApproved(
        task_id="approve",
        task_display_name="Faire approuver",
        build_id=build_id,
        subject="Publication retenue par le contrôle : l'approuver ou la rejeter",
        options=[APPROVE, REJECT],
        defaults=REJECT,
        params={"reason": Param("", type="string", title="Motif", description="Il est publié avec les chiffres.")},
        response_timeout=dt.timedelta(minutes=Settings.from_env().approval_minutes),
    ).output

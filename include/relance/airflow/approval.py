"""The task in which a build that the audit holds waits for a person, in Airflow's Required Actions."""

from __future__ import annotations

from typing import Any

from airflow.sdk import XComArg
from airflow.sdk.exceptions import AirflowFailException

from relance import decisions
from relance.airflow.alerting import held
from relance.airflow.asking import Asked, silence, with_reason
from relance.airflow.restating import is_backfilled
from relance.errors import PublicationHeldError
from relance.settings import Settings

APPROVE, REJECT = "Approuver", "Rejeter"


class HeldUntilApproved(Asked):
    """Passes a build on: at once when its audit passed, else once a person approved it.

    The first decision stands, wherever it was taken; the manifest says whose it is. A backfill does not wait.
    """

    template_fields = ("subject", "body", "build_id")
    # False: nobody will answer in Airflow, as where a night is run at a terminal.
    waits = True

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
        return super().execute(context) if self.waits else self._decided()

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        who, option, reason = self.answered(context, event)
        if who is None:
            reason = silence()
        elif option == APPROVE and not reason:
            raise AirflowFailException(
                "Approved without a reason, which is published: clear this task to be asked again."
            )
        decisions.decide(
            Settings.from_env().builds_dir / str(self.build_id),
            decisions.APPROVED if option == APPROVE else decisions.REJECTED,
            who or "personne",
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
        **with_reason(),
    ).output

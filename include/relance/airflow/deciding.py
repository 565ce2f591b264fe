"""The task in which a file that a control holds waits for a person, in Airflow's Required Actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from relance import decisions, french, stages
from relance.airflow.asking import Asked, silence, with_reason
from relance.airflow.common import beyond_retry, skip
from relance.errors import NotWaitingError

if TYPE_CHECKING:
    from relance.gate.answering import PendingFile

ACCEPT, REJECT, LEAVE = "Accepter", "Rejeter", "Laisser en attente"
DECISIONS = {ACCEPT: "accepted", REJECT: "rejected"}


class FileDecided(Asked):
    """Asks about one file, and keeps the answer; skipped where there is nothing to decide any more.

    The first decision stands, wherever it was taken. Without an answer in time nothing is decided.
    """

    template_fields = ("subject", "body")

    def execute(self, context: Any) -> Any:
        asked = context["params"]
        file = stages.file_asked_about(asked["build_id"], asked["receipt_id"])
        if file is None:
            skip("Somebody has decided of this file: nothing has to be asked.")
        self.subject = f"Fichier retenu : {file.file_name} ({file.whose})"
        self.body = told(file)
        self.options = [option for option in (ACCEPT, REJECT, LEAVE) if option != ACCEPT or file.can_be_accepted]
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> str:
        who, option, reason = self.answered(context, event)
        if who is None:
            skip(f"{silence()} : le fichier reste en attente. The next night asks again.")
        if option == LEAVE:
            skip(f"{who} leaves the file as it is: it waits, and the next night asks again.")
        if not reason:
            raise AirflowFailException(
                "Decided without a reason, which is published: clear this task to be asked again."
            )
        asked = context["params"]
        with beyond_retry(NotWaitingError, is_skipped=True):
            kept, _ = stages.decide_file(
                asked["receipt_id"], DECISIONS[option], who, reason, "airflow", asked["digest"]
            )
        return f"{kept.file_name}: {kept.decision} by {who}. The next run of publish_reporting counts accordingly."


def told(file: PendingFile) -> str:
    """What is shown to whoever decides, as Markdown."""
    counting = [f"{one.file_name} (reçu le {french.instant(one.received_at)})" for one in file.meanwhile]
    said = [
        f"Reçu le {french.instant(file.received_at)} ({file.feed}). Il ne compte pas tant que personne n'a décidé.",
        f"Comptent en attendant : {', '.join(counting) or 'aucun fichier'}.",
    ]
    if not file.can_be_accepted:
        said.append("Il ne peut pas être accepté tel quel : seul un fichier corrigé le remplace.")
    found = decisions.as_markdown(finding.sentence for finding in file.findings)
    return "\n\n".join([*map(decisions.plain_markdown, said), found, f"Reçu n° `{file.receipt_id}`"])


def decided() -> Any:
    """The task that asks."""
    return FileDecided(
        task_id="decide",
        task_display_name="Faire décider",
        subject="Fichier retenu",
        options=[ACCEPT, REJECT, LEAVE],
        defaults=LEAVE,
        **with_reason(),
    )

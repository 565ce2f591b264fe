"""Send the feedback on received files to whoever sent them, where a feed has contacts.

**When**: 06:00 in Paris, when the night's publication has brought the feedback up to date. Never backfilled.
A letter goes out once to each address, and again when what it tells has changed.

**If it fails**: the task's error names the letters that did not go out and what the mail server answered. It is
tried again three times; the letters that went are not sent again. No figure and no publication depends on it.

**Skipped**: no feed in feeds.yml has `contacts`, or there is no Airflow connection `smtp_default`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import dag, task

from relance.airflow.channels import MAIL, mail
from relance.airflow.common import DEFAULT_ARGS, FIRST_NIGHT, NEVER_BACKFILLED, nightly, skip
from relance.airflow.connections import connection_of

if TYPE_CHECKING:
    from relance.feedback import Letter


@dag(
    dag_display_name="Envoi des retours aux ministères",
    doc_md=__doc__,
    schedule=nightly("06:00"),
    start_date=FIRST_NIGHT,
    catchup=False,
    max_active_runs=1,
    allowed_run_types=NEVER_BACKFILLED,
    default_args=DEFAULT_ARGS,
    tags=["feedback"],
)
def send_feedback() -> None:
    @task(task_display_name="Envoyer les retours")
    def send() -> dict[str, int]:
        from relance import stages

        if connection_of(MAIL) is None:
            skip(f"There is no Airflow connection {MAIL}: no mail is sent.")
        done = stages.mail_feedback(send_letter)
        if done is None:
            skip("No feed in feeds.yml has contacts: no mail is sent.")
        return done

    send()


def send_letter(letter: Letter) -> None:
    mail([letter.address], letter.subject, letter.body, map(str, letter.files))


send_feedback()

"""Publish what was known at the as-of date: prepare, build, audit, approve (if the audit asks for it), publish, serve.

**When**: 03:00 in Paris; the as-of date is the end of the data interval, so each night can be rebuilt as it was. A run
by hand takes the moment it is asked for, or `as_of` (`2021-02-01`: that night, or an instant).
**If `audit` fails**: nothing was published. Its error names the controls, the figures and what to do. It is not tried
again, because the same files give the same verdict: have the file corrected, collect, and trigger this DAG once more.

**If `approve` waits**: the audit holds the build until a person decides (Required Actions, or `relance approve` and
`relance reject`). Its text is what the audit found. Without an answer within the set time the build is rejected.
**If `ask` triggers runs**: a file waits for a person (`decide_files`); the publication does without it, and not for it.
**If `serve` fails**: the publication stands, PostgreSQL holds the one before. Skipped: no connection `relance_marts`.
**If another task fails**: it is tried again three times. Clearing a task, or the run, is always safe.
**A backfill** needs `{"reason": "..."}` as the configuration of its runs, each time, and publishes the day after each
date: see `docs/backfills.md`. **If tasks wait as "scheduled"**: the pool `publishing` is full, or is not there.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from relance import stages
from relance.airflow.alerting import findings, mended
from relance.airflow.approval import held_until_approved
from relance.airflow.common import DEFAULT_ARGS, FIRST_NIGHT, as_of_of, beyond_retry, nightly, skip
from relance.airflow.connections import url_of
from relance.airflow.deadlines import in_time
from relance.airflow.questions import ask_about_files
from relance.airflow.restating import PARAMS, POOL, backfill_of, is_backfilled
from relance.airflow_plugin import NightsFirst
from relance.errors import NothingReceivedError, PublicationBlockedError


@dag(
    dag_display_name="Publication des tableaux de suivi",
    doc_md=__doc__,
    schedule=nightly("03:00"),
    start_date=FIRST_NIGHT,
    catchup=False,
    max_active_runs=1,
    deadline=in_time(),
    default_args={**DEFAULT_ARGS, "pool": POOL, "weight_rule": NightsFirst()},
    tags=["publish", "fund", "projects"],
    params=PARAMS,
)
def publish_reporting() -> None:
    @task(task_display_name="Choisir et lire les fichiers", on_success_callback=[mended, findings])
    def prepare(dag_run: Any = None, params: Any = None) -> str:
        as_of, backfill = as_of_of(dag_run, params["as_of"]), backfill_of(dag_run, params)
        with beyond_retry(NothingReceivedError, is_skipped=is_backfilled(dag_run)):
            return stages.prepare(as_of, backfill=backfill)

    @task(task_display_name="Construire l'entrepôt")
    def build(build_id: Any) -> Any:
        stages.build(build_id)
        return build_id

    @task(task_display_name="Contrôler")
    def audit(build_id: Any) -> Any:
        with beyond_retry(PublicationBlockedError):
            stages.audit(build_id)
        return build_id

    @task(task_display_name="Publier")
    def publish(build_id: Any) -> str:
        folder = stages.publish(build_id)
        return skip(unchanged) if (unchanged := stages.unchanged(build_id)) else folder

    @task(task_display_name="Charger PostgreSQL")
    def serve(publication: Any) -> str:
        if loaded := stages.serve(url_of("relance_marts")):
            return loaded.sentence()
        skip("There is no Airflow connection relance_marts: no PostgreSQL database is loaded.")

    serve(publish(held_until_approved(audit(build(prepared := prepare())))))
    ask_about_files(prepared)


publish_reporting()

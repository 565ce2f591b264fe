"""Let go what nobody needs any more: old publications and builds, leftovers, Airflow's own old runs and log files.

**When**: Sundays, 12:00 in Paris, away from the nights. Never anything of `data/landing`, nor what `current` or a tag
points to. How long things are kept: `RELANCE_KEEP_DAYS`, `RELANCE_KEEP_BUILD_DAYS`, `RELANCE_KEEP_AIRFLOW_DAYS`.

**If it fails**: nothing depends on it but room on the disk; its error says why. It is tried again three times, and
clearing a task is always safe.
"""

from __future__ import annotations

from airflow.sdk import CronDataIntervalTimetable, dag, task

from cleaning import clean_database, clean_log_files
from common import DEFAULT_ARGS, FIRST_NIGHT, NEVER_BACKFILLED, skip


@dag(
    dag_display_name="Ménage",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 12 * * 0", timezone="Europe/Paris"),
    start_date=FIRST_NIGHT,
    catchup=False,
    allowed_run_types=NEVER_BACKFILLED,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["housekeeping"],
)
def housekeeping() -> None:
    @task(task_display_name="Ranger les données")
    def tidy_data() -> list[str]:
        from relance.housekeeping import tidy
        from relance.settings import Settings

        return tidy(Settings.from_env())

    @task(task_display_name="Nettoyer la base d'Airflow")
    def clean_airflow() -> None:
        import os

        from relance.settings import Settings

        if os.environ.get("RELANCE_AIRFLOW_DB_CLEANED") == "at-start":
            skip("Every start of the deployment removes Airflow's old runs (deploy/airflow/initialise.sh).")
        clean_database(Settings.from_env().keep_airflow_days)

    @task(task_display_name="Retirer les vieux journaux d'Airflow")
    def clean_logs() -> str:
        from relance.settings import Settings

        return clean_log_files(Settings.from_env().keep_airflow_days)

    tidy_data() >> [clean_airflow(), clean_logs()]


housekeeping()

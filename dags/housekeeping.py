"""Let go what nobody needs any more: old publications and builds, leftovers, Airflow's own old runs and log files.

And verify what was received: every file against the hash that it came with.

**When**: Sundays, 12:00 in Paris, away from the nights. Never anything of `data/landing`, nor what `current` or a tag
points to. How long things are kept: `RELANCE_KEEP_DAYS`, `RELANCE_KEEP_BUILD_DAYS`, `RELANCE_KEEP_AIRFLOW_DAYS`.

**If `verify_landing` fails**: received files are damaged; its error names them and says what to do.
**If another task fails**: nothing depends on it but room on the disk; its error says why. It is tried again three
times, and clearing a task is always safe.
"""

from __future__ import annotations

from airflow.sdk import CronDataIntervalTimetable, dag, task

from relance.airflow.cleaning import clean_database, clean_log_files
from relance.airflow.common import DEFAULT_ARGS, FIRST_NIGHT, NEVER_BACKFILLED, beyond_retry, skip
from relance.errors import DamagedError


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

    @task(task_display_name="Vérifier ce qui a été reçu")
    def verify_landing() -> str:
        from relance import stages

        with beyond_retry(DamagedError):
            found = stages.verify_landing()
            found.require_sound()
            return found.sentence()

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
    verify_landing()


housekeeping()

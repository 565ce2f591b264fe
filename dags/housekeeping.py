"""Let go what nobody needs any more: old publications and builds, leftovers, Airflow's own old runs and log files.

**When**: Sundays, 12:00 in Paris, away from the nights. Never anything of `data/landing`, nor what `current` or a tag
points to. How long things are kept: `RELANCE_KEEP_DAYS`, `RELANCE_KEEP_BUILD_DAYS`, `RELANCE_KEEP_AIRFLOW_DAYS`.

**If it fails**: nothing depends on it but room on the disk; its error says why. It is tried again three times, and
clearing a task is always safe.
"""

from __future__ import annotations

from airflow.sdk import CronDataIntervalTimetable, dag, task

from common import DEFAULT_ARGS, FIRST_NIGHT, NEVER_BACKFILLED
from connections import url_of


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
        """`airflow db clean`, in a process of its own: a task may not use Airflow's database."""
        import datetime as dt
        import os
        import subprocess
        import sys

        from relance import asof
        from relance.errors import RelanceError
        from relance.settings import Settings

        before = asof.now() - dt.timedelta(days=Settings.from_env().keep_airflow_days)
        variable = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
        # What Airflow puts in there for a task is an address that cannot be used.
        settings = {name: value for name, value in os.environ.items() if not name.endswith("__SQL_ALCHEMY_CONN")}
        if url := url_of("relance_airflow_db"):
            settings[variable] = url
        command = ["db", "clean", "--yes", "--skip-archive", "--error-on-cleanup-failure"]
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *command, "--clean-before-timestamp", before.isoformat()],
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout)
        if "Table dag_run not found" in done.stdout:
            raise RelanceError(
                "The database that `airflow db clean` found is not Airflow's: nothing was cleaned. Give its address "
                f"as the connection relance_airflow_db ({variable} is hidden from tasks)."
            )
        if done.returncode:
            last = (done.stdout.strip() or "no output").splitlines()[-1]
            raise RelanceError(f"`airflow db clean` ended with {done.returncode}: {last}")

    @task(task_display_name="Retirer les vieux journaux d'Airflow")
    def clean_logs() -> str:
        import datetime as dt
        from pathlib import Path

        from airflow.sdk.configuration import conf

        from relance import asof
        from relance.housekeeping import tidy_logs
        from relance.settings import Settings

        folder, days = Path(conf.get("logging", "base_log_folder")), Settings.from_env().keep_airflow_days
        removed = tidy_logs(folder, asof.now() - dt.timedelta(days=days))
        return f"{removed} log files older than {days} days removed from {folder}"

    tidy_data() >> [clean_airflow(), clean_logs()]


housekeeping()

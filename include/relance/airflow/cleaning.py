"""What Airflow itself lets go: old runs of its database, and the log files of old runs."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

from relance import asof
from relance.airflow.connections import url_of
from relance.errors import RelanceError

DATABASE_VARIABLE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


def clean_database(keep_days: int) -> None:
    """`airflow db clean`, in a process of its own: a task may not use Airflow's database."""
    before = asof.now() - dt.timedelta(days=keep_days)
    # What Airflow puts in there for a task is an address that cannot be used.
    settings = {name: value for name, value in os.environ.items() if not name.endswith("__SQL_ALCHEMY_CONN")}
    if url := url_of("relance_airflow_db"):
        settings[DATABASE_VARIABLE] = url
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
            f"as the connection relance_airflow_db ({DATABASE_VARIABLE} is hidden from tasks)."
        )
    if done.returncode:
        last = (done.stdout.strip() or "no output").splitlines()[-1]
        raise RelanceError(f"`airflow db clean` ended with {done.returncode}: {last}")


def clean_log_files(keep_days: int) -> str:
    """Remove them where Airflow keeps its logs; what was done, as a sentence."""
    from airflow.sdk.configuration import conf

    from relance.housekeeping import tidy_logs

    folder = Path(conf.get("logging", "base_log_folder"))
    removed = tidy_logs(folder, asof.now() - dt.timedelta(days=keep_days))
    return f"{removed} log files to which nothing was written for {keep_days} days removed from {folder}"

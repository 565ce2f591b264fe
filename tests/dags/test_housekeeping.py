"""The weekly work: what was received is verified, Airflow's own database and log files are cleaned."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from relance import stages
from relance.errors import DamagedError, RelanceError
from relance.settings import Settings
from tests.conftest import PROJECT
from tests.damage import flip


def test_another_database_is_not_taken_for_airflows(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_RELANCE_AIRFLOW_DB", raising=False)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
    monkeypatch.delenv("RELANCE_AIRFLOW_DB_CLEANED", raising=False)
    with pytest.raises(RelanceError, match="relance_airflow_db"):
        bag.dags["housekeeping"].get_task("clean_airflow").python_callable()


def test_a_deployment_that_cleans_at_its_start_is_left_alone(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setenv("RELANCE_AIRFLOW_DB_CLEANED", "at-start")
    with pytest.raises(AirflowSkipException, match="Every start of the deployment"):
        bag.dags["housekeeping"].get_task("clean_airflow").python_callable()


def test_log_files_go_where_airflow_keeps_them(bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, recent = tmp_path / "dag_id=a" / "old.log", tmp_path / "recent.log"
    old.parent.mkdir()
    for path in (old, recent):
        path.touch()
    os.utime(old, (0, 0))
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(tmp_path))
    said = bag.dags["housekeeping"].get_task("clean_logs").python_callable()
    assert said.startswith("1 log files to which nothing was written for 183 days")
    assert not old.exists()
    assert recent.is_file()


def test_what_was_received_is_verified_and_damage_fails_the_task_for_good(
    bag: Any, settings: Settings, tmp_path: Path
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    drop = tmp_path / "drop"
    drop.mkdir()
    shutil.copy(PROJECT / "samples" / "submissions" / "ECO_2021-T1.xlsx", drop)
    stages.collect("submissions", str(drop))
    verify = bag.dags["housekeeping"].get_task("verify_landing").python_callable
    assert verify().startswith("Looked at 1 receipts, 0 decisions on files, 1 objects")
    (kept,) = (settings.landing_dir / "objects").iterdir()
    flip(kept)
    with pytest.raises(AirflowFailException, match="Our storage damaged them, not their senders") as error:
        verify()
    # By its cause an alert finds the place in the runbook.
    assert isinstance(error.value.__cause__, DamagedError)
    flip(kept)
    assert verify().startswith("Looked at 1 receipts, 0 decisions on files, 1 objects")

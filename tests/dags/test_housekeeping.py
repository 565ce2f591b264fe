"""The weekly cleaning of what is Airflow's own: its database, where a task finds another one, and its log files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from relance.errors import RelanceError


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

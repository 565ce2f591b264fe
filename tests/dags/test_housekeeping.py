"""The weekly cleaning of Airflow's database, where the database that a task can find is another one."""

from __future__ import annotations

from typing import Any

import pytest

from relance.errors import RelanceError


def test_another_database_is_not_taken_for_airflows(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_RELANCE_AIRFLOW_DB", raising=False)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
    with pytest.raises(RelanceError, match="relance_airflow_db"):
        bag.dags["housekeeping"].get_task("clean_airflow").python_callable()

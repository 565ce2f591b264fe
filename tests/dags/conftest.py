"""The DAGs as Airflow's DAG processor loads them, with an Airflow home that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.mail import Mailbox

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="session")
def bag(airflow_home: Path) -> Any:
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder", load_op_links=False)


@pytest.fixture(scope="session")
def common(bag: Any) -> Any:
    """The module that the DAG files share."""
    from relance.airflow import common

    return common


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
def mail_connection(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", mailbox.connection)

"""The DAGs as Airflow's DAG processor loads them, with an Airflow home that is thrown away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="session")
def bag(airflow_home: Path) -> Any:
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder", load_op_links=False)


@pytest.fixture(scope="session")
def common(bag: Any) -> Any:
    """The module the DAG files share; loading the bag put their folder on the path."""
    import common

    return common

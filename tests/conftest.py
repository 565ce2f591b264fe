"""What tests share: a data folder of their own for each, and the real panorama files where they are."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from relance.settings import Settings
from tests.servers.postgres import Copy, PostgresServer, binaries

PROJECT = Path(__file__).parents[1]
# Lineage is told where a test is about it: it takes a second of every build.
os.environ["OPENLINEAGE_DISABLED"] = "true"
REAL_PANORAMA = PROJECT.parent / "shared" / "data" / "panorama"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The project's settings with a data folder of the test's own."""
    monkeypatch.setenv("RELANCE_DATA_DIR", str(tmp_path / "data"))
    return Settings.from_env()


@pytest.fixture
def real_panorama() -> Path:
    """The folder of the real panorama files, which are not part of the project."""
    if not REAL_PANORAMA.is_dir():
        pytest.skip("the real panorama files (../shared/data/panorama) are not beside this checkout")
    return REAL_PANORAMA


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Airflow reads its home when it is first imported: no test may import it before this, nor write to ~."""
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        import airflow

        assert airflow.__version__
        yield home


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    if binaries() is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed: .ci/run installs Debian's package postgresql")
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def copy(postgres: PostgresServer, tmp_path: Path) -> Copy:
    database = f"db_{uuid.uuid4().hex}"
    postgres.execute(f"create database {database}")
    return Copy(postgres, database, tmp_path / "publications")

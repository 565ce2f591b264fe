from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from relance.files import locked
from tests.pipeline.house import House


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> House:
    """The samples, collected and published with their lineage; tests that change anything take a copy.

    The processes that run the tests share it: the first that needs it makes it.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "samples"
    house = House(folder / "data")
    del house.env["OPENLINEAGE_DISABLED"]
    with locked(folder / "lock"):
        if not house.current.exists():
            house.collect_samples()
            house.run("publish")
    return house


@pytest.fixture
def house(published_once: House, tmp_path: Path) -> House:
    """A house of the test's own in which the samples are published."""
    return published_once.copy(tmp_path / "data")


@pytest.fixture
def empty_house(tmp_path: Path) -> House:
    return House(tmp_path / "data")


@pytest.fixture
def drop(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a folder to drop files in."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        return folder

    return make

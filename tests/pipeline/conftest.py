from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.house import House


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The samples, collected and published with their lineage; tests that change anything take a copy."""
    house = House(tmp_path_factory.mktemp("samples") / "data")
    del house.env["OPENLINEAGE_DISABLED"]
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

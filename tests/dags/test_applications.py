"""The collection of applications as its task runs it: against the platform's server, with Airflow's connection."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from relance.errors import CollectionIncompleteError
from relance.landing.receipts import read_receipts
from relance.settings import Settings
from tests.servers.applications import DEMARCHE, TOKEN, ApplicationsServer, dossier
from tests.servers.loopback import Fault, status

CONNECTION = "AIRFLOW_CONN_RELANCE_APPLICATIONS"
VARIABLE = "RELANCE_TEST_TOKEN"


@pytest.fixture
def platform(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApplicationsServer]:
    """A platform with two dossiers, and the feeds file that names it, the token and a folder that is not there."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in (CONNECTION, VARIABLE):
        monkeypatch.delenv(name, raising=False)
    server = ApplicationsServer()
    server.dossiers = [dossier(101, "2021-03-09T10:00:00+01:00"), dossier(102, "2021-03-08T10:00:00+01:00")]
    common = {"kind": "application", "title_fr": "Dossiers", "name_pattern": r"^dossier-(?P<key>\d+)\."}
    feeds = {
        "missing": {**common, "folder": str(tmp_path / "missing")},
        "applications": {
            **common,
            "source": "applications",
            "api": server.api,
            "demarche": DEMARCHE,
            "token_variable": VARIABLE,
            "token_connection": "relance_applications",
            "http": {
                "allowed_hosts": [server.place],
                "is_plain_http_allowed": True,
                "attempts": 2,
                "backoff_seconds": 0.01,
                "backoff_max_seconds": 0.02,
            },
        },
        "by_hand": {**common, "folder": str(tmp_path), "is_nightly": False},
    }
    feeds_file = tmp_path / "feeds.yml"
    feeds_file.write_text(yaml.safe_dump({"feeds": feeds}), encoding="utf-8")
    monkeypatch.setenv("RELANCE_FEEDS", str(feeds_file))
    yield server
    server.stop()


def collect(bag: Any) -> Any:
    return bag.dags["collect_applications"].get_task("collect").python_callable(params={"folder": None})


@pytest.mark.parametrize("fault", [None, status(401), status(500)], ids=["sound", "refused", "broken"])
def test_the_token_of_the_connection_is_used_and_nowhere_else(
    bag: Any,
    platform: ApplicationsServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Fault | None,
) -> None:
    monkeypatch.setenv(CONNECTION, f"generic://:{TOKEN}@")
    if fault:
        platform.fail("/api/v2/graphql", fault)
    with caplog.at_level(logging.DEBUG), pytest.raises(CollectionIncompleteError) as caught:
        collect(bag)
    assert platform.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    said = "".join(traceback.format_exception(caught.value))
    assert "missing" in said
    assert TOKEN not in said + caplog.text
    written = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    assert TOKEN.encode() not in written
    # The feed whose folder is missing did not stop the other.
    assert len(read_receipts(settings.landing_dir)) == (0 if fault else 2)


def test_without_a_connection_the_environment_gives_the_token(
    bag: Any, platform: ApplicationsServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    with pytest.raises(CollectionIncompleteError, match="missing"):
        collect(bag)
    assert len(read_receipts(settings.landing_dir, "applications")) == 2


def test_without_any_token_it_is_said_which_variable_should_hold_it(bag: Any, platform: ApplicationsServer) -> None:
    with pytest.raises(CollectionIncompleteError, match=VARIABLE):
        collect(bag)
    assert platform.seen == []

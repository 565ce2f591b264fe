"""What a stage tells of its data sets, and that nothing depends on whether it can be told."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from relance import lineage
from relance.landing.receipts import Receipt
from relance.local_airflow.up import free_port
from relance.settings import Settings
from tests.lineage import Catalogue, names, told
from tests.servers.loopback import status

KEY = "une clé du catalogue"
RUN = "0195f2a1-0000-7000-8000-000000000000"
MANIFEST = {
    "receipts": [
        {"feed": "submissions", "receipt_id": "r1", "file_name": "ECO.xlsx", "sha256": "aa", "tables": {"awards": {}}},
        {"feed": "panorama", "receipt_id": "r2", "file_name": "p.csv", "sha256": "bb", "tables": {"projects": {}}},
        {"feed": "submissions", "receipt_id": "r3", "file_name": "INT.csv", "sha256": "cc", "tables": {"awards": {}}},
        {"feed": "submissions", "receipt_id": "r4", "file_name": "set_aside.csv", "sha256": "dd", "tables": {}},
    ]
}


@pytest.fixture(autouse=True)
def told_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENLINEAGE_DISABLED", "OPENLINEAGE_URL", "OPENLINEAGE_API_KEY", "OPENLINEAGE_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    server = Catalogue()
    monkeypatch.setenv("OPENLINEAGE_URL", server.address)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", KEY)
    yield server
    server.stop()


def test_a_file_takes_the_events_by_default_and_a_table_comes_of_the_receipts_that_have_it(settings: Settings) -> None:
    lineage.prepared(settings, MANIFEST)
    found = {
        event["job"]["name"]: (names(event["inputs"]), names(event["outputs"])) for event in told(settings.data_dir)
    }
    assert found == {
        "prepare.awards": (
            {"relance landing/submissions/r1", "relance landing/submissions/r3"},
            {"duckdb://relance warehouse.raw.awards"},
        ),
        "prepare.projects": ({"relance landing/panorama/r2"}, {"duckdb://relance warehouse.raw.projects"}),
    }


def test_a_collection_names_the_files_it_landed(settings: Settings) -> None:
    at = dt.datetime(2021, 4, 6, tzinfo=dt.UTC)
    receipt = Receipt(
        "r1", "submissions", "submission", "ECO.xlsx", "file:///drop/ECO.xlsx", "aa", 1, at, None, None, "t1"
    )
    lineage.collected(settings, "submissions", [receipt])
    (event,) = told(settings.data_dir)
    (landed,) = event["outputs"]
    assert (event["job"]["name"], landed["name"]) == ("collect.submissions", "landing/submissions/r1")
    assert landed["facets"]["documentation"]["description"] == "ECO.xlsx"
    assert landed["facets"]["version"]["datasetVersion"] == "aa"


def test_a_collection_without_anything_new_tells_nothing(settings: Settings) -> None:
    lineage.collected(settings, "panorama", [])
    assert not settings.lineage_file.exists()


def test_an_address_takes_them_too_with_its_key_which_stands_in_no_file(
    settings: Settings, catalogue: Catalogue
) -> None:
    lineage.prepared(settings, MANIFEST)
    assert catalogue.events == told(settings.data_dir)
    assert {request.path for request in catalogue.seen} == {"/api/v1/lineage"}
    assert {request.headers["Authorization"] for request in catalogue.seen} == {f"Bearer {KEY}"}
    assert KEY not in settings.lineage_file.read_text()


def test_the_task_in_which_a_stage_runs_is_its_parent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"relance/publish_reporting.prepare/{RUN}")
    lineage.prepared(settings, MANIFEST)
    parents = [event["run"]["facets"]["parent"] for event in told(settings.data_dir)]
    assert {(one["job"]["name"], one["run"]["runId"]) for one in parents} == {("publish_reporting.prepare", RUN)}


def test_an_address_that_refuses_is_asked_once_and_nothing_fails(
    settings: Settings, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue.fail("/", status(403))
    with caplog.at_level(logging.INFO):
        lineage.prepared(settings, MANIFEST)
    assert len(catalogue.seen) == 1
    assert len(told(settings.data_dir)) == 2
    assert "2 of 2 lineage events did not go to OPENLINEAGE_URL (HTTPError)" in caplog.text
    assert KEY not in caplog.text


def test_an_address_where_nobody_listens_fails_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://user:{KEY}@127.0.0.1:{free_port()}")
    with caplog.at_level(logging.INFO):
        lineage.prepared(settings, MANIFEST)
    assert len(told(settings.data_dir)) == 2
    assert "did not go to OPENLINEAGE_URL (ConnectionError)" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("address", ["", "not an address"])
def test_a_wrong_address_or_dbt_artefacts_that_are_not_there_fail_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", address)
    lineage.built(settings, settings.data_dir / "target")
    assert "The lineage of this stage was not told (FileNotFoundError)" in caplog.text
    lineage.prepared(settings, MANIFEST)
    assert ("(ValueError)" in caplog.text) == bool(address)


def test_it_can_be_switched_off(settings: Settings, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    lineage.prepared(settings, MANIFEST)
    assert not settings.lineage_file.exists()
    assert catalogue.seen == []


def test_lines_stay_whole_when_several_runs_write_at_once(settings: Settings) -> None:
    receipts = [{**MANIFEST["receipts"][0], "receipt_id": f"r{number}"} for number in range(1000)]
    with ThreadPoolExecutor(8) as runs:
        list(runs.map(lambda _: lineage.prepared(settings, {"receipts": receipts}), range(16)))
    lines = settings.lineage_file.read_text(encoding="utf-8").splitlines()
    assert [len(json.loads(line)["inputs"]) for line in lines] == [1000] * 16

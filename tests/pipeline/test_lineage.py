"""The lineage of a real run, without Airflow: by default into a file."""

from __future__ import annotations

import pytest

from tests.lineage import Event, downstream, names, told
from tests.pipeline.house import House, receipts_by_file

OVERVIEW, PROJECTS = (
    "duckdb://relance warehouse.fund.fund_overview",
    "duckdb://relance warehouse.project.panorama_overview",
)


@pytest.fixture
def events(published_once: House) -> list[Event]:
    return told(published_once.data_dir)


def test_a_submission_is_followed_through_its_table_and_the_models_to_the_fund(
    published_once: House, events: list[Event]
) -> None:
    (receipt,) = receipts_by_file(published_once)["ECO_2021-T1.xlsx"]
    reached = downstream(events, f"relance landing/submissions/{receipt}")
    for step in ("raw.awards", "staging.stg_submissions__awards", "fund.fct_award", "fund.fund_line_execution"):
        assert f"duckdb://relance warehouse.{step}" in reached
    assert OVERVIEW in reached
    assert "relance publications" in reached
    assert PROJECTS not in reached


def test_a_panorama_goes_to_the_projects_and_not_to_the_fund(published_once: House, events: list[Event]) -> None:
    (receipt,) = receipts_by_file(published_once)["2017-06-open-data.csv"]
    reached = downstream(events, f"relance landing/panorama/{receipt}")
    assert PROJECTS in reached
    assert OVERVIEW not in reached


def test_every_receipt_was_landed_by_a_collection_and_the_publication_is_named(
    published_once: House, events: list[Event]
) -> None:
    landed = {
        name for event in events if event["job"]["name"].startswith("collect.") for name in names(event["outputs"])
    }
    read = {name for event in events if event["job"]["name"].startswith("prepare.") for name in names(event["inputs"])}
    assert read
    assert read <= landed
    (publication,) = (event["outputs"][0] for event in events if event["job"]["name"] == "publish")
    place = published_once.current.resolve()
    assert publication["facets"]["version"]["datasetVersion"] == f"{place.parent.name}/{place.name}"

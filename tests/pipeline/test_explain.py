"""`relance explain` on the samples, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relance.publication.explain import explain
from relance.warehouse.descriptions import describe_marts
from tests.pipeline.house import PROJECT, House


def test_a_line_is_followed_to_the_rows_of_the_files(published_once: House) -> None:
    output = published_once.run("explain", "fund.fund_line_execution", "ITN2")
    assert "9895600.00" in output
    assert "5 row(s) of fund.award_execution" in output
    assert "AGR_2021-T3.xlsx, received 2021-10-11 13:02:00 UTC" in output
    assert "awards, sheet Subventions, row 5" in output


def test_the_amounts_beneath_add_up_to_the_row_above(published_once: House) -> None:
    document = json.loads(published_once.run("explain", "ministry_execution", "INT", "--all", "--json"))
    (awards,) = (one for one in document["beneath"] if one["mart"] == "fund.award_execution")
    cents = sum(int(row["awarded_eur"].replace(".", "")) for row in awards["rows"])
    assert cents == int(document["row"]["awarded_eur"].replace(".", "")) > 0
    assert sum(origin["row_count"] for origin in document["origins"] if origin["table_name"] == "awards") == len(
        awards["rows"]
    )


def test_an_unknown_row_gets_a_sentence(published_once: House) -> None:
    output = published_once.run("explain", "fund_overview", "état", expect=1)
    assert "has no row 'état' (scope). Near it:" in output


MARTS = describe_marts(PROJECT / "dbt_project")


@pytest.mark.parametrize("mart", [mart for mart, described in MARTS.items() if described["key"]])
def test_a_row_of_every_mart_can_be_explained(published_once: House, mart: str) -> None:
    """Every link names columns that are there; every row ends at a file, a source, or says where to look."""
    columns = ", ".join(f"cast({column} as varchar)" for column in MARTS[mart]["key"])
    rows = published_once.query(f"select {columns} from {mart} order by all limit 1")  # noqa: S608 - names from the yml
    if not rows:
        pytest.skip("the samples have no row of it")
    found = explain(published_once.current, published_once.data_dir / "landing", mart, rows[0], 1)
    assert found.row
    assert all(Path(origin.path).is_file() for origin in found.origins)

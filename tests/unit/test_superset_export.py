"""What Superset imports is made from the marts as they are, and names nothing that is not there."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
EXPORT = PROJECT / "bi" / "superset" / "export"
DATASETS = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((EXPORT / "datasets").rglob("*.yaml"))]
CHARTS = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((EXPORT / "charts").glob("*.yaml"))]
CONTRACTS = json.loads((PROJECT / "docs" / "marts-contracts.json").read_text("utf-8"))
SQL_WORDS = {"sum", "max", "avg", "nullif", "count", "filter", "where", "is", "not", "null", "and", "true"}
OF_MARTS = [dataset for dataset in DATASETS if dataset["schema"] != "publication"]


def test_the_export_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROJECT / "bi" / "superset")
    files = importlib.import_module("build_export").export()
    written = {str(path.relative_to(EXPORT)): path.read_text("utf-8") for path in EXPORT.rglob("*.yaml")}
    assert written == files, "run python bi/superset/build_export.py"


@pytest.mark.parametrize(("dashboard", "exposure"), [("fund", "fund_dashboard"), ("projects", "projects_dashboard")])
def test_dbt_knows_which_marts_a_dashboard_reads(dashboard: str, exposure: str) -> None:
    marts = PROJECT / "dbt_project" / "models" / "marts"
    models = [
        one for path in marts.glob("*/_*__models.yml") for one in yaml.safe_load(path.read_text("utf-8"))["models"]
    ]
    names = {one["config"].get("alias", one["name"]): one["name"] for one in models}
    shown = yaml.safe_load((PROJECT / "bi" / "superset" / "dashboards" / f"{dashboard}.yml").read_text("utf-8"))
    datasets = {one["dataset"].split(".")[1] for one in [*shown["charts"].values(), *shown["filters"]]}
    exposures = yaml.safe_load((marts / "_exposures.yml").read_text("utf-8"))["exposures"]
    (known,) = [one for one in exposures if one["name"] == exposure]
    assert known["label"] == shown["title"]
    assert set(known["depends_on"]) == {f"ref('{names[one]}')" for one in datasets if one in names}


@pytest.mark.parametrize("dataset", OF_MARTS, ids=lambda one: one["table_name"])
def test_each_column_is_one_of_its_mart_with_its_type(dataset: dict[str, Any]) -> None:
    columns = CONTRACTS[f"{dataset['schema']}.{dataset['table_name']}"]["columns"]
    shown = {one["column_name"]: one["type"] for one in dataset["columns"] if one["expression"] is None}
    types = {name: column["type"].upper().replace("VARCHAR", "TEXT") for name, column in columns.items()}
    assert shown == types
    for metric in dataset["metrics"]:
        bare = re.sub(r"'[^']*'", "", metric["expression"])
        names = set(re.findall(r"[a-z_]+", bare)) - SQL_WORDS
        assert names <= columns.keys(), metric["metric_name"]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda one: one["slice_name"])
def test_each_chart_asks_for_columns_and_metrics_that_are_there(chart: dict[str, Any]) -> None:
    (dataset,) = [one for one in DATASETS if one["uuid"] == chart["dataset_uuid"]]
    (query,) = json.loads(chart["query_context"])["queries"]
    columns = {one["column_name"] for one in dataset["columns"]}
    metrics = {one["metric_name"] for one in dataset["metrics"]}
    assert set(query["columns"]) | {one["col"] for one in query["filters"]} <= columns
    assert set(query["metrics"] or ()) <= metrics
    assert {name for name, _ in query.get("orderby", [])} <= columns | metrics


@pytest.mark.parametrize("path", sorted((EXPORT / "dashboards").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_colour_is_of_a_metric_that_is_drawn_and_each_chart_says_its_source(path: Path) -> None:
    dashboard = yaml.safe_load(path.read_text("utf-8"))
    parts = [part for part in dashboard["position"].values() if isinstance(part, dict)]
    of_it = {part["meta"]["uuid"] for part in parts if part["type"] == "CHART"}
    drawn = [chart for chart in CHARTS if chart["uuid"] in of_it]
    assert len(drawn) == len(of_it) > 15
    assert dashboard["metadata"]["label_colors"].keys() <= {
        name for chart in drawn for name in chart["params"].get("metrics") or ()
    }
    beside_a_text = {
        name
        for part in parts
        if part["type"] == "ROW" and any(child.endswith("-text") for child in part["children"])
        for name in part["children"]
    }
    notes = {part["meta"]["code"] for part in parts if part["type"] == "MARKDOWN"}
    for part in parts:
        if part["type"] == "CHART" and part["id"] not in beside_a_text:
            (chart,) = [one for one in drawn if one["uuid"] == part["meta"]["uuid"]]
            assert "Source : " in chart["description"]
            assert chart["viz_type"] == "big_number_total" or chart["description"] in notes, chart["slice_name"]


def test_nothing_but_stacked_parts_is_added_up_below_the_pointer() -> None:
    drawn = [chart["params"] for chart in CHARTS if chart["viz_type"].startswith("echarts_timeseries")]
    assert {bool(one.get("stack")) for one in drawn} == {True, False}
    assert [one for one in drawn if one["showTooltipTotal"] is not bool(one.get("stack"))] == []


def test_the_export_holds_no_password() -> None:
    database = yaml.safe_load((EXPORT / "databases" / "relance.yaml").read_text("utf-8"))
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://lecture@localhost:5432/relance"
    assert "password" not in database

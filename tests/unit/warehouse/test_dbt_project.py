"""What the house asks of every model and seed, read from the project's own files: no build is needed to see it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DBT_DIR = Path(__file__).resolve().parents[3] / "dbt_project"
SQL_FILES = sorted([*DBT_DIR.glob("models/**/*.sql"), *DBT_DIR.glob("tests/*.sql")])
SEEDS = sorted(DBT_DIR.glob("seeds/*.csv"))


def declared(kind: str, pattern: str) -> dict[str, dict[str, Any]]:
    """Everything of a kind (`models`, `seeds`) that the YAML files matching `pattern` declare, by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(DBT_DIR.glob(pattern)):
        for entry in (yaml.safe_load(path.read_text()) or {}).get(kind, []):
            assert entry["name"] not in found, f"{entry['name']} is declared twice"
            found[entry["name"]] = entry
    return found


MODELS = declared("models", "models/**/*.yml")
MARTS = declared("models", "models/marts/**/*.yml")


def test_every_model_is_described_by_its_grain() -> None:
    assert set(MODELS) == {path.stem for path in DBT_DIR.glob("models/**/*.sql")}
    without = [name for name, model in MODELS.items() if not model["description"].startswith("Grain: one row per ")]
    assert without == []


def test_layers_are_named_by_prefix() -> None:
    folders = {"staging": "stg_", "intermediate": "int_"}
    for folder, prefix in folders.items():
        names = [path.stem for path in DBT_DIR.glob(f"models/{folder}/**/*.sql")]
        assert names
        assert [name for name in names if not name.startswith(prefix)] == []


def test_only_staging_reads_sources_and_it_reads_one_each() -> None:
    for path in DBT_DIR.glob("models/**/*.sql"):
        reads = path.read_text().count("source(")
        assert reads == (1 if "staging" in path.parts else 0), path.name


# Amounts as the cells have them, and what rounding to the cent took of them.
AS_WRITTEN = {"in_eur", "rounding_eur"}


@pytest.mark.parametrize("name", sorted(MARTS))
def test_every_mart_says_what_its_columns_are(name: str) -> None:
    mart = MARTS[name]
    assert mart["config"]["meta"]["label_fr"]
    assert mart["columns"]
    for column in mart["columns"]:
        meta = column["config"]["meta"]
        assert column["data_type"], column["name"]
        assert column["description"], column["name"]
        assert meta["label_fr"], column["name"]
        assert meta["unit"], column["name"]
        if column["name"].endswith("_eur"):
            assert column["data_type"] == ("decimal(38,18)" if column["name"] in AS_WRITTEN else "decimal(18,2)")
            assert meta["unit"] == "EUR"


@pytest.mark.parametrize("name", sorted(set(MARTS) - {"rejected_rows", "unresolved_names"}))
def test_every_mart_with_a_key_has_it_tested(name: str) -> None:
    """Not those two: nothing in a rejected value or an unknown name can be relied on to tell two of them apart."""
    (test,) = MARTS[name]["data_tests"]
    rules = test["holds"]["arguments"]
    assert rules.get("key") or rules["keys"]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_reference_figure_has_its_source_and_its_type(path: Path) -> None:
    seed = declared("seeds", "seeds/*.yml")[path.stem]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert [row for row in rows if not row["source"]] == []
    types = seed["config"]["column_types"]
    assert list(types) == list(rows[0])
    assert [column["name"] for column in seed["columns"]] == list(rows[0])
    assert {types[column] for column in types if column.endswith("_eur")} <= {"decimal(18, 2)"}


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_number_of_a_reference_table_has_its_range(path: Path) -> None:
    """75 typed for 0.75 would be published without a word."""
    seed = declared("seeds", "seeds/*.yml")[path.stem]
    (test,) = seed["data_tests"]
    rules = test["holds"]["arguments"]
    types = seed["config"]["column_types"]
    numbers = {column for column, type_ in types.items() if type_.startswith(("decimal", "integer"))}
    assert set(rules.get("within", {})) == numbers
    assert rules["filled"] == ["source"]


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_sql_gives_the_same_rows_in_any_engine_at_any_time(path: Path) -> None:
    sql = re.sub(r"--[^\n]*", "", path.read_text().lower())
    clock = re.findall(r"\b(?:now|current_date|current_timestamp|today|random|uuid)\b", sql)
    assert clock == []
    duckdb_only = re.findall(
        r"\b(?:strftime|regexp_matches|regexp_replace|date_diff|qualify|exclude|list_agg)\b|//|::", sql
    )
    assert duckdb_only == []
    for ordering in re.findall(r"order by(.*?)(?:\)|$)", sql, flags=re.DOTALL):
        if " case " not in ordering:
            assert ordering.count("nulls last") == ordering.count(",") + 1, ordering
    for average in re.finditer(r"\bavg\(", sql):
        assert sql[: average.start()].endswith("cast("), "avg() without a cast"

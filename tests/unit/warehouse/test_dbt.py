"""The real `dbt build` on literal rows: what the marts must say, and what a person reads when it fails."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance.errors import RelanceError
from relance.warehouse.dbt import LOG_NAME, run_dbt_build

from .raw_fixture import SCENARIO, write_build_file

ROOT = Path(__file__).resolve().parents[3]
DBT_DIR = ROOT / "dbt_project"
MARTS = (
    "fund.award_execution",
    "fund.dim_call",
    "fund.dim_fund_line",
    "fund.fct_application",
    "fund.fct_award",
    "fund.fct_execution",
    "fund.fund_history",
    "fund.fund_line_execution",
    "fund.fund_overview",
    "fund.ministry_execution",
    "fund.money_at_risk",
    "fund.period_execution",
    "fund.reconciling_items",
    "fund.territory_execution",
    "project.bridge_award_project",
    "project.consolidated_overview",
    "project.dim_edition",
    "project.dim_project",
    "project.fct_project_edition",
    "project.ministry_projects",
    "project.panorama_change_explained",
    "project.panorama_movements",
    "project.panorama_overview",
    "project.panorama_slippage",
    "project.project_follow_up",
    "project.project_names",
    "project.project_trajectory",
    "project.project_watchlist",
    "quality.corrected_cells",
    "quality.declared_totals",
    "quality.deleted_applications",
    "quality.execution_without_award",
    "quality.feed_status",
    "quality.file_findings",
    "quality.pending_files",
    "quality.project_match_candidates",
    "quality.publication_inputs",
    "quality.received_files",
    "quality.rejected_rows",
    "quality.restatements",
    "quality.submission_status",
    "quality.unresolved_names",
    "shared.dim_beneficiary",
    "shared.dim_date",
    "shared.dim_ministry",
    "shared.dim_territory",
)


def euro(text: str) -> Decimal:
    return Decimal(text)


def query(build_file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def listing(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt-cache")


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project, where a test may look for what a build left in it."""
    copy = tmp_path_factory.mktemp("project") / "dbt_project"
    shutil.copytree(DBT_DIR, copy, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, project_copy: Path, cache_dir: Path) -> Iterator[Path]:
    """The scenario, built once; the models' own unit tests run in the same build."""
    folder = tmp_path_factory.mktemp("build")
    build_file = folder / "warehouse.duckdb"
    write_build_file(build_file, SCENARIO)
    before = listing(project_copy)
    run_dbt_build(project_copy, build_file, folder / "dbt", cache_dir, unit_tests=True)
    assert listing(project_copy) == before, "a build must not write into the dbt project"
    yield build_file


def test_beside_each_total_stands_what_it_lacks(built: Path) -> None:
    """ECO's rejected award names no line of the fund; INT's execution of an unknown award is in no total, COT and ECO
    report a quarter after INT does."""
    risks = (
        "SELECT ministry_code, line_key, figure, accepted_eur, rejected_eur, without_award_eur, carried_forward_eur"
        " FROM fund.money_at_risk WHERE NOT is_complete AND (accepted_eur <> 0 OR rejected_eur <> 0"
        " OR without_award_eur <> 0)"
    )
    assert query(built, risks) == [
        ("ECO", "ITN1", "committed", euro("600000.10"), 0, 0, euro("600000.10")),
        ("ECO", "ITN1", "paid", euro("250000.05"), 0, 0, euro("250000.05")),
        ("ECO", "NONE", "awarded", 0, euro("70000.00"), 0, 0),
        ("INT", "ITN5", "awarded", euro("400000.00"), 0, 0, euro("400000.00")),
        ("INT", "ITN5", "committed", euro("100000.00"), 0, 0, euro("100000.00")),
        ("INT", "ITN5", "paid", euro("40000.00"), 0, 0, euro("40000.00")),
        ("INT", "NONE", "committed", 0, 0, euro("10000.00"), 0),
    ]
    beside = "rejected_eur, pending_eur, stale_eur, carried_forward_eur, rounding_eur, is_complete"

    def beside_of(key: str, mart: str) -> list[tuple[Any, ...]]:
        return query(built, f"SELECT {key}, {beside} FROM fund.{mart}")  # noqa: S608 - names from here

    assert beside_of("scope", "fund_overview") == [
        ("whole", euro("70000.00"), 0, 0, euro("400000.00"), 0, False),
        ("state", 0, 0, 0, euro("400000.00"), 0, False),
        ("territories", 0, 0, 0, 0, 0, False),
    ]
    assert beside_of("ministry_code", "ministry_execution") == [
        ("COT", 0, 0, 0, 0, 0, True),
        ("ECO", euro("70000.00"), 0, 0, 0, 0, False),
        ("INT", 0, 0, 0, euro("400000.00"), 0, False),
    ]
    assert beside_of("period", "period_execution") == [
        ("2021-T1", 0, 0, 0, 0, 0, False),
        ("2021-T2", euro("70000.00"), 0, 0, euro("400000.00"), 0, False),
    ]


def test_fund_overview_is_the_finance_law_with_the_accepted_awards(built: Path) -> None:
    rows = query(
        built,
        "SELECT scope, envelope_eur, allocated_eur, unallocated_eur, awarded_eur, committed_eur, paid_eur"
        " FROM fund.fund_overview",
    )
    assert rows == [
        (
            "whole",
            euro("292000000.00"),
            euro("265000000.00"),
            euro("27000000.00"),
            euro("3900000.25"),
            euro("700000.10"),
            euro("290000.05"),
        ),
        (
            "state",
            euro("204000000.00"),
            euro("177000000.00"),
            euro("27000000.00"),
            euro("1900000.25"),
            euro("700000.10"),
            euro("290000.05"),
        ),
        (
            "territories",
            euro("88000000.00"),
            euro("88000000.00"),
            euro("0.00"),
            euro("2000000.00"),
            euro("0"),
            euro("0"),
        ),
    ]


def test_fund_lines(built: Path) -> None:
    rows = query(
        built, "SELECT line_code, scope, allocated_eur, awarded_eur, remaining_eur FROM fund.fund_line_execution"
    )
    assert rows == [
        ("ITN1", "state", euro("32000000"), euro("1000000"), euro("31000000")),
        ("ITN2", "state", euro("15000000"), euro("0"), euro("15000000")),
        ("ITN3", "state", euro("12000000"), euro("0"), euro("12000000")),
        ("ITN4", "state", euro("6000000"), euro("0"), euro("6000000")),
        ("ITN5", "state", euro("23000000"), euro("400000"), euro("22600000")),
        ("ITN6", "state", euro("6000000"), euro("0"), euro("6000000")),
        ("ITN7", "territories", euro("88000000"), euro("2000000"), euro("86000000")),
        ("ITN8A", "state", euro("20000000"), euro("500000.25"), euro("19499999.75")),
        ("ITN8B", "state", euro("21000000"), euro("0"), euro("21000000")),
        ("ITN8C", "state", euro("21000000"), euro("0"), euro("21000000")),
        ("ITN8D", "state", euro("21000000"), euro("0"), euro("21000000")),
    ]


def test_awards_are_those_of_each_ministrys_latest_counted_period(built: Path) -> None:
    rows = query(
        built,
        "SELECT ministry_code, award_id, period, awarded_eur, committed_eur, paid_eur, execution_period, receipt_id,"
        " row_number FROM fund.award_execution",
    )
    assert rows == [
        ("COT", "COT-001", "2021-T2", euro("2000000"), euro("0"), euro("0"), None, "c1", 2),
        ("ECO", "ECO-001", "2021-T2", euro("1000000"), euro("600000.10"), euro("250000.05"), "2021-T1", "e2", 2),
        ("ECO", "ECO-002", "2021-T2", euro("500000.25"), euro("0"), euro("0"), None, "e2", 3),
        ("INT", "INT-001", "2021-T1", euro("400000"), euro("100000"), euro("40000"), "2021-T1", "i2", 2),
    ]


def test_each_period_adds_its_difference(built: Path) -> None:
    rows = query(
        built,
        "SELECT ministry_code, award_id, period, awarded_in_period_eur, committed_in_period_eur, execution_period,"
        " is_latest_period, lineage_key FROM fund.fct_execution",
    )
    sheet = "e1/execution/Exécution/2"
    assert rows == [
        ("COT", "COT-001", "2021-T2", euro("2000000"), euro("0"), None, True, None),
        ("ECO", "ECO-001", "2021-T1", euro("1000000"), euro("600000.10"), "2021-T1", False, sheet),
        ("ECO", "ECO-001", "2021-T2", euro("0"), euro("0"), "2021-T1", True, sheet),
        ("ECO", "ECO-002", "2021-T2", euro("500000.25"), euro("0"), None, True, None),
        ("INT", "INT-001", "2021-T1", euro("400000"), euro("100000"), "2021-T1", True, "i2/execution/Exécution/2"),
    ]


def test_the_history_keeps_what_a_restatement_replaced(built: Path) -> None:
    """INT's first file said 9 M€ on ITN1; the second, in May, 0.4 M€ on ITN5."""
    rows = query(
        built,
        "SELECT as_of_month, line_code, awarded_eur, committed_eur FROM fund.fund_history"
        " WHERE line_code IN ('ITN1', 'ITN5') AND as_of_month < DATE '2021-06-01'",
    )
    april, may = dt.date(2021, 4, 1), dt.date(2021, 5, 1)
    assert rows == [
        (april, "ITN1", euro("10000000"), euro("600000.10")),
        (april, "ITN5", euro("0"), euro("0")),
        (may, "ITN1", euro("1000000"), euro("600000.10")),
        (may, "ITN5", euro("400000"), euro("100000")),
    ]


def test_a_restatement_is_named_value_by_value(built: Path) -> None:
    rows = query(
        built,
        "SELECT scope, row_key, column_name, change_kind, old_value, new_value, difference_eur"
        " FROM quality.restatements WHERE table_name = 'awards' AND column_name IN ('awarded_eur', 'line_code')",
    )
    assert rows == [
        ("same", "INT-001", "awarded_eur", "changed", "9000000.00", "400000.00", euro("-8600000")),
        ("same", "INT-001", "line_code", "changed", "ITN1", "ITN5", None),
    ]


def test_every_lineage_key_leads_to_a_row_of_a_file(built: Path) -> None:
    """Whatever mart has such a column: one that a test of the project forgets is found here."""
    columns = query(
        built,
        "SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns"
        " WHERE column_name LIKE '%lineage_key' AND table_schema IN ('fund', 'project', 'shared', 'quality')",
    )
    assert len(columns) >= 10
    for mart, column in columns:
        lost = query(
            built,
            f"SELECT {column} FROM {mart} WHERE {column} IS NOT NULL AND {column} NOT IN"  # noqa: S608 - names from DuckDB
            " (SELECT lineage_key FROM quality.publication_inputs)",
        )
        assert lost == [], (mart, column)


def test_a_ministry_that_no_reference_knows_is_there(built: Path) -> None:
    rows = query(built, "SELECT ministry_code, ministry_name FROM shared.dim_ministry WHERE NOT is_in_reference")
    assert rows == [("XYZ", "Ministère du Temps libre")]


def test_the_reconciling_item_is_shown_with_its_reason(built: Path) -> None:
    rows = query(built, "SELECT scope, amount_eur, reason FROM fund.reconciling_items")
    assert rows == [("state", euro("27000000.00"), "not broken down in the source")]


def test_editions_with_a_file_with_a_headline_and_with_both(built: Path) -> None:
    rows = query(
        built,
        "SELECT edition_month, edition_number, project_count, costed_project_count, interministerial_project_count,"
        " total_cost_eur, mean_duration_years, published_project_count, published_total_cost_eur, receipt_id"
        " FROM project.panorama_overview WHERE receipt_id IS NOT NULL OR edition_number IN (1, 5, 11, 12, 13, 19)",
    )
    none = (None, None, None, None, None)
    assert rows == [
        (dt.date(2016, 11, 1), 1, *none, 57, euro("2290000000"), None),
        (dt.date(2017, 6, 1), 3, 3, 2, 1, euro("62000000.10"), euro("5.7"), 61, euro("2560000000"), "p1b"),
        (dt.date(2018, 3, 1), 5, *none, 61, euro("2830000000"), None),
        (dt.date(2019, 3, 1), 8, 3, 2, 0, euro("50000000"), None, 46, euro("1640000000"), "p2"),
        (dt.date(2020, 6, 1), 11, *none, None, None, None),
        (dt.date(2020, 11, 1), 12, *none, 43, euro("1860000000"), None),
        (dt.date(2021, 7, 1), 13, *none, 49, euro("2350000000"), None),
        (dt.date(2022, 1, 1), None, 1, 1, 0, euro("12000000"), None, None, None, "p4"),
        (dt.date(2024, 6, 1), 19, *none, 45, euro("3800000000"), None),
    ]


def test_what_keeps_an_edition_from_being_taken_is_counted(built: Path) -> None:
    rows = query(
        built,
        "SELECT edition_month, unknown_phase_count, unknown_phase_example, unresolved_ministry_count,"
        " unresolved_ministry_example, has_headline FROM quality.edition_findings",
    )
    assert rows == [
        (dt.date(2017, 6, 1), 0, None, 0, None, True),
        (dt.date(2019, 3, 1), 1, "Recette", 1, "Ministère du Temps libre", True),
        (dt.date(2022, 1, 1), 0, None, 0, None, False),
    ]


def test_published_slippages_and_their_change_in_points(built: Path) -> None:
    rows = query(
        built,
        "SELECT edition_month, published_mean_budget_slippage_ratio, published_mean_calendar_slippage_ratio,"
        " budget_slippage_change_points, calendar_slippage_change_points, published_budget_slippage_change_points,"
        " published_calendar_slippage_change_points, is_method_break FROM project.panorama_overview"
        " WHERE edition_number IN (11, 12, 19) OR edition_month = DATE '2017-06-01'",
    )
    assert rows == [
        (dt.date(2017, 6, 1), Decimal("0.25"), Decimal("0.21"), None, None, None, None, True),
        (dt.date(2020, 6, 1), Decimal("0.366"), Decimal("0.266"), Decimal("4.4"), Decimal("-9.8"), None, None, False),
        (
            dt.date(2020, 11, 1),
            Decimal("0.284"),
            Decimal("0.246"),
            Decimal("-8.2"),
            Decimal("-2.0"),
            Decimal("-8.2"),
            Decimal("-2.0"),
            False,
        ),
        (dt.date(2024, 6, 1), Decimal("0.175"), None, Decimal("6.7"), None, None, None, False),
    ]


def test_projects_keep_their_names_and_their_lineage(built: Path) -> None:
    rows = query(
        built,
        "SELECT edition_month, project_name, ministry_code, ministry_name, is_ministry_resolved, phase, is_phase_known,"
        " is_withheld, planned_cost_eur, receipt_id, row_number FROM project.fct_project_edition",
    )
    june, march, january = dt.date(2017, 6, 1), dt.date(2019, 3, 1), dt.date(2022, 1, 1)
    prime_minister, economy = "Services du Premier ministre", "Ministère de l'Économie et des Finances"
    education, relance = "Ministère de l'Éducation nationale et de la Jeunesse", "Ministère de l'Économie, des Finances"
    assert rows == [
        (june, "PNR", "SPM", prime_minister, True, "Déploiement", True, False, euro("52000000"), "p1b", 1),
        (june, "CHORUS", "ECO", economy, True, "Déploiement", True, False, euro("10000000.10"), "p1b", 2),
        (june, "ESQUISSE", "CUL", "Ministère de la Culture", True, "Cadrage", True, False, None, "p1b", 3),
        (march, "SIRHEN", "EDU", education, True, None, None, True, None, "p2", 1),
        (march, "NOUVEAU", None, "Ministère du Temps libre", False, "Recette", False, False, euro("20000000"), "p2", 2),
        (march, "ANEF", "INT", "Ministère de l'Intérieur", True, "Déploiement", True, False, euro("30000000"), "p2", 3),
        (
            january,
            "DEMAIN",
            "ECO",
            f"{relance} et de la Relance",
            True,
            "Déploiement",
            True,
            False,
            euro("12000000"),
            "p4",
            1,
        ),
    ]


def test_declared_follow_up(built: Path) -> None:
    rows = query(
        built,
        "SELECT project_name, current_cost_eur, declared_budget_slippage_ratio, declared_calendar_slippage_ratio,"
        " is_rebaselined, rebaselined_budget_slippage_ratio, declared_row_count FROM project.project_follow_up",
    )
    assert rows == [
        ("CHORUS", euro("5000000"), None, Decimal("0.25"), False, None, 1),
        ("PAS", euro("150000000"), Decimal("0.5"), Decimal("0.25"), True, Decimal("0.25"), 2),
    ]


def test_received_files_and_their_rows(built: Path) -> None:
    rows = query(built, "SELECT receipt_id, status, rows_in, rows_accepted, rows_rejected FROM quality.received_files")
    assert rows == [
        ("p1a", "superseded", 1, 1, 0),
        ("p1b", "counted", 3, 3, 0),
        ("p2", "counted", 4, 3, 1),
        ("p3", "set_aside", 0, 0, 0),
        ("d1", "superseded", 2, 2, 0),
        ("d2", "counted", 3, 3, 0),
        ("d3", "superseded", 1, 1, 0),
        ("e1", "counted", 6, 6, 0),
        ("i1", "superseded", 2, 2, 0),
        ("d4", "counted", 1, 1, 0),
        ("i2", "counted", 4, 4, 0),
        ("e2", "counted", 4, 3, 1),
        ("c1", "counted", 2, 2, 0),
        ("x1", "counted", 1, 1, 0),
        ("p4", "counted", 1, 1, 0),
    ]


def test_a_dossier_is_there_once_as_it_is_now_and_a_deleted_one_is_listed_apart(built: Path) -> None:
    rows = query(
        built,
        "SELECT dossier_number, state, awarded_eur, cost_items_eur, version_count, receipt_id"
        " FROM fund.fct_application",
    )
    assert rows == [("1", "accepte", euro("100000.00"), euro("240000.50"), 2, "d2")]
    assert query(built, "SELECT dossier_number, reason, deleted_on FROM quality.deleted_applications") == [
        ("2", "user_request", dt.date(2021, 4, 30))
    ]


def test_feeds_say_what_came_and_whether_they_are_late(built: Path) -> None:
    rows = query(
        built,
        "SELECT feed, received_count, CAST(last_received_at_utc AS DATE), last_turn_days_ago, is_late"
        " FROM quality.feed_status",
    )
    assert rows == [
        ("panorama-folder", 5, dt.date(2022, 1, 10), 0, False),
        ("portal", 0, None, 0, None),
    ]


def test_what_was_rejected_unresolved_or_left_without_an_award_is_shown(built: Path) -> None:
    assert query(built, "SELECT receipt_id, file_name, row_number, value, rule FROM quality.rejected_rows") == [
        ("e2", "e2.xlsx", 4, "ITN9", "enum"),
        ("p2", "p2.xlsx", 4, None, "required"),
    ]
    assert query(built, "FROM quality.unresolved_names") == [
        ("cover", "Ministère du Temps libre", "XYZ", 1, 1, "x1"),
        ("panorama_projects", "Ministère du Temps libre", None, 1, 1, "p2"),
    ]
    assert query(built, "SELECT ministry_code, award_id, committed_eur FROM quality.execution_without_award") == [
        ("INT", "INT-404", euro("10000"))
    ]


def test_declared_totals_stand_beside_the_rows_of_their_file(built: Path) -> None:
    rows = query(
        built, "SELECT receipt_id, figure, declared, counted_accepted, counted_in_file FROM quality.declared_totals"
    )
    assert rows == [
        ("e1", "award_count", 1, 1, 1),
        ("e1", "awarded_eur", euro("1000000"), euro("1000000"), euro("1000000")),
        ("e2", "award_count", 3, 2, 3),
        ("e2", "awarded_eur", euro("1570000.25"), euro("1500000.25"), euro("1570000.25")),
        ("i2", "award_count", 2, 1, 1),
        ("i2", "paid_eur", euro("40000"), euro("40000"), euro("40000")),
    ]


def test_amounts_are_exact_in_every_mart_and_reference_table(built: Path) -> None:
    rows = query(
        built,
        "SELECT table_schema || '.' || table_name || '.' || column_name, data_type FROM information_schema.columns"
        " WHERE table_schema IN ('fund', 'project', 'quality', 'shared', 'reference') AND column_name LIKE '%eur'",
    )
    assert len(rows) >= 33
    # As the cells have them, and what rounding to the cent took: not rounded themselves.
    as_written = {name for name, _ in rows if name.endswith((".in_eur", ".rounding_eur"))}
    assert {name for name, type_ in rows if type_ == "DECIMAL(38,18)"} == as_written
    assert {type_ for _, type_ in rows} == {"DECIMAL(18,2)", "DECIMAL(38,18)"}
    floating = query(
        built,
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " WHERE table_schema IN ('fund', 'project', 'quality', 'shared', 'reference')"
        " AND data_type IN ('DOUBLE', 'FLOAT')",
    )
    assert floating == []


def test_a_second_build_finds_the_parsed_project_and_gives_the_same_rows_in_the_same_order(
    built: Path, project_copy: Path, cache_dir: Path, tmp_path: Path
) -> None:
    [cached] = cache_dir.iterdir()
    build_file = tmp_path / "warehouse.duckdb"
    write_build_file(build_file, SCENARIO)
    run_dbt_build(project_copy, build_file, tmp_path / "dbt", cache_dir)
    assert list(cache_dir.iterdir()) == [cached]
    assert not (tmp_path / "dbt" / "target" / "partial_parse.msgpack").exists()
    for mart in MARTS:
        assert query(build_file, f"FROM {mart}") == query(built, f"FROM {mart}"), mart


def test_a_build_of_nothing_received_has_the_fund_and_the_headlines(
    project_copy: Path, cache_dir: Path, tmp_path: Path
) -> None:
    """Also: a cache that cannot be read is no reason to fail."""
    build_file = tmp_path / "warehouse.duckdb"
    write_build_file(build_file, {})
    spoilt = tmp_path / "cache"
    shutil.copytree(cache_dir, spoilt)
    for path in spoilt.iterdir():
        path.write_bytes(path.read_bytes()[:1000])
    run_dbt_build(project_copy, build_file, tmp_path / "dbt", spoilt)
    assert query(build_file, "SELECT scope, unallocated_eur, awarded_eur FROM fund.fund_overview") == [
        ("whole", euro("27000000"), euro("0")),
        ("state", euro("27000000"), euro("0")),
        ("territories", euro("0"), euro("0")),
    ]
    assert query(build_file, "SELECT count(*), count(project_count) FROM project.panorama_overview") == [(20, 0)]
    filled = {mart for mart in MARTS if query(build_file, f"FROM {mart}")}
    assert filled == {
        "fund.dim_call",
        "fund.dim_fund_line",
        "fund.fund_line_execution",
        "fund.fund_overview",
        "fund.reconciling_items",
        "fund.territory_execution",
        "project.dim_edition",
        "project.panorama_change_explained",
        "project.panorama_overview",
        "project.panorama_slippage",
        "shared.dim_date",
        "shared.dim_ministry",
        "shared.dim_territory",
    }


def test_a_failed_build_names_its_nodes_and_what_they_state(project_copy: Path, tmp_path: Path) -> None:
    """An envelope changed by a cent, and a raw table that is not there: a test and a model fail."""
    project = tmp_path / "dbt_project"
    shutil.copytree(project_copy, project)
    envelopes = project / "seeds" / "envelopes.csv"
    envelopes.write_text(envelopes.read_text().replace("292000000.00", "292000000.01"))
    build_file = tmp_path / "warehouse.duckdb"
    write_build_file(build_file, SCENARIO)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("DROP TABLE raw.rejects")
    with pytest.raises(RelanceError) as caught:
        run_dbt_build(project, build_file, tmp_path / "dbt")
    sentence = str(caught.value)
    assert "Totals stated by the sources equal the sum of the parts that they state." in sentence
    assert "test reference_totals_agree" in sentence
    assert "model stg_landing__rejects: (Catalog Error: Table with name rejects does not exist!" in sentence
    assert str(tmp_path / "dbt" / LOG_NAME) in sentence
    assert "Traceback" not in sentence
    assert "LINE" not in sentence


def test_a_relation_that_breaks_its_rules_says_which_by_what_and_how_often(project_copy: Path, tmp_path: Path) -> None:
    """One rule of each kind: a reference and a key, an accepted value, a range, a filled cell, a number of rows."""
    project = tmp_path / "dbt_project"
    shutil.copytree(project_copy, project)
    for seed, old, new in (
        ("itn7_axes", "\n2,ITN7,", "\n1,ITN9,"),
        ("reconciling_items", ",state,", ",country,"),
        ("cofunding_rates", ",0.75,", ",7.5,"),
        ("phases", '"DINUM\'s dashboard of the panorama, questions and answers, 2016 to 2021"', '" "'),
    ):
        path = project / "seeds" / f"{seed}.csv"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    territories = project / "seeds" / "territories.csv"
    territories.write_text("".join(territories.read_text().splitlines(keepends=True)[:-1]))
    build_file = tmp_path / "warehouse.duckdb"
    write_build_file(build_file, SCENARIO)
    with pytest.raises(RelanceError) as caught:
        run_dbt_build(project, build_file, tmp_path / "dbt")
    sentence = str(caught.value)
    assert "test itn7_axes_holds: (Got 2 results, configured to fail if != 0)" in sentence
    for found in (
        "rule: axis_code: a key that is repeated or incomplete, broken_by: 1, example: 1",
        "rule: line_code: not a line_code of reference.fund_lines, broken_by: 1, example: ITN9",
        "rule: scope: not one of state, territories, broken_by: 1, example: country",
        "rule: cofunding_rate: not from 0.01 to 1, broken_by: 1, example: 7.500000",
        "rule: source: nothing stands there, broken_by: 4, example: None",
        "rule: the number of rows: not 127, broken_by: 126, example: None",
    ):
        assert f"\n      {found}\n" in sentence


def test_a_project_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "marts" / "fund" / "fund_overview.sql"
    model.write_text(model.read_text().replace("ref('envelopes')", "ref('envelops')"))
    build_file = tmp_path / "warehouse.duckdb"
    write_build_file(build_file, {})
    with pytest.raises(RelanceError) as caught:
        run_dbt_build(project, build_file, tmp_path / "dbt")
    sentence = str(caught.value)
    assert "dbt could not start the build" in sentence
    assert "depends on a node named 'envelops'" in sentence
    assert "Traceback" not in sentence


def test_dbt_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """`kill -9` of the run: nothing may go on writing into the build file."""
    build_file = tmp_path / "warehouse.duckdb"
    write_build_file(build_file, {})
    code = (
        "import sys; from pathlib import Path; from relance.warehouse.dbt import run_dbt_build;"
        " run_dbt_build(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(DBT_DIR), str(build_file), str(tmp_path / "dbt")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "include")},
    )
    try:
        child = wait_for(lambda: children_of(parent.pid))
        # Past its start: the request to end with its parent is the first thing that the child makes.
        wait_for(lambda: (tmp_path / "dbt" / LOG_NAME).stat().st_size > 0)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not Path(f"/proc/{child[0]}").exists() or zombie(child[0]))


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def zombie(pid: int) -> bool:
    """Ended, and waiting only for whoever inherited it to take note."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def wait_for(condition: Any, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")

"""A build file as dbt finds it: the raw schema, filled with literal rows. No figure is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_LINEAGE = "receipt_id VARCHAR, is_counted BOOLEAN, sheet VARCHAR, row_number BIGINT"
RAW_TABLES = {
    "build": "as_of_date DATE",
    "feeds": "feed VARCHAR, kind VARCHAR, title_fr VARCHAR, is_nightly BOOLEAN, expected_within_hours BIGINT,"
    " has_turns BOOLEAN, last_turn_days_ago BIGINT, last_complete_turn_days_ago BIGINT,"
    " last_complete_turn_hours_ago BIGINT, problem_count BIGINT, last_problem VARCHAR",
    "receipts": "receipt_id VARCHAR, feed VARCHAR, kind VARCHAR, file_name VARCHAR, sha256 VARCHAR, size_bytes BIGINT,"
    " received_at_utc TIMESTAMP, edition_month DATE, ministry_code VARCHAR, period VARCHAR, status VARCHAR,"
    " is_stale BOOLEAN, reason VARCHAR, note VARCHAR, feedback_path VARCHAR",
    "file_findings": "receipt_id VARCHAR, control_id VARCHAR, subject VARCHAR, difference VARCHAR, sentence VARCHAR,"
    " can_be_accepted BOOLEAN",
    "file_decisions": "receipt_id VARCHAR, decision VARCHAR, who VARCHAR, decided_by VARCHAR,"
    " decided_at_utc TIMESTAMP, reason VARCHAR",
    "file_tables": "receipt_id VARCHAR, table_name VARCHAR, sheet VARCHAR, header_row BIGINT, rows_in BIGINT,"
    " rows_accepted BIGINT, rows_rejected BIGINT, cells_corrected BIGINT, is_counted BOOLEAN, is_retained BOOLEAN,"
    " undecided VARCHAR",
    "file_amounts": "receipt_id VARCHAR, table_name VARCHAR, column_name VARCHAR, in_eur DECIMAL(38,18),"
    " accepted_eur DECIMAL(18,2), rejected_eur DECIMAL(18,2), rounding_eur DECIMAL(38,18)",
    "rejects": "receipt_id VARCHAR, table_name VARCHAR, sheet VARCHAR, row_number BIGINT, column_name VARCHAR,"
    " value VARCHAR, rule VARCHAR, sentence VARCHAR",
    "corrections": "receipt_id VARCHAR, table_name VARCHAR, sheet VARCHAR, row_number BIGINT, column_name VARCHAR,"
    " value_sent VARCHAR, value_read VARCHAR, rule VARCHAR, sentence VARCHAR",
    "rejected_amounts": "receipt_id VARCHAR, table_name VARCHAR, sheet VARCHAR, row_number BIGINT, award_id VARCHAR,"
    " line_code VARCHAR, column_name VARCHAR, rejected_eur DECIMAL(18,2)",
    "panorama_projects": f"{_LINEAGE}, project_name VARCHAR, ministry_code_as_sent VARCHAR,"
    " ministry_name_as_sent VARCHAR, is_interministerial BOOLEAN, description VARCHAR, more_information_url VARCHAR,"
    " starts_on DATE, planned_duration_years DECIMAL(18,14), phase_as_sent VARCHAR, planned_cost_eur DECIMAL(18,2),"
    " cost_bracket VARCHAR, functional_area VARCHAR, programmes VARCHAR, performance_url VARCHAR, published_on DATE,"
    " is_withheld BOOLEAN",
    "cover": f"{_LINEAGE}, ministry_code VARCHAR, ministry_name VARCHAR, period VARCHAR, established_on DATE,"
    " contact_name VARCHAR, contact_email VARCHAR, declared_award_count BIGINT, declared_awarded_eur DECIMAL(18,2),"
    " declared_committed_eur DECIMAL(18,2), declared_paid_eur DECIMAL(18,2), data_nature VARCHAR",
    "awards": f"{_LINEAGE}, award_id VARCHAR, award_id_as_sent VARCHAR, line_code VARCHAR, axis_code VARCHAR,"
    " call_name VARCHAR, beneficiary_name VARCHAR, beneficiary_siret VARCHAR, department_code VARCHAR,"
    " project_name VARCHAR, panorama_project_name VARCHAR, awarded_on DATE, project_cost_eur DECIMAL(18,2),"
    " awarded_eur DECIMAL(18,2)",
    "execution": f"{_LINEAGE}, award_id VARCHAR, award_id_as_sent VARCHAR, committed_eur DECIMAL(18,2),"
    " paid_eur DECIMAL(18,2), last_payment_on DATE, comment VARCHAR",
    "project_follow_up": f"{_LINEAGE}, project_name VARCHAR, phase VARCHAR, starts_on DATE,"
    " initial_cost_eur DECIMAL(18,2), current_cost_eur DECIMAL(18,2), investment_eur DECIMAL(18,2),"
    " maintenance_two_years_eur DECIMAL(18,2), initial_duration_months INTEGER, current_duration_months INTEGER,"
    " has_dinum_opinion BOOLEAN, opinion_on DATE, is_rebaselined BOOLEAN, rebaselined_on DATE,"
    " rebaselined_cost_eur DECIMAL(18,2), rebaselined_duration_months INTEGER, comment VARCHAR",
    "applications": f"{_LINEAGE}, dossier_number VARCHAR, state VARCHAR, filed_on DATE, construction_on DATE,"
    " review_on DATE, decided_on DATE, modified_on DATE, line_code VARCHAR, call_name VARCHAR, project_name VARCHAR,"
    " beneficiary_siret VARCHAR, beneficiary_name VARCHAR, department_code VARCHAR, region_code VARCHAR,"
    " starts_on DATE, agent_count INTEGER, is_cofinanced BOOLEAN, total_cost_eur DECIMAL(18,2),"
    " requested_eur DECIMAL(18,2), awarded_eur DECIMAL(18,2), attachment_count INTEGER, data_nature VARCHAR",
    "cost_items": f"{_LINEAGE}, dossier_number VARCHAR, item_name VARCHAR, cost_eur DECIMAL(18,2)",
    "deleted_applications": f"{_LINEAGE}, dossier_number VARCHAR, state VARCHAR, reason VARCHAR, deleted_on DATE",
}


# After every headline of the reference figures.
LATEST = ({"as_of_date": "2026-11-01"},)


def write_build_file(path: Path, rows: Rows) -> None:
    """Make the DuckDB file `path` with every raw table and the given rows (what a row leaves out is null)."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA raw")
        for table, columns in RAW_TABLES.items():
            connection.execute(f"CREATE TABLE raw.{table} ({columns})")
            for row in rows.get(table, LATEST if table == "build" else ()):
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"INSERT INTO raw.{table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - names from here
                    list(row.values()),
                )


def receipt(receipt_id: str, kind: str, received: str, status: str, **values: Any) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "feed": f"{kind}-folder",
        "kind": kind,
        "file_name": f"{receipt_id}.xlsx",
        "sha256": receipt_id * 4,
        "size_bytes": 1000,
        "received_at_utc": received,
        "status": status,
        "is_stale": False,
        **values,
    }


def file_table(receipt_id: str, table: str, accepted: int, rejected: int = 0, counted: bool = True) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "table_name": table,
        "header_row": 1,
        "rows_in": accepted + rejected,
        "rows_accepted": accepted,
        "rows_rejected": rejected,
        "cells_corrected": 0,
        "is_counted": counted,
        "is_retained": True,
    }


def file_amount(receipt_id: str, table: str, column: str, accepted: str, rejected: str, total: str) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "table_name": table,
        "column_name": column,
        "in_eur": total,
        "accepted_eur": accepted,
        "rejected_eur": rejected,
        "rounding_eur": "0",
    }


def project(receipt_id: str, row: int, name: str, ministry: str, cost: str | None, **values: Any) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "is_counted": True,
        "row_number": row,
        "project_name": name,
        "ministry_name_as_sent": ministry,
        "planned_cost_eur": cost,
        "phase_as_sent": "Déploiement",
        "is_interministerial": False,
        "is_withheld": False,
        **values,
    }


def award(receipt_id: str, row: int, award_id: str, line: str, amount: str, **values: Any) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "is_counted": True,
        "sheet": "Subventions",
        "row_number": row,
        "award_id": award_id,
        "line_code": line,
        "beneficiary_name": "Direction X",
        "project_name": f"Projet {award_id}",
        "awarded_on": "2021-02-01",
        "awarded_eur": amount,
        **values,
    }


def execution(receipt_id: str, row: int, award_id: str, committed: str, paid: str) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "is_counted": True,
        "sheet": "Exécution",
        "row_number": row,
        "award_id": award_id,
        "committed_eur": committed,
        "paid_eur": paid,
    }


def cover(receipt_id: str, ministry: str, period: str, **declared: Any) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "is_counted": True,
        "sheet": "Couverture",
        "row_number": 1,
        "ministry_code": ministry,
        "ministry_name": f"Ministère {ministry}",
        "period": period,
        **declared,
    }


def _submission(receipt_id: str, ministry: str, period: str, received: str, status: str = "counted") -> dict[str, Any]:
    return receipt(receipt_id, "submission", received, status, ministry_code=ministry, period=period)


def application(receipt_id: str, number: str, state: str, **values: Any) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "is_counted": True,
        "row_number": 1,
        "dossier_number": number,
        "state": state,
        "filed_on": "2021-02-05",
        "modified_on": "2021-03-30",
        "line_code": "ITN7",
        "project_name": f"Projet {number}",
        "beneficiary_siret": "90000041000012",
        "total_cost_eur": "240000.50",
        "requested_eur": "120000.25",
        **values,
    }


# A dossier received twice, and one that was deleted.
# Two editions (one of them sent twice), one file that could not be read; ECO reports two periods and its second file
# has no sheet of execution, INT restates its first period, COT reports the local authorities' line, and a fourth
# sender is in no reference.
SCENARIO: dict[str, list[dict[str, Any]]] = {
    "receipts": [
        receipt("p1a", "panorama", "2017-06-05 08:00:00", "superseded", edition_month="2017-06-01"),
        receipt("p1b", "panorama", "2017-06-06 08:00:00", "counted", edition_month="2017-06-01"),
        receipt("p2", "panorama", "2019-03-20 08:00:00", "counted", edition_month="2019-03-01"),
        receipt("p3", "panorama", "2019-04-01 08:00:00", "set_aside", reason="Le fichier est vide."),
        receipt("d1", "application", "2021-03-01 01:30:00", "superseded"),
        receipt("d2", "application", "2021-04-01 01:30:00", "counted"),
        receipt("d3", "application", "2021-04-01 01:30:00", "superseded"),
        receipt("d4", "application", "2021-05-01 01:30:00", "counted"),
        receipt("p4", "panorama", "2022-01-10 08:00:00", "counted", edition_month="2022-01-01"),
        _submission("e1", "ECO", "2021-T1", "2021-04-10 08:00:00"),
        _submission("e2", "ECO", "2021-T2", "2021-07-10 08:00:00"),
        _submission("i1", "INT", "2021-T1", "2021-04-11 08:00:00", "superseded"),
        _submission("i2", "INT", "2021-T1", "2021-05-02 08:00:00"),
        _submission("c1", "COT", "2021-T2", "2021-07-12 08:00:00"),
        _submission("x1", "XYZ", "2021-T2", "2021-07-13 08:00:00"),
    ],
    "file_tables": [
        file_table("d1", "applications", 1, counted=False),
        file_table("d1", "cost_items", 1, counted=False),
        file_table("d2", "applications", 1),
        file_table("d2", "cost_items", 2),
        file_table("d3", "applications", 1, counted=False),
        file_table("d4", "deleted_applications", 1),
        file_table("p1a", "panorama_projects", 1, counted=False),
        file_table("p1b", "panorama_projects", 3),
        file_table("p2", "panorama_projects", 3, 1),
        file_table("p4", "panorama_projects", 1),
        file_table("e1", "cover", 1),
        file_table("e1", "awards", 1),
        file_table("e1", "execution", 1),
        file_table("e1", "project_follow_up", 3),
        file_table("e2", "cover", 1),
        file_table("e2", "awards", 2, 1),
        file_table("i1", "cover", 1, counted=False),
        file_table("i1", "awards", 1, counted=False),
        file_table("i2", "cover", 1),
        file_table("i2", "awards", 1),
        file_table("i2", "execution", 2),
        file_table("c1", "cover", 1),
        file_table("c1", "awards", 1),
        file_table("x1", "cover", 1),
    ],
    "file_amounts": [
        file_amount("e1", "awards", "awarded_eur", "1000000.00", "0.00", "1000000.00"),
        file_amount("e1", "execution", "committed_eur", "600000.10", "0.00", "600000.10"),
        file_amount("e1", "execution", "paid_eur", "250000.05", "0.00", "250000.05"),
        file_amount("e2", "awards", "awarded_eur", "1500000.25", "70000.00", "1570000.25"),
        file_amount("e2", "awards", "project_cost_eur", "0.00", "0.00", "0.00"),
        file_amount("i1", "awards", "awarded_eur", "9000000.00", "0.00", "9000000.00"),
        file_amount("i2", "awards", "awarded_eur", "400000.00", "0.00", "400000.00"),
        file_amount("i2", "execution", "committed_eur", "110000.00", "0.00", "110000.00"),
        file_amount("i2", "execution", "paid_eur", "40000.00", "0.00", "40000.00"),
        file_amount("c1", "awards", "awarded_eur", "2000000.00", "0.00", "2000000.00"),
    ],
    "rejected_amounts": [
        {
            "receipt_id": "e2",
            "table_name": "awards",
            "sheet": "Subventions",
            "row_number": 4,
            "award_id": "ECO-003",
            "line_code": None,
            "column_name": "awarded_eur",
            "rejected_eur": "70000.00",
        },
    ],
    "rejects": [
        {
            "receipt_id": "e2",
            "table_name": "awards",
            "sheet": "Subventions",
            "row_number": 4,
            "column_name": "Ligne du fonds",
            "value": "ITN9",
            "rule": "enum",
            "sentence": "« ITN9 » n'est pas une ligne du fonds.",
        },
        {
            "receipt_id": "p2",
            "table_name": "panorama_projects",
            "row_number": 4,
            "column_name": "Projet",
            "rule": "required",
            "sentence": "Le nom du projet manque.",
        },
    ],
    "feeds": [
        {
            "feed": feed,
            "kind": "panorama",
            "title_fr": feed,
            "is_nightly": hours is not None,
            "expected_within_hours": hours,
            "has_turns": True,
            "last_turn_days_ago": 0,
            "last_complete_turn_days_ago": None if ago is None else ago // 24,
            "last_complete_turn_hours_ago": ago,
            "problem_count": 0,
        }
        for feed, hours, ago in (("panorama-folder", 36, 2), ("portal", None, None))
    ],
    "applications": [
        application("d1", "1", "en_instruction", is_counted=False),
        application("d2", "1", "accepte", decided_on="2021-03-30", awarded_eur="100000.00"),
        application("d3", "2", "en_construction", is_counted=False),
    ],
    "cost_items": [
        {"receipt_id": receipt_id, "row_number": row, "dossier_number": "1", "item_name": "x", "cost_eur": cost}
        for receipt_id, row, cost in (("d1", 1, "7.00"), ("d2", 1, "200000.50"), ("d2", 2, "40000.00"))
    ],
    "deleted_applications": [
        {
            "receipt_id": "d4",
            "is_counted": True,
            "row_number": 1,
            "dossier_number": "2",
            "reason": "user_request",
            "deleted_on": "2021-04-30",
        },
    ],
    "panorama_projects": [
        project("p1a", 1, "ANCIEN", "Ministère de l'Intérieur", "99000000.00", is_counted=False),
        project(
            "p1b", 1, "PNR", "Premier ministre", "52000000.00", is_interministerial=True, planned_duration_years="6.4"
        ),
        project(
            "p1b", 2, "CHORUS", "Ministères de l'Économie et des Finances", "10000000.10", planned_duration_years="5"
        ),
        project("p1b", 3, "ESQUISSE", "Ministère de la Culture", None, phase_as_sent="cadrage"),
        project("p2", 1, "SIRHEN", "Ministère de l'Education  Nationale", "7000000.00", is_withheld=True),
        project("p2", 2, "NOUVEAU", "Ministère du Temps libre", "20000000.00", phase_as_sent="Recette"),
        project("p2", 3, "ANEF", "MINISTÈRE DE L’INTÉRIEUR", "30000000.00"),
        project("p4", 1, "DEMAIN", "Ministère de l’Économie , des Finances et de la Relance", "12000000.00"),
    ],
    "cover": [
        cover("e1", "ECO", "2021-T1", declared_award_count=1, declared_awarded_eur="1000000.00"),
        cover(
            "e2",
            "ECO",
            "2021-T2",
            declared_award_count=3,
            declared_awarded_eur="1570000.25",
            declared_committed_eur="600000.10",
        ),
        cover("i1", "INT", "2021-T1", declared_award_count=1, is_counted=False),
        cover("i2", "INT", "2021-T1", declared_award_count=2, declared_paid_eur="40000.00"),
        cover("c1", "COT", "2021-T2"),
        cover("x1", "XYZ", "2021-T2", ministry_name="Ministère du Temps libre"),
    ],
    "awards": [
        award("e1", 2, "ECO-001", "ITN1", "1000000.00"),
        award("e2", 2, "ECO-001", "ITN1", "1000000.00"),
        award("e2", 3, "ECO-002", "ITN8A", "500000.25"),
        award("i1", 2, "INT-001", "ITN1", "9000000.00", is_counted=False),
        award("i2", 2, "INT-001", "ITN5", "400000.00"),
        award("c1", 2, "COT-001", "ITN7", "2000000.00", axis_code="1"),
    ],
    "execution": [
        execution("e1", 2, "ECO-001", "600000.10", "250000.05"),
        execution("i2", 2, "INT-001", "100000.00", "40000.00"),
        execution("i2", 3, "INT-404", "10000.00", "0.00"),
    ],
    "project_follow_up": [
        {
            "receipt_id": "e1",
            "is_counted": True,
            "sheet": "Projets",
            "row_number": row,
            "project_name": name,
            "phase": "Déploiement",
            "starts_on": "2015-01-01",
            "initial_cost_eur": initial,
            "current_cost_eur": current,
            "initial_duration_months": 48,
            "current_duration_months": 60,
            **values,
        }
        for row, name, initial, current, values in (
            (2, "PAS", "100000000.00", "128400000.00", {}),
            (3, "CHORUS", "0.00", "5000000.00", {}),
            (
                4,
                "PAS",
                "100000000.00",
                "150000000.00",
                {"is_rebaselined": True, "rebaselined_cost_eur": "120000000.00", "rebaselined_duration_months": 60},
            ),
        )
    ],
}

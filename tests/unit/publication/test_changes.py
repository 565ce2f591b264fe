"""What a publication changes against another: rows by key, totals, and causes; literal cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance.publication.changes import compare
from relance.publication.changes_page import page

AWARDS = {
    "label_fr": "Subventions",
    "key": ["award_id"],
    "columns": [
        {"name": "award_id", "data_type": "varchar", "label_fr": "Subvention", "unit": "identifier", "description": ""},
        {"name": "awarded_eur", "data_type": "decimal(18,2)", "label_fr": "Accordé", "unit": "EUR", "description": ""},
    ],
}
LINES = {
    "label_fr": "Lignes",
    "key": ["line_code"],
    "explained_by": [{"mart": "fund.awards", "matching": {"line": "line_code"}}],
}
LINE_COLUMNS = [
    {"name": "line_code", "data_type": "varchar", "label_fr": "Ligne", "unit": "code", "description": ""},
    {"name": "awarded_eur", "data_type": "decimal(18,2)", "label_fr": "Accordé", "unit": "EUR", "description": ""},
]
INPUTS = {"label_fr": "Entrées", "key": ["lineage_key"]}
NOTES = {"label_fr": "Notes", "key": []}


def receipt(name: str, period: str = "2021-T1", counted: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "receipt_id": name,
        "file_name": f"INT_{name}.xlsx",
        "feed": "submissions",
        "kind": "submission",
        "ministry_code": "INT",
        "period": period,
        "edition": None,
        "dossier_number": None,
        "received_at": f"2021-04-{10 + int(name[1:]):02}T08:00:00+00:00",
        "status": "counted" if counted else "superseded",
        "reason": None,
        "tables": {"awards": {"is_counted": counted, "rows_in": 1, "rows_accepted": 1, "rows_rejected": 0}},
        **more,
    }


class Side:
    """A small publication: awards `(award_id, line, amount, receipt)`, the lines they sum to, keyless notes."""

    def __init__(self, folder: Path, awards: list[tuple[str, str, str, str]], receipts: list[dict[str, Any]]) -> None:
        folder.mkdir()
        self.path = folder / "warehouse.duckdb"
        self.manifest: dict[str, Any] = {
            "build_id": folder.name,
            "as_of": "2021-05-01T01:00:00+00:00",
            "as_of_label": "2021-05-01",
            "code": {"commit": None, "sources_sha256": "0" * 64},
            "contract_version": "c1",
            "receipts": receipts,
            "marts": {
                "fund.awards": {**AWARDS, "rows": len(awards)},
                "fund.lines": {**LINES, "columns": LINE_COLUMNS, "rows": len({line for _, line, *_ in awards})},
                "fund.notes": {**NOTES, "rows": 0},
                "quality.publication_inputs": {**INPUTS, "rows": len(awards)},
            },
        }
        self.run(
            "create schema fund; create schema quality;"
            "create table fund.awards "
            "(award_id varchar, line varchar, awarded_eur decimal(18, 2), lineage_key varchar);"
            "create table quality.publication_inputs (lineage_key varchar, receipt_id varchar);"
            "create table fund.notes (note varchar);"
        )
        with duckdb.connect(str(self.path)) as connection:
            for award, line, amount, name in awards:
                connection.execute(
                    "insert into fund.awards values (?, ?, ?, ?)", [award, line, amount, f"{name}/{award}"]
                )
                connection.execute("insert into quality.publication_inputs values (?, ?)", [f"{name}/{award}", name])
            connection.execute(
                "create table fund.lines as select line as line_code, "
                "sum(awarded_eur)::decimal(18, 2) as awarded_eur from fund.awards group by line"
            )

    def run(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)


def changes(before: Side, after: Side) -> dict[str, Any]:
    found = compare(before.path, before.manifest, after.path, after.manifest)
    json.dumps(found)
    return found


FIRST = [("A1", "ITN1", "100.00", "r1"), ("A2", "ITN2", "50.00", "r1")]


@pytest.fixture
def before(tmp_path: Path) -> Side:
    return Side(tmp_path / "before", FIRST, [receipt("r1")])


def test_nothing_that_is_the_same_is_a_change(tmp_path: Path, before: Side) -> None:
    found = changes(before, Side(tmp_path / "after", FIRST, [receipt("r1")]))
    assert not any(count for mart in found["marts"].values() for count in mart["counts"].values())
    assert found["causes"] == {"files": [], "reference": [], "code": None, "contracts": None, "as_of": None}


def test_a_restated_file_is_the_cause_on_every_level_above_it(tmp_path: Path, before: Side) -> None:
    restated = [("A1", "ITN1", "70.00", "r2"), ("A2", "ITN2", "50.00", "r2")]
    found = changes(before, Side(tmp_path / "after", restated, [receipt("r1", counted=False), receipt("r2")]))
    assert [(one["receipt_id"], one["change"], one["replaced_by"]) for one in found["causes"]["files"]] == [
        ("r1", "replaced", ["r2"]),
        ("r2", "received", []),
    ]
    assert found["marts"]["fund.awards"]["counts"] == {"added": 0, "removed": 0, "changed": 1, "resourced": 1}
    cause = {"files": ["r2"]}
    (award,) = found["marts"]["fund.awards"]["listed"]
    moved = {"awarded_eur": {"before": "100.00", "after": "70.00"}}
    assert award == {"change": "changed", "key": {"award_id": "A1"}, "columns": moved, "causes": cause}
    (line,) = found["marts"]["fund.lines"]["listed"]
    assert line == {"change": "changed", "key": {"line_code": "ITN1"}, "columns": moved, "causes": cause}


def test_an_award_that_the_later_file_leaves_out_is_removed_by_that_file(tmp_path: Path, before: Side) -> None:
    after = Side(tmp_path / "after", [("A1", "ITN1", "100.00", "r2")], [receipt("r1", counted=False), receipt("r2")])
    listed = changes(before, after)["marts"]["fund.awards"]["listed"]
    assert [(row["change"], row["key"], row["causes"]) for row in listed] == [
        ("removed", {"award_id": "A2"}, {"files": ["r2"]})
    ]


def test_a_deletion_stands_for_what_it_deletes(tmp_path: Path, before: Side) -> None:
    deletion = receipt("r2", tables={})
    found = changes(before, Side(tmp_path / "after", [FIRST[0]], [receipt("r1", counted=False), deletion]))
    assert found["causes"]["files"][0]["replaced_by"] == ["r2"]


def test_without_a_file_the_code_or_the_date_is_the_cause(tmp_path: Path, before: Side) -> None:
    after = Side(tmp_path / "after", [("A1", "ITN1", "100.01", "r1"), FIRST[1]], [receipt("r1")])
    after.manifest["code"] = {"commit": "c2", "sources_sha256": "1" * 64}
    after.manifest["as_of"] = "2021-05-02T01:00:00+00:00"
    found = changes(before, after)
    assert found["causes"]["code"]["after"]["commit"] == "c2"
    (award,) = found["marts"]["fund.awards"]["listed"]
    assert award["causes"] == {"possible": ["code", "as_of"]}


def test_corrected_reference_figures_are_told_from_the_program(tmp_path: Path, before: Side) -> None:
    """Of a publication made before they were told apart, the program stands for both."""
    tables = {"cofunding_rates": "a" * 64, "envelopes": "b" * 64}
    after = Side(tmp_path / "after", [("A1", "ITN1", "100.01", "r1"), FIRST[1]], [receipt("r1")])
    code = {"commit": None, "sources_sha256": "1" * 64, "program_sha256": "2" * 64, "reference_sha256": tables}
    after.manifest["code"] = {**code, "sources_sha256": "3" * 64, "reference_sha256": {**tables, "envelopes": "c" * 64}}
    assert changes(before, after)["causes"]["reference"] == []
    assert changes(before, after)["causes"]["code"]
    before.manifest["code"] = code
    found = changes(before, after)
    assert (found["causes"]["reference"], found["causes"]["code"]) == (["envelopes"], None)
    (award,) = found["marts"]["fund.awards"]["listed"]
    assert award["causes"] == {"possible": ["reference"]}
    after.manifest["code"]["program_sha256"] = "4" * 64
    assert changes(before, after)["marts"]["fund.awards"]["listed"][0]["causes"] == {"possible": ["reference", "code"]}


def test_control_totals_are_those_of_each_side(tmp_path: Path, before: Side) -> None:
    after = Side(tmp_path / "after", [*FIRST, ("A3", "ITN1", "0.01", "r2")], [receipt("r1"), receipt("r2", "2021-T2")])
    totals = {one["mart"]: one for one in changes(before, after)["totals"]}
    assert [totals["fund.lines"][name] for name in ("before", "after", "difference")] == ["150.00", "150.01", "0.01"]


def test_rows_without_a_key_are_compared_whole_and_counted_when_they_repeat(tmp_path: Path, before: Side) -> None:
    after = Side(tmp_path / "after", FIRST, [receipt("r1")])
    before.run("insert into fund.notes values ('a'), ('b')")
    after.run("insert into fund.notes values ('a'), ('a'), (null)")
    notes = changes(before, after)["marts"]["fund.notes"]
    assert notes["counts"] == {"added": 2, "removed": 1, "changed": 0, "resourced": 0}
    assert [(row["change"], row["key"]["note"]) for row in notes["listed"]] == [
        ("added", "a"),
        ("added", None),
        ("removed", "b"),
    ]


def test_a_column_and_a_mart_that_come_or_go_are_said(tmp_path: Path, before: Side) -> None:
    after = Side(tmp_path / "after", FIRST, [receipt("r1")])
    after.run("alter table fund.awards add column share_ratio decimal(9, 4); drop table fund.notes")
    after.run("create table fund.calls as select 1 as call")
    del after.manifest["marts"]["fund.notes"]
    after.manifest["marts"]["fund.calls"] = {"key": ["call"], "label_fr": "Appels", "rows": 1}
    marts = changes(before, after)["marts"]
    assert marts["fund.awards"]["columns_added"] == ["share_ratio"]
    assert marts["fund.awards"]["counts"] == {"added": 0, "removed": 0, "changed": 0, "resourced": 0}
    assert (marts["fund.notes"]["is"], marts["fund.calls"]["is"]) == ("removed", "added")
    assert marts["fund.calls"]["counts"]["added"] == 1


def test_a_column_of_another_type_is_compared_by_its_text(tmp_path: Path, before: Side) -> None:
    after = Side(tmp_path / "after", [("A1", "ITN1", "100.00", "r1"), ("A2", "ITN2", "51.00", "r1")], [receipt("r1")])
    after.run("alter table fund.awards alter column awarded_eur type varchar")
    assert changes(before, after)["marts"]["fund.awards"]["counts"]["changed"] == 1


def test_the_page_says_it_in_french_and_neutralises_what_senders_wrote(tmp_path: Path, before: Side) -> None:
    hostile = receipt("r2", file_name="<script>alert(1)</script>\u202e.xlsx")
    restated = [("A1", "ITN1", "70.00", "r2"), ("A2", "ITN2", "50.00", "r2")]
    after = Side(tmp_path / "after", restated, [receipt("r1", counted=False), hostile])
    text = page(changes(before, after), after.manifest, {"INT": "Ministère de l'Intérieur"}).decode()
    assert "100,00\u00a0€</span> → 70,00\u00a0€" in text
    assert "Ministère de l\u2019Intérieur (INT), 2021-T1" in text
    assert "1\u00a0ligne modifiée" in text
    assert "<script" not in text
    assert "\u202e" not in text


def test_a_value_that_differs_from_both_files_before_it_is_told_once(tmp_path: Path, before: Side) -> None:
    """From the file it replaces and from that of the period before: one line, unless those two said otherwise."""
    after = Side(tmp_path / "after", FIRST, [receipt("r1", counted=False), receipt("r2")])
    found = changes(before, after)
    value = {
        "scope": "same", "ministry_code": "INT", "period": "2021-T3", "edition_month": None, "table_name": "awards",
        "row_key": "A1", "occurrence": 1, "column_name": "awarded_eur", "old_value": "100.00", "new_value": "70.00",
        "difference_eur": "-30.00", "new_receipt_id": "r2",
    }  # fmt: skip
    found["restatements"] = [value, value | {"scope": "later"}, value | {"scope": "later", "old_value": "99.00"}]
    text = page(found, after.manifest, {}).decode()
    assert text.count("100,00\u00a0€") == 1
    assert text.count("99,00\u00a0€") == 1
    assert "2021-T3 (contre la période précédente)" in text

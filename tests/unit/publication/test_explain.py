"""Following a row of a small publication down to the files."""

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from relance.errors import RelanceError
from relance.publication.explain import as_json, explain, print_explanation

MARTS: dict[str, dict[str, Any]] = {
    "fund.overview": {
        "key": ["scope"],
        "explained_by": [
            {"mart": "fund.lines", "matching": {"scope": "scope"}, "all_when": {"scope": "whole"}},
        ],
    },
    "fund.lines": {
        "key": ["line_code"],
        "explained_by": [
            {"mart": "fund.awards", "matching": {"line_code": "line_code"}, "where": {"is_latest": True}},
            {"mart": "fund.overview", "matching": {"scope": "scope"}},
        ],
    },
    "fund.awards": {"key": ["ministry_code", "award_id"]},
    "fund.seeds": {"key": ["item_id"]},
    "fund.history": {"key": ["month"], "explained_elsewhere": "Publish that month."},
    "quality.publication_inputs": {"key": ["lineage_key"]},
    "quality.received_files": {"key": ["receipt_id"]},
    "quality.controls": {},
}
TABLES = """
create schema fund;
create schema quality;
create table fund.overview as select * from (values ('whole', 60.00), ('state', 30.00)) as t (scope, awarded_eur);
create table fund.lines as
    select * from (values ('ITN1', 'state', 30.00), ('ITN7', 'territories', 30.00), ('ITN9', null, 0.00))
    as t (line_code, scope, awarded_eur);
create table fund.awards as
    select ministry_code, award_id, line_code, is_latest, awarded_eur::decimal(18, 2) as awarded_eur, lineage_key
    from (values
        ('ECO', 'A1', 'ITN1', true, 10.00, 'r1/awards/S/4'), ('ECO', 'A2', 'ITN1', true, 20.00, 'r1/awards/S/5'),
        ('ECO', 'A2', 'ITN1', false, 99.00, 'r1/awards/S/9'), ('COT', 'B1', 'ITN7', true, 30.00, 'r2/awards//2')
    ) as t (ministry_code, award_id, line_code, is_latest, awarded_eur, lineage_key);
create table fund.seeds as select 'x' as item_id, 'finance law' as source;
create table fund.history as select date '2021-04-01' as month, 1.00 as awarded_eur;
create table quality.publication_inputs as
    select *, 'awards' as table_name
    from (values
        ('r1/awards/S/4', 'r1', 'S', 4), ('r1/awards/S/5', 'r1', 'S', 5), ('r1/awards/S/9', 'r1', 'S', 9),
        ('r2/awards//2', 'r2', null, 2)
    ) as t (lineage_key, receipt_id, sheet, row_number);
create table quality.received_files as
    select * from (values
        ('r1', 'ECO.xlsx', timestamp '2021-04-12 08:00:00', 'ab12'),
        ('r2', 'COT.csv', timestamp '2021-04-11 08:00:00', 'cd34')
    ) as t (receipt_id, file_name, received_at_utc, sha256);
"""


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
    (tmp_path / "manifest.json").write_text(json.dumps({"as_of": "2021-02-01T02:00:00+00:00", "marts": MARTS}))
    return tmp_path


def follow(publication: Path, mart: str, *key: str, limit: int | None = 10) -> Any:
    return explain(publication, Path("/landing"), mart, key, limit)


def test_a_total_leads_to_its_lines_its_awards_and_their_rows(publication: Path) -> None:
    found = follow(publication, "overview", "state")
    assert found.row == {"scope": "state", "awarded_eur": 30}
    assert [(one.mart, one.above, one.row_count) for one in found.beneath] == [
        ("fund.lines", "fund.overview", 1),
        ("fund.awards", "fund.lines", 2),
    ]
    assert [row["award_id"] for row in found.beneath[1].rows] == ["A1", "A2"]
    assert [(one.file_name, one.table_name, one.sheet, one.row_numbers) for one in found.origins] == [
        ("ECO.xlsx", "awards", "S", [4, 5])
    ]
    assert found.origins[0].path == "/landing/objects/ab12"


def test_bytes_that_are_not_what_was_received_are_said_to_be_ours(publication: Path, tmp_path: Path) -> None:
    content = b"as it was received"
    sha256 = hashlib.sha256(content).hexdigest()
    with duckdb.connect(str(publication / "warehouse.duckdb")) as connection:
        connection.execute("update quality.received_files set sha256 = ? where receipt_id = 'r2'", [sha256])
    path = tmp_path / "objects" / sha256
    path.parent.mkdir()
    path.write_bytes(content)
    assert explain(publication, tmp_path, "received_files", ["r2"], 10).origins[0].damage is None
    path.write_bytes(b"as it was damaged")
    found = explain(publication, tmp_path, "received_files", ["r2"], 10)
    assert str(found.origins[0].damage).startswith(f"{path} has the SHA-256")
    console = Console(record=True, width=200)
    print_explanation(console, found)
    assert "Not what was received, by a fault of our storage" in console.export_text()


def test_a_file_of_an_archive_is_found_in_its_archive(publication: Path, tmp_path: Path) -> None:
    content = b"the whole archive"
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / sha256).write_bytes(content)
    manifest = json.loads((publication / "manifest.json").read_text())
    receipts = [{"receipt_id": "z", "sha256": sha256}, {"receipt_id": "r2", "archive_receipt_id": "z"}]
    (publication / "manifest.json").write_text(json.dumps({**manifest, "receipts": receipts}))
    (origin,) = explain(publication, tmp_path, "received_files", ["r2"], 10).origins
    assert (origin.path, origin.damage) == (str(tmp_path / "objects" / sha256), None)


def test_the_whole_is_all_scopes(publication: Path) -> None:
    found = follow(publication, "fund.overview", "whole")
    assert found.beneath[0].row_count == 3
    assert [one.receipt_id for one in found.origins] == ["r2", "r1"]


def test_what_is_not_listed_is_counted(publication: Path) -> None:
    found = follow(publication, "fund.lines", "ITN1", limit=1)
    assert (found.beneath[0].row_count, len(found.beneath[0].rows)) == (2, 1)
    assert (found.origins[0].row_count, found.origins[0].row_numbers) == (2, [4])


def test_a_row_that_knows_its_file_alone_leads_to_it(publication: Path) -> None:
    found = follow(publication, "received_files", "r2")
    assert [(one.file_name, one.row_count) for one in found.origins] == [("COT.csv", 0)]


@pytest.mark.parametrize(
    ("mart", "key", "sentence"),
    [
        ("fund.line", ("ITN1",), "no mart 'fund.line'. Near it: fund.lines"),
        ("lines", ("ITN2",), "no row 'ITN2' (line_code). Near it: ITN1; ITN7; ITN9."),
        ("awards", ("ECO",), "by 2 value(s), in this order: ministry_code, award_id. Given: 1."),
        ("controls", ("x",), "does not say what names a row of quality.controls"),
    ],
)
def test_a_name_that_is_not_there_gets_those_that_come_near(
    publication: Path, mart: str, key: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(RelanceError) as caught:
        follow(publication, mart, *key)
    assert sentence in str(caught.value)


def test_without_a_publication_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match="Nothing is published in"):
        follow(tmp_path, "lines", "ITN1")


def printed(publication: Path, mart: str, *key: str, limit: int | None = 10) -> str:
    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        print_explanation(console, follow(publication, mart, *key, limit=limit))
    return capture.get()


def test_it_prints_amounts_whole_and_consecutive_rows_together(publication: Path) -> None:
    text = printed(publication, "lines", "ITN1")
    assert "2 row(s) of fund.awards beneath fund.lines" in text
    assert ["ECO", "A2", "20.00"] in [line.split() for line in text.splitlines()]
    assert "ECO.xlsx, received 2021-04-12 08:00:00 UTC" in text
    assert "awards, sheet S, rows 4-5\n" in text
    assert "row 4 and 1 more" not in text
    assert "rows 4 and 1 more" in printed(publication, "lines", "ITN1", limit=1)


def test_a_reference_figure_has_its_source_and_a_month_another_place(publication: Path) -> None:
    assert "No received file stands behind it. Source: finance law." in printed(publication, "seeds", "x")
    assert "Publish that month." in printed(publication, "history", "2021-04-01")


def test_what_a_sender_wrote_steers_no_terminal(publication: Path) -> None:
    with duckdb.connect(str(publication / "warehouse.duckdb")) as connection:
        connection.execute("insert into fund.seeds values ('[red]y[/red]', ?)", ["\x1b[31mrouge\x1b[0m [/bold] \u202e"])
        connection.execute("update quality.received_files set file_name = ? where receipt_id = 'r1'", ["\x1b]0;x\x07"])
    text = printed(publication, "seeds", "[red]y[/red]") + printed(publication, "lines", "ITN1")
    assert "[red]y[/red]" in text
    assert "rouge" in text
    assert "[/bold]" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_as_json_amounts_are_exact_text(publication: Path) -> None:
    document = json.loads(as_json(follow(publication, "awards", "COT", "B1")))
    assert document["row"]["awarded_eur"] == "30.00"
    assert document["origins"][0]["received_at_utc"] == "2021-04-11T08:00:00"


def test_a_file_that_a_person_accepted_says_so(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = publication / "manifest.json"
    decision = {
        "decision": "accepted",
        "who": "claire",
        "at": "2021-04-13T22:30:00+00:00",
        "reason": "baisse confirmée",
    }
    receipts = [{"receipt_id": "r1", "decision": decision}, {"receipt_id": "r2", "decision": None}]
    path.write_text(json.dumps({**json.loads(path.read_text()), "receipts": receipts}))
    found = follow(publication, "overview", "state")
    said = "Held by a control, and accepted by claire on 14/04/2021: baisse confirmée"
    assert {one.file_name: one.accepted for one in found.origins} == {"ECO.xlsx": said}
    print_explanation(Console(highlight=False), found)
    assert said in capsys.readouterr().out
    assert follow(publication, "lines", "ITN7").origins[0].accepted is None

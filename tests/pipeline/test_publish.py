"""From received files to a publication that a BI tool opens, by the command."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.pipeline.homes import UNMEASURED, home_without_a_measure
from tests.pipeline.house import PROJECT, House, marts_hashes, parsed_files
from tests.pipeline.submissions import write_one_cent_over

LINES = "select line_code, awarded_eur, committed_eur, paid_eur from fund.fund_line_execution order by 1"
MARTS = {
    "fund.fund_overview",
    "fund.fund_line_execution",
    "fund.fct_application",
    "fund.fct_execution",
    "fund.fund_history",
    "fund.territory_execution",
    "shared.dim_ministry",
    "project.panorama_overview",
    "project.fct_project_edition",
    "quality.controls",
    "quality.rejected_rows",
    "quality.corrected_cells",
    "quality.received_files",
    "quality.deleted_applications",
    "quality.feed_status",
}
REAL_EDITIONS = [  # ../shared/data/README.md: rows, rows with a cost, sum of costs (there in M€, two decimals)
    (dt.date(2017, 6, 1), 61, 53, Decimal("2561100000.00")),
    (dt.date(2018, 3, 1), 61, 60, Decimal("2826280000.00")),
    (dt.date(2018, 7, 1), 56, 53, Decimal("2553583000.00")),
    (dt.date(2019, 3, 1), 48, 44, Decimal("1636400000.00")),
    (dt.date(2021, 7, 1), 49, 43, Decimal("1881780000.00")),
]
EDITIONS = (
    "select edition_month, project_count, costed_project_count, total_cost_eur from project.panorama_overview "
    "where project_count is not null order by edition_month"
)


def manifest(publication: Path) -> dict[str, Any]:
    return json.loads((publication / "manifest.json").read_text())


def test_the_publication_holds_the_marts(published_once: House) -> None:
    tables = published_once.query("select table_schema || '.' || table_name from information_schema.tables")
    assert {name for (name,) in tables} >= MARTS
    assert set(manifest(published_once.current)["marts"]) >= MARTS


def test_an_analyst_builds_marts_again_and_again_in_a_file_of_their_own(house: House, tmp_path: Path) -> None:
    """docs/marts.md, Changing a model."""
    house.run("dev")
    dbt_dir = PROJECT / "dbt_project"
    beside = {"DBT_TARGET": "dev", "DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}
    for words in (["--exclude-resource-type", "unit_test"], ["--select", "fund_overview+"]):
        done = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "build", *words],
            cwd=dbt_dir,
            env={**house.env, **beside},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    with duckdb.connect(str(house.data_dir / "dev.duckdb"), read_only=True) as connection:
        built = connection.execute("from fund.fund_overview order by all nulls last").fetchall()
    assert built == house.query("from fund.fund_overview order by all nulls last")


def test_every_published_mart_is_on_the_page_for_analysts(published_once: House) -> None:
    page = (PROJECT / "docs" / "marts.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^## `([a-z_.]+)`", page, flags=re.MULTILINE))
    assert named == set(manifest(published_once.current)["marts"])


def test_the_fund_is_said_as_the_source_says_it_with_what_does_not_add_up(published_once: House) -> None:
    rows = published_once.query(
        "select scope, envelope_eur, allocated_eur, unallocated_eur from fund.fund_overview order by scope"
    )
    million = Decimal("1000000.00")
    assert rows == [
        ("state", 204 * million, 177 * million, 27 * million),
        ("territories", 88 * million, 88 * million, Decimal("0.00")),
        ("whole", 292 * million, 265 * million, 27 * million),
    ]


def test_awards_of_the_samples_are_in_the_fund(published_once: House) -> None:
    ((awarded, committed, paid),) = published_once.query(
        "select awarded_eur, committed_eur, paid_eur from fund.fund_overview where scope = 'whole'"
    )
    assert awarded > committed > paid > 0
    ((lines, total),) = published_once.query("select count(*), sum(awarded_eur) from fund.fund_line_execution")
    assert (lines, total) == (11, awarded)


def test_the_samples_give_the_real_editions(published_once: House) -> None:
    assert published_once.query(EDITIONS) == REAL_EDITIONS


def test_the_dossiers_of_the_samples_are_there_once_as_they_are_now(published_once: House) -> None:
    rows = published_once.query(
        "select state, count(*), count(awarded_eur), sum(requested_eur) from fund.fct_application "
        "group by all order by all"
    )
    assert rows == [
        ("accepte", 10, 10, Decimal("2639000.25")),
        ("en_construction", 2, 0, Decimal("1450000.00")),
        ("en_instruction", 6, 0, Decimal("2919000.05")),
        ("refuse", 2, 0, Decimal("535000.00")),
        ("sans_suite", 2, 0, Decimal("295000.00")),
    ]
    again = published_once.query(
        "select state, version_count from fund.fct_application where dossier_number = '4100001'"
    )
    assert again == [("accepte", 2)]
    assert published_once.query("select dossier_number from quality.deleted_applications") == [("4100021",)]


def test_feeds_of_the_night_were_looked_at_and_the_others_are_not_expected(published_once: House) -> None:
    late = dict(published_once.query("select feed, is_late from quality.feed_status"))
    nightly = dict.fromkeys(("applications_sample", "panorama", "submissions"), False)
    assert late == {**nightly, "applications": None, "panorama_portal": None}


def test_known_disagreements_are_published_as_documented_warnings(published_once: House) -> None:
    rows = published_once.query(
        "select subject, sentence from quality.controls where outcome = 'warning' and control_id like 'edition-%'"
    )
    ((subject, sentence),) = rows
    assert subject == "2019-03"
    assert "48" in sentence
    assert "46" in sentence


def test_every_file_received_is_accounted_for(published_once: House) -> None:
    ((files, rows_in, accepted, rejected),) = published_once.query(
        "select count(*), sum(rows_in), sum(rows_accepted), sum(rows_rejected) from quality.received_files"
    )
    assert files == len(manifest(published_once.current)["receipts"])
    assert rows_in == accepted + rejected
    assert rejected > 0, "the samples have a submission with rows to reject"
    rejects = published_once.query(
        "select distinct receipt_id, table_name, sheet, row_number from quality.rejected_rows"
    )
    assert len(rejects) == rejected


def test_a_second_run_parses_nothing_again_and_gives_the_same_bytes(house: House) -> None:
    before, first = parsed_files(house), marts_hashes(house.current)
    place = house.current.resolve()
    house.collect_samples()
    house.run("publish")
    assert house.current.resolve() != place
    assert parsed_files(house) == before
    assert marts_hashes(house.current) == first


def test_an_earlier_as_of_date_shows_what_was_known_then_and_current_stays(house: House) -> None:
    place = house.current.resolve()
    assert "Not the current publication" in house.run("publish", "--as-of", "2021-02-01")
    then = house.publications / "2021-02-01" / "r1"
    assert house.current.resolve() == place
    assert house.query(EDITIONS, then) == REAL_EDITIONS[:4]
    last_known = house.query("select max(edition_month), max(edition_number) from project.panorama_overview", then)
    assert last_known == [(dt.date(2020, 11, 1), 12)], "headlines of later editions were not known"
    assert house.query("select awarded_eur from fund.fund_overview where scope = 'whole'", then) == [(Decimal("0.00"),)]
    house.run("publish", "--as-of", "2021-02-01")
    assert marts_hashes(house.publications / "2021-02-01" / "r2") == marts_hashes(then)


def test_nothing_received_is_said_and_nothing_is_published(empty_house: House) -> None:
    assert "Nothing had been received" in empty_house.run("publish", expect=1)
    assert not empty_house.current.exists()


def test_status_before_anything_is_published(empty_house: House) -> None:
    assert "Nothing is published yet" in empty_house.run("status")


def test_a_control_that_cannot_be_measured_stops_the_publication(house: House, tmp_path: Path) -> None:
    place, before = house.current.resolve(), marts_hashes(house.current)
    house.env["RELANCE_HOME"] = str(home_without_a_measure(tmp_path / "home"))
    assert UNMEASURED in house.run("publish", expect=2)
    assert house.current.resolve() == place
    assert marts_hashes(house.current) == before


def test_one_cent_over_a_line_holds_its_file_until_it_is_corrected(house: House, drop: Callable[[str], Path]) -> None:
    folder = drop("too-much")
    line = write_one_cent_over(house, folder)
    place, lines = house.current.resolve(), house.query(LINES)
    allocations = dict(house.query("select line_code, allocated_eur from fund.fund_line_execution"))
    allocated = allocations[line]
    house.run("collect", "submissions", "--from", str(folder))
    house.run("publish")
    assert house.current.resolve() != place
    assert house.query(LINES) == lines
    ((sentence,),) = house.query("select reason from quality.pending_files")
    sentence = sentence.replace("\u202f", " ").replace("\u00a0", " ")
    assert line in sentence
    over = allocated + Decimal("0.01")
    for amount in (allocated, over):
        assert f"{amount:,.2f}".replace(",", " ").replace(".", ",") in sentence
    place = house.current.resolve()

    corrected = drop("corrected")
    (corrected / "ECO_2021-T3.xlsx").write_bytes(
        (PROJECT / "samples" / "submissions" / "ECO_2021-T3.xlsx").read_bytes()
    )
    house.run("collect", "submissions", "--from", str(corrected))
    house.run("publish")
    assert house.current.resolve() != place
    assert house.query("select count(*) from fund.fund_line_execution where remaining_eur < 0") == [(0,)]
    assert house.query("select * from quality.pending_files") == []


def test_each_file_names_its_feedback(published_once: House) -> None:
    rows = published_once.query("select kind, feedback_path from quality.received_files")
    assert {kind for kind, path in rows if path is None} == {"application"}
    paths = [path for kind, path in rows if kind != "application"]
    assert paths
    assert all((published_once.data_dir / path).is_file() for path in paths)

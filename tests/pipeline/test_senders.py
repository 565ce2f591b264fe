"""Two senders of one feed, one of which claims the other's ministry, by the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import yaml

from tests.pipeline.house import PROJECT, House

SUBMISSIONS = PROJECT / "samples" / "submissions"
FIGURES = (
    "select * exclude (receipt_id, lineage_key) from fund.award_execution order by all",
    "from fund.fund_overview order by all",
    "from fund.ministry_execution order by all",
    "from quality.submission_status order by all",
)


def write_as(ministry: str, source: Path, target: Path) -> None:
    """A workbook with another ministry on its cover."""
    workbook = openpyxl.load_workbook(source)
    (cell,) = (row[1] for row in workbook["Couverture"].iter_rows() if row[0].value == "Code du ministère")
    cell.value = ministry
    target.parent.mkdir(exist_ok=True)
    workbook.save(target)


def test_a_sender_that_claims_another_s_ministry_changes_nothing_of_it(
    house: House, drop: Callable[[str], Path], tmp_path: Path
) -> None:
    feeds = yaml.safe_load((PROJECT / "include" / "relance" / "feeds.yml").read_text(encoding="utf-8"))
    feeds["feeds"]["submissions"]["speaks_for"] = {"interieur": ["INT"], "collectivites": ["COT", "ECL"]}
    (tmp_path / "feeds.yml").write_text(yaml.safe_dump(feeds), encoding="utf-8")
    house.env["RELANCE_FEEDS"] = str(tmp_path / "feeds.yml")
    before = [house.query(sql) for sql in FIGURES]
    folder = drop("drop")
    write_as("EDU", SUBMISSIONS / "INT_2021-T3.xlsx", folder / "interieur" / "INT_2021-T3_rectificatif.xlsx")
    house.run("collect", "submissions", "--from", str(folder))
    house.run("publish")
    assert [house.query(sql) for sql in FIGURES] == before
    ((status, ministry, reason, page),) = house.query(
        "select status, ministry_code, reason, feedback_path from quality.received_files "
        "where file_name = 'interieur/INT_2021-T3_rectificatif.xlsx'"
    )
    assert (status, ministry) == ("set_aside", None)
    assert reason.startswith("Le dossier « interieur » ne peut parler que pour INT : ce fichier y a été déposé et se")
    assert "Mis de côté" in (house.data_dir / page).read_text(encoding="utf-8")
    assert house.query("select count(*) from quality.received_files where is_stale") == [(0,)]
    receipts = json.loads((house.current / "manifest.json").read_text(encoding="utf-8"))["receipts"]
    assert [one["claimed_ministry_code"] for one in receipts if one.get("sender") == "interieur"] == ["EDU"]

    # The same file, with its own ministry on the cover, is INT's correction.
    write_as("INT", SUBMISSIONS / "INT_2021-T3.xlsx", folder / "interieur" / "INT_2021-T3_rectificatif.xlsx")
    house.run("collect", "submissions", "--from", str(folder))
    house.run("publish")
    assert house.query(
        "select file_name from quality.received_files where ministry_code = 'INT' and period = '2021-T3' "
        "and status = 'counted'"
    ) == [("interieur/INT_2021-T3_rectificatif.xlsx",)]
    assert house.query(FIGURES[0]) == before[0]


def test_files_in_a_folder_of_nobody_s_are_told_and_the_others_landed(
    house: House, drop: Callable[[str], Path]
) -> None:
    folder = drop("drop")
    write_as("INT", SUBMISSIONS / "INT_2021-T3.xlsx", folder / "INT_2021-T3_rectificatif.xlsx")
    write_as("EDU", SUBMISSIONS / "EDU_2021-T3.xlsx", folder / "inconnu" / "EDU_2021-T3.xlsx")
    said = house.run("collect", "submissions", "--from", str(folder), expect=1).replace("\n", " ")
    assert "1 new" in said
    assert "inconnu in" in said
    assert "hold(s) files that are not read" in said

"""Who is answered on a night, what of it reaches the manifest, and that nothing of it can stop the night."""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path
from zipfile import ZipFile

import duckdb
import openpyxl
import pytest

from relance import asof, stages
from relance.gate.hold import counted_entries
from relance.settings import Settings
from relance.warehouse import answers
from relance.warehouse.manifest import compose, read_manifest
from relance.warehouse.raw import create_build_file

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture
def landed(settings: Settings, tmp_path: Path) -> Settings:
    """A workbook with wrong cells, an archive with a CSV and a locked one, an edition, a dossier."""
    drop = tmp_path / "drop"
    for folder in ("s", "p", "a"):
        (drop / folder).mkdir(parents=True)
    shutil.copy(SAMPLES / "submissions" / "EDU_2021-T2.xlsx", drop / "s")
    with ZipFile(drop / "s" / "COT_2021-T1.zip", "w") as archive:
        archive.write(SAMPLES / "submissions" / "COT_2021-T1_subventions.csv", "COT_2021-T1_subventions.csv")
        archive.writestr("COT_2021-T1_autres.zip", b"PK")
    shutil.copy(SAMPLES / "panorama" / "2021-07-dashboard-table.csv", drop / "p")
    shutil.copy(SAMPLES / "applications" / "dossier-4100001.json", drop / "a")
    for feed, folder in (("submissions", "s"), ("panorama", "p"), ("applications_sample", "a")):
        stages.collect(feed, str(drop / folder))
    return settings


def answered(settings: Settings) -> dict[str, str | None]:
    at = asof.now()
    entries = compose(settings, at)
    answers.answer_senders(settings, at, entries)
    return {entry.receipt.file_name: entry.feedback_path for entry in entries}


def test_every_file_but_dossiers_and_archives_is_answered(landed: Settings) -> None:
    paths = answered(landed)
    assert {name for name, path in paths.items() if path is None} == {"COT_2021-T1.zip", "dossier-4100001.json"}
    assert {name for name, path in paths.items() if path} == {
        "EDU_2021-T2.xlsx",
        "COT_2021-T1.zip/COT_2021-T1_subventions.csv",
        "COT_2021-T1.zip/COT_2021-T1_autres.zip",
        "2021-07-dashboard-table.csv",
    }
    for path in filter(None, paths.values()):
        assert path.startswith("feedback/")
        assert (landed.data_dir / path).is_file()
    refused = landed.data_dir / str(paths["COT_2021-T1.zip/COT_2021-T1_autres.zip"])
    assert "archive dans l\u2019archive" in refused.read_text(encoding="utf-8")


def test_a_second_night_makes_nothing_again(landed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = answered(landed)
    written = {path: path.stat().st_mtime_ns for path in landed.feedback_dir.rglob("*")}
    for module in [name for name in sys.modules if name.partition(".")[0] == "jinja2"]:
        monkeypatch.delitem(sys.modules, module)
    assert answered(landed) == first
    assert {path: path.stat().st_mtime_ns for path in landed.feedback_dir.rglob("*")} == written
    assert "jinja2" not in sys.modules


def test_what_goes_wrong_is_said_and_the_night_goes_on(
    landed: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = answers.write_feedback

    def fail_once(sent: answers.Sent, target: Path) -> bool:
        if sent.kind == "panorama":
            raise OSError("disk full")
        return whole(sent, target)

    monkeypatch.setattr(answers, "write_feedback", fail_once)
    with caplog.at_level(logging.WARNING):
        paths = answered(landed)
    assert paths["2021-07-dashboard-table.csv"] is None
    assert paths["EDU_2021-T2.xlsx"] is not None
    (message,) = caplog.messages
    assert "No feedback for 2021-07-dashboard-table.csv" in message
    assert "disk full" in message


def test_the_path_reaches_the_build(landed: Settings) -> None:
    build = landed.builds_dir / stages.prepare(asof.now())
    create_build_file(landed, read_manifest(build), build / "b.duckdb")
    with duckdb.connect(str(build / "b.duckdb")) as connection:
        paths = dict(connection.execute("select file_name, feedback_path from raw.receipts").fetchall())
    assert (landed.data_dir / paths["EDU_2021-T2.xlsx"]).is_file()
    assert paths["dossier-4100001.json"] is None


def test_a_file_that_waits_is_told_what_counts_in_its_place(settings: Settings, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    for period in ("2021-T1", "2021-T2"):
        (drop / period).mkdir(parents=True)
        shutil.copy(SAMPLES / "submissions" / f"TFP_{period}.xlsx", drop / period)
        stages.collect("submissions", str(drop / period))
    workbook = openpyxl.load_workbook(SAMPLES / "submissions" / "TFP_2021-T3.xlsx")
    first = next(row for row in workbook["Subventions"].iter_rows(min_row=4) if row[0].value == "TFP-2021-0001")
    taken, first[11].value = first[11].value, 1
    (declared,) = (row[1] for row in workbook["Couverture"].iter_rows() if row[0].value == "Total accordé déclaré (€)")
    declared.value -= taken - 1
    for row in workbook["Exécution"].iter_rows(min_row=4):
        if row[0].value == "TFP-2021-0001":
            row[1].value = row[2].value = 0
    (drop / "2021-T3").mkdir()
    workbook.save(drop / "2021-T3" / "TFP_2021-T3.xlsx")
    stages.collect("submissions", str(drop / "2021-T3"))

    at = asof.now()
    entries = counted_entries(settings, at)
    answers.answer_senders(settings, at, entries)
    assert [entry.status for entry in entries] == ["counted", "counted", "pending"]
    told = answers.sent_of(entries[2], at, entries[:2])
    assert told.meanwhile == (("TFP_2021-T2.xlsx", "2021-T2"),)
    assert "awarded-amounts-do-not-fall" in {found.control_id for found in told.findings}
    page = (settings.data_dir / str(entries[2].feedback_path)).read_text(encoding="utf-8")
    assert "En attente d\u2019une décision" in page
    assert "TFP_2021-T2.xlsx\u00a0» (période 2021-T2) continue de compter, signalé comme ancien" in page
    assert entries[1].is_stale
    assert "attend une décision ou a été refusé" in (settings.data_dir / str(entries[1].feedback_path)).read_text()

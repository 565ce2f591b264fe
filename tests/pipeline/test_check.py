"""`relance check` as a ministry's own staff run it: its text, its exit codes, what it writes, what it leaves alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from relance import asof, stages
from relance.gate.checking import Checked, check_file
from relance.gate.hold import counted_entries
from relance.settings import Settings
from relance.warehouse.manifest import PENDING, SET_ASIDE, Entry
from tests.pipeline.house import PROJECT, House

SUBMISSIONS = PROJECT / "samples" / "submissions"


@pytest.fixture
def office(tmp_path: Path) -> House:
    return House(tmp_path / "data")


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_that_is_right(office: House, tmp_path: Path) -> None:
    file = Path(shutil.copy(SUBMISSIONS / "EDU_2021-T3.xlsx", tmp_path))
    said = office.run("check", str(file))
    assert "EDU_2021-T3.xlsx : Prêt à être envoyé" in said
    assert "0 rejetée" in said
    assert "(concorde)" in said
    assert written(tmp_path) == ["EDU_2021-T3 - contrôle/index.html", "EDU_2021-T3.xlsx"]
    assert not office.data_dir.exists()


def test_a_file_with_wrong_cells(office: House, tmp_path: Path) -> None:
    output = tmp_path / "retour"
    said = office.run("check", str(SUBMISSIONS / "EDU_2021-T2.xlsx"), "--output", str(output), expect=1)
    assert "EDU_2021-T2.xlsx : Serait mis en attente" in said
    assert "12 acceptées, 3 rejetées" in said
    assert "Feuille « Subventions », ligne 9, colonne « Ligne du fonds » : « ITN9 »" in said
    assert "Nombre de subventions : déclaré 8, compté 8, dont accepté 5 (concorde)" in said
    assert "À vérifier : Feuille « Subventions », ligne 8, colonne « SIRET du bénéficiaire »" in said
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "3\u00a0problèmes à corriger" in page
    assert "9900017700017" in page
    [remark] = [line for line in (output / "problemes.csv").read_text("utf-8-sig").splitlines() if "à vérifier" in line]
    assert "SIRET du bénéficiaire;9900017700017;" in remark
    marked = openpyxl.load_workbook(output / "EDU_2021-T2 - annoté.xlsx")["Subventions"]
    assert [cell.comment.text[:12] for cell in marked[8] if cell.comment] == ["À vérifier :"]
    assert written(output) == ["EDU_2021-T2 - annoté.xlsx", "index.html", "problemes.csv"]
    assert not office.data_dir.exists()


def test_a_declared_total_that_is_not_that_of_the_rows(office: House, tmp_path: Path) -> None:
    sent = (SUBMISSIONS / "COT_2021-T1_subventions.csv").read_bytes()
    file = tmp_path / "COT_2021-T1_subventions.csv"
    file.write_bytes(sent.replace(b";29\r\n", b";30\r\n", 1))
    assert "(ÉCART)" not in office.run("check", str(SUBMISSIONS / file.name), "--output", str(tmp_path / "before"))
    said = office.run("check", str(file), expect=1)
    assert "0 rejetée" in said
    assert "Nombre de subventions : déclaré 30, compté 29, dont accepté 29 (ÉCART)" in said


def test_a_file_that_cannot_be_read(office: House, tmp_path: Path) -> None:
    file = tmp_path / "EDU_2021-T3.xlsx"
    file.write_bytes(b"%PDF-1.7")
    said = office.run("check", str(file), expect=1)
    assert "Illisible en l'état" in said
    assert "document PDF" in said
    assert "ne peut pas être ouvert" in office.run("check", str(tmp_path / "absent.xlsx"), expect=1)
    assert "ne peut pas être ouvert" in office.run("check", str(tmp_path), expect=1)


def test_each_file_of_an_archive(office: House, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "envoi.zip", "w") as archive:
        archive.write(SUBMISSIONS / "EDU_2021-T2.xlsx", "EDU_2021-T2.xlsx")
        archive.write(
            SUBMISSIONS / "collectivites" / "COT_2021-T3_subventions.csv", "sous-dossier/COT_2021-T3_subventions.csv"
        )
        archive.writestr("lisez-moi.txt", "bonjour")
    said = office.run("check", str(tmp_path / "envoi.zip"), expect=1)
    assert "envoi.zip/EDU_2021-T2.xlsx : Serait mis en attente" in said
    assert "envoi.zip/sous-dossier/COT_2021-T3_subventions.csv : Prêt à être envoyé" in said
    assert "lisez-moi.txt" in said
    assert written(tmp_path / "envoi - contrôle") == [
        "01 EDU_2021-T2/EDU_2021-T2 - annoté.xlsx",
        "01 EDU_2021-T2/index.html",
        "01 EDU_2021-T2/problemes.csv",
        "02 COT_2021-T3_subventions/index.html",
    ]


def test_a_panorama(office: House, tmp_path: Path) -> None:
    file = PROJECT / "samples" / "panorama" / "2021-07-dashboard-table.csv"
    said = office.run("check", str(file), "--kind", "panorama", "--output", str(tmp_path / "out"))
    assert "Prêt à être envoyé" in said


def test_a_folder_that_cannot_be_written(office: House, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    output = str(tmp_path / "occupied")
    said = office.run("check", str(SUBMISSIONS / "EDU_2021-T3.xlsx"), "--output", output, expect=1)
    assert "ne peut pas être écrit" in said


# ------------------------------------------------------------------------- against a publication, as the night will be

# What people send that once published a wrong figure or stopped everybody's night. A dossier is not sent as a file.
NIGHTS = PROJECT.parent / "shared" / "data" / "field-cases" / "nights"
SENT = sorted(path for path in NIGHTS.glob("*/*") if path.suffix != ".json")
field_cases = pytest.mark.skipif(not SENT, reason=f"{NIGHTS} is not there: the field's files are not committed")


def outcome_of(entry: Entry) -> tuple[str, list[str]]:
    """What the night makes of a file: its status, and the controls that hold it."""
    return entry.status, sorted({finding.control_id for finding in entry.findings})


def foretold(checked: Checked) -> tuple[str, list[str]]:
    (file,) = checked.files
    status = SET_ASIDE if file.summary.is_set_aside else PENDING if file.controls else "counted"
    return status, sorted(file.controls)


def night_of(house: House, sent: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """Collect one file after all that the house has, and choose what counts: its entry."""
    folder = house.data_dir.parent / "drop"
    folder.mkdir()
    shutil.copy(sent, folder)
    monkeypatch.setenv("RELANCE_DATA_DIR", str(house.data_dir))
    stages.collect("submissions", str(folder))
    entries = counted_entries(house.settings, asof.now())
    return max((e for e in entries if e.receipt.file_name == sent.name), key=lambda e: e.receipt.received_at)


def landing_of(published: House, data_dir: Path) -> House:
    """A house that has received and read the same, and has published nothing."""
    for folder in ("landing", "parsed"):
        shutil.copytree(published.data_dir / folder, data_dir / folder)
    return House(data_dir)


@field_cases
@pytest.mark.parametrize("sent", SENT, ids=[f"{path.parent.name}/{path.name}" for path in SENT])
def test_check_says_beforehand_what_the_night_does(
    published_once: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: Path
) -> None:
    checked = check_file(Settings.from_env(), sent, "submission", tmp_path / "out", published_once.current)
    house = landing_of(published_once, tmp_path / "data")
    assert foretold(checked) == outcome_of(night_of(house, sent, monkeypatch))


@field_cases
def test_falls_are_those_of_the_night_that_follows(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = tmp_path / "first"
    drop.mkdir()
    shutil.copy(NIGHTS / "unexecuted-award-vanishes" / "EUR_2021-T2.xlsx", drop)
    house.run("collect", "submissions", "--from", str(drop))
    house.run("publish")
    for number, sent in enumerate(
        (NIGHTS / "unexecuted-award-vanishes" / "EUR_2021-T3.xlsx", NIGHTS / "emptied" / "EUR_2021-T4.xlsx")
    ):
        checked = check_file(Settings.from_env(), sent, "submission", tmp_path / f"out{number}", house.current)
        assert foretold(checked) == (PENDING, ["awarded-amounts-do-not-fall"])
        night = outcome_of(night_of(landing_of(house, tmp_path / f"n{number}" / "data"), sent, monkeypatch))
        assert foretold(checked) == night
    (file,) = checked.files
    changes = file.summary.changes
    assert changes is not None
    assert [(award.award_id, award.kind, award.before, award.after) for award in changes.awards] == [
        ("EUR-1", "disparaît", 500000000, None),
        ("EUR-2", "disparaît", 100000, None),
    ]
    assert [(line.label, line.difference) for line in changes.lines] == [("ITN8D", -500100000)]


def test_what_a_file_changes_is_said(published_once: House, tmp_path: Path) -> None:
    office = House(tmp_path / "office")
    sent = [SUBMISSIONS / "TFP_2021-T3.xlsx", SUBMISSIONS / "TFP_2021-T2.xlsx"]
    said = [
        office.run("check", str(file), "--against", str(published_once.current), "--output", str(tmp_path / "out"))
        for file in sent
    ]
    assert (
        "ce fichier suivrait « TFP_2021-T3.xlsx », qui est de la période 2021-T3. Aucune subvention n'y change."
        in said[0]
    )
    assert "Le ministère a déjà une période plus récente" in said[1]
    assert not office.data_dir.exists()
    missing = office.run("check", str(sent[0]), "--against", str(tmp_path / "nowhere"), expect=1)
    assert "ne peut pas être lue" in missing


def test_what_was_accepted_of_the_same_bytes_stands(published_once: House, tmp_path: Path) -> None:
    accepted = SUBMISSIONS / "EDU_2021-T2.xlsx"
    (file,) = check_file(Settings.from_env(), accepted, "submission", tmp_path / "1", published_once.current).files
    assert file.controls == []
    assert file.summary.state == "À corriger avant l'envoi"
    # Another byte is another file: what is found of it has to be decided anew.
    workbook = openpyxl.load_workbook(accepted)
    workbook.save(tmp_path / accepted.name)
    (file,) = check_file(
        Settings.from_env(), tmp_path / accepted.name, "submission", tmp_path / "2", published_once.current
    ).files
    assert file.controls == ["rejected-rows-have-no-amount", "rejected-amounts-are-legible"]

"""`relance check` as a ministry's own staff run it: its text, its exit codes, what it writes, what it leaves alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

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
    assert "12 acceptées, 3 rejetées" in said
    assert "Feuille « Subventions », ligne 9, colonne « Ligne du fonds » : « ITN9 »" in said
    assert "Nombre de subventions : déclaré 8, compté 8, dont accepté 5 (concorde)" in said
    assert "À vérifier : Feuille « Subventions », ligne 8, colonne « SIRET du bénéficiaire »" in said
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "3\u00a0problèmes à corriger" in page
    assert "1\u00a0cellule à vérifier" in page
    [remark] = [line for line in (output / "problemes.csv").read_text("utf-8-sig").splitlines() if "à vérifier" in line]
    assert remark.startswith("Subventions;Subventions;8;SIRET du bénéficiaire;9900017700017;")
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
        archive.write(SUBMISSIONS / "COT_2021-T3_subventions.csv", "sous-dossier/COT_2021-T3_subventions.csv")
        archive.writestr("lisez-moi.txt", "bonjour")
    said = office.run("check", str(tmp_path / "envoi.zip"), expect=1)
    assert "envoi.zip/EDU_2021-T2.xlsx : À corriger avant l'envoi" in said
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

"""The folder of a file's feedback: page, table, workbook; made once for each state that it shows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook

from relance.feedback import folder, summarise, write_feedback, write_files
from relance.feedback.csv_table import problems_csv
from relance.feedback.workbook import NotAnnotated
from tests.unit.feedback.conftest import AT, Make

SAMPLES = Path(__file__).parents[3] / "samples"
READ = {".csv", ".xlsx", ".xls", ".ods", ".zip"}


def names(target: Path) -> list[str]:
    return sorted(path.name for path in target.iterdir())


def page_of(target: Path) -> str:
    return re.sub("[ \n]+", " ", (target / "index.html").read_text(encoding="utf-8"))


def test_a_workbook_with_problems_has_all_three(workbook: Workbook, sent: Make, tmp_path: Path) -> None:
    target = tmp_path / "feedback" / "r"
    assert write_feedback(sent(workbook), target)
    assert names(target) == ["EDU_2021-T2 - annoté.xlsx", "feedback.json", "index.html", "problemes.csv"]
    assert names(target.parent) == ["r"]
    page = page_of(target)
    assert "Pris en compte" in page
    assert "arrêtés au 21\u00a0juillet\u00a02021 à 3\u00a0h\u00a000" in page
    assert "20\u00a0juillet\u00a02021 à 3\u00a0h\u00a000 (heure de Paris)" in page
    assert "écart de \u2212100,00\u00a0€" in page
    assert "un écart met le fichier en attente" in page
    assert 'href="./EDU_2021-T2%20-%20annot%C3%A9.xlsx"' in page
    assert "&lt;b&gt;peu&lt;/b&gt;" in page
    assert "<b>peu" not in page


def test_the_page_needs_nothing_else(workbook: Workbook, sent: Make, tmp_path: Path) -> None:
    write_feedback(sent(workbook, file_name='"><script>alert(1)</script>.xlsx'), tmp_path / "r")
    page = page_of(tmp_path / "r")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert '<html lang="fr">' in page


def test_the_table_opens_without_formulas(workbook: Workbook, sent: Make) -> None:
    sheet = workbook["Subventions"]
    for row, value in ((4, "@SUM(1)"), (6, "\t=1+1")):
        sheet.cell(row, 2).value = value
    data = problems_csv(summarise(sent(workbook)).to_correct)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:6] == ["Tableau", "Onglet", "Ligne", "Dernière ligne", "Colonne", "Valeur trouvée"]
    assert [(row[2], row[3], row[5]) for row in rows[1:]] == [
        ("4", "5", "'@SUM(1) … =ITN9"),
        ("6", "6", "'=1+1"),
    ]


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_what_a_spreadsheet_may_compute_is_text(value: str) -> None:
    from relance.feedback.safe import csv_cell, stem

    assert csv_cell(value) == f"'{value}"
    assert csv_cell("ITN1") == "ITN1"
    assert not stem(f"{value}.xlsx").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.zip/../../etc/passwd.xlsx", "passwd"),
        ("..", "fichier"),
        ("a\x00b\u202ex.xlsx", "a\ufffdb\ufffdx"),
        ("é" * 300 + ".xlsx", "é" * 100),
        ('a"b:c\\d.xlsx', "a_b_c_d"),
    ],
)
def test_a_file_name_stays_one(name: str, expected: str) -> None:
    from relance.feedback.safe import stem

    assert stem(name) == expected


def test_no_sign_of_the_reader_is_shown(workbook: Workbook, sent: Make, tmp_path: Path) -> None:
    sheet = workbook["Subventions"]
    sheet["L4"] = "=1+1"  # nobody computes it
    sheet["L5"], sheet["L5"].number_format = 3_000_000, "0.00,,"
    problems = summarise(sent(workbook)).problems
    assert {p.row: p.value for p in problems if p.column == "Montant accordé (€)"} == {
        4: "(formule non calculée)", 5: "3", 6: "<b>peu</b>",
    }  # fmt: skip
    assert not any("#SANS" in p.sentence + p.advice or "\u00d7" in p.sentence + p.advice for p in problems)


@pytest.mark.parametrize(("name", "action"), [("Mairie", "Rien à corriger."), ("B�ziers", "Lisez les remarques")])
def test_a_file_with_remarks_is_not_said_to_need_nothing(
    workbook: Workbook, sent: Make, name: str, action: str
) -> None:
    sheet = workbook["Subventions"]
    sheet.delete_rows(5, 2)
    sheet["E4"], workbook["Couverture"]["B3"], workbook["Couverture"]["B4"] = name, 1, 100
    [said] = summarise(sent(workbook, as_of=None)).actions
    assert action in said


def test_a_file_set_aside_says_why_and_what_to_do(sent: Make, tmp_path: Path) -> None:
    write_feedback(sent(b"%PDF-1.7", file_name="EDU_2021-T2.pdf"), tmp_path / "r")
    page = page_of(tmp_path / "r")
    assert names(tmp_path / "r") == ["feedback.json", "index.html"]
    assert "Mis de côté" in page
    assert "document PDF" in page
    assert "Corrigez le fichier comme l\u2019indique le motif" in page


def test_a_file_that_nobody_can_tell_from_another_says_so_and_what_to_do(
    workbook: Workbook, sent: Make, tmp_path: Path
) -> None:
    told = sent(workbook, status="undecided", counted=frozenset(), undecided=frozenset({"awards"}))
    write_feedback(told, tmp_path / "r")
    page = page_of(tmp_path / "r")
    for text in ("À départager", "à départager", "ni l\u2019un ni l\u2019autre ne compte", "Renvoyez seul, en entier"):
        assert text in page
    before = summarise(replace(told, as_of=None, received_at=None))
    assert before.state == "À départager avant l'envoi"
    assert not before.is_all_accepted
    part = summarise(replace(told, status="counted", counted=frozenset({"cover"})))
    assert part.state == "Pris en compte en partie"
    assert [table.state for table in part.tables] == ["retenu", "à départager"]


def test_an_ods_says_why_it_has_no_annotated_copy(sent: Make, tmp_path: Path) -> None:
    told = sent(SAMPLES.parent / "tests" / "fixtures" / "formulas" / "error-cells.ods")
    write_feedback(told, tmp_path / "r")
    assert names(tmp_path / "r") == ["feedback.json", "index.html", "problemes.csv"]
    assert "Un classeur ODS ne peut pas être annoté ici" in page_of(tmp_path / "r")


def test_a_copy_that_fails_is_said_on_the_page(
    workbook: Workbook, sent: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise NotAnnotated("Le classeur n'a pas pu être annoté.")

    monkeypatch.setattr("relance.feedback.workbook.annotated_copy", fail)
    write_feedback(sent(workbook), tmp_path / "r")
    assert names(tmp_path / "r") == ["feedback.json", "index.html", "problemes.csv"]
    assert "n\u2019a pas pu être annoté" in page_of(tmp_path / "r")


def test_it_is_made_again_only_when_what_it_shows_changes(workbook: Workbook, sent: Make, tmp_path: Path) -> None:
    told, target = sent(workbook), tmp_path / "r"
    assert write_feedback(told, target)
    later = replace(told, as_of=AT + dt.timedelta(days=30))
    assert not write_feedback(later, target)
    replaced = replace(later, status="superseded", counted=frozenset())
    assert write_feedback(replaced, target)
    assert "Remplacé par un envoi ultérieur" in page_of(target)
    assert "Rien à faire pour ce fichier" in page_of(target)
    # A night made again does not undo what is known since.
    assert not write_feedback(told, target)
    assert "Remplacé par un envoi ultérieur" in page_of(target)
    assert names(tmp_path) == ["parsed", "r", "received"]


def test_a_folder_that_was_damaged_is_made_again(workbook: Workbook, sent: Make, tmp_path: Path) -> None:
    write_feedback(sent(workbook), tmp_path / "r")
    (tmp_path / "r" / folder.RECORD).write_text("{")
    assert write_feedback(sent(workbook), tmp_path / "r")


def test_a_check_takes_away_what_it_no_longer_makes(workbook: Workbook, sent: Make, tmp_path: Path) -> None:
    told = replace(sent(workbook), as_of=None, received_at=None)
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine.txt").write_text("kept")
    write_files(told, summarise(told), target)
    assert len(names(target)) == 4
    sheet = workbook["Subventions"]
    sheet["B5"], sheet["J6"], sheet["L6"] = "ITN2", dt.date(2021, 3, 1), 100
    mended = replace(sent(workbook), as_of=None, received_at=None)
    write_files(mended, summarise(mended), target)
    assert names(target) == ["index.html", "mine.txt"]
    assert "Prêt à être envoyé" in page_of(target)


@pytest.mark.parametrize(
    "path", [p for p in sorted((SAMPLES.parent / "tests" / "fixtures" / "broken").iterdir()) if p.suffix in READ]
)
def test_every_broken_file_has_its_page(path: Path, sent: Make, tmp_path: Path) -> None:
    told = sent(path, file_name=path.name)
    write_feedback(told, tmp_path / "r")
    page = page_of(tmp_path / "r")
    assert ("Mis de côté" in page) == told.parsed.is_set_aside
    assert ("<b>Motif.</b>" in page) == told.parsed.is_set_aside


def test_an_xls_has_the_table_alone(sent: Make, tmp_path: Path) -> None:
    told = sent(SAMPLES.parent / "tests" / "fixtures" / "formulas" / "error-cells.xls")
    write_feedback(told, tmp_path / "r")
    assert names(tmp_path / "r") == ["feedback.json", "index.html", "problemes.csv"]
    assert "Un classeur XLS ne peut pas être annoté ici" in page_of(tmp_path / "r")

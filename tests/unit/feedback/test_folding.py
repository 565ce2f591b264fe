"""Cascades are one problem with its range; what is alone stays as it was written."""

from __future__ import annotations

import datetime as dt

from openpyxl import Workbook

from relance.feedback import summarise
from relance.feedback.csv_table import problems_csv
from relance.feedback.folding import fold_findings
from relance.feedback.lines import check_lines
from relance.feedback.sent import Found
from tests.unit.feedback.conftest import HEADER, Make, award


def emptied(workbook: Workbook) -> Workbook:
    """The cover, and the header of the awards alone in row 3."""
    workbook["Subventions"].delete_rows(4, 3)
    return workbook


def test_fifty_dragged_cells_are_one_problem_with_its_range(workbook: Workbook, sent: Make) -> None:
    sheet = emptied(workbook)["Subventions"]
    for number in range(4, 64):
        dragged = 5 <= number <= 54
        sheet.append(award(f"EDU-{number}", line=f"ITN{number + 90}" if dragged else "ITN1"))
    sheet["B60"] = "ITN9"
    summary = summarise(sent(workbook))
    assert summary.problem_count == 51
    assert [(fold.rows, fold.column, fold.value, fold.count) for fold in summary.to_correct] == [
        ("5 à 54", "Ligne du fonds", "ITN95 … ITN144", 50),
        ("60", "Ligne du fonds", "ITN9", 1),
    ]
    first, last = summary.to_correct
    assert first.sentence.startswith(
        "Feuille « Subventions », lignes 5 à 54, colonne « Ligne du fonds » : 50 cellules de suite. La première :"
        " « ITN95 » n'est pas une valeur admise."
    )
    assert last.sentence == last.first.sentence
    lines = [line for line in check_lines(summary) if line.startswith("  À corriger")]
    assert len(lines) == 2
    assert (
        problems_csv(summary.to_correct)
        .decode("utf-8-sig")
        .splitlines()[1]
        .startswith("Subventions;Subventions;5;54;Ligne du fonds;ITN95 … ITN144;50 cellules de suite.")
    )


def test_another_column_in_between_does_not_break_a_range(workbook: Workbook, sent: Make) -> None:
    sheet = emptied(workbook)["Subventions"]
    for number in range(4, 10):
        sheet.append(award(f"EDU-{number}", line="ITN9", amount="peu" if number == 6 else 100))
    folds = summarise(sent(workbook)).to_correct
    assert [(fold.rows, fold.column) for fold in folds] == [("4 à 9", "Ligne du fonds"), ("6", "Montant accordé (€)")]


def test_rows_whose_cells_slipped_are_one_problem(workbook: Workbook, sent: Make) -> None:
    sheet = emptied(workbook)["Subventions"]
    sheet.append(award("EDU-1"))
    for number in (5, 6):
        row = award(f"EDU-{number}", decided_on=dt.date(2021, 2, 1))
        sheet.append([row[0], "Guichet", *row[1:-1]])
    summary = summarise(sent(workbook))
    (fold,) = summary.to_correct
    assert (fold.rows, fold.count) == ("5 à 6", summary.problem_count)
    assert len(fold.columns) >= 3
    assert set(fold.columns) <= set(HEADER)
    assert fold.advice.startswith("2 lignes de suite ont ")
    assert "leurs cellules ont sans doute glissé d'une colonne à l'autre" in fold.advice


def test_rows_that_miss_the_same_cells_are_said_to_be_incomplete(workbook: Workbook, sent: Make) -> None:
    sheet = emptied(workbook)["Subventions"]
    sheet.append(award("EDU-1"))
    row = award("EDU-2")
    sheet.append([row[0], None, *row[2:4], None, *row[5:9], None, row[10], row[11]])
    (fold,) = summarise(sent(workbook)).to_correct
    assert fold.sentence == (
        "Feuille « Subventions », ligne 5 : la ligne a 3 cellules en défaut (« Ligne du fonds », « Bénéficiaire » et"
        " « Date de décision ») : la compléter, ou l'ôter. La première : la valeur manque. Elle est obligatoire : la"
        " renseigner."
    )


def test_a_control_with_many_findings_tells_the_first_ones() -> None:
    falls = [Found("awards-do-not-fall", f"Subvention {number} : baisse.") for number in range(1, 6)]
    assert fold_findings([*falls, Found("other", "Autre.")]) == [
        "Subvention 1 : baisse.",
        "Subvention 2 : baisse.",
        "Subvention 3 : baisse.",
        "Le même constat vaut pour 2 autres lignes du fichier.",
        "Autre.",
    ]
    assert fold_findings(falls[:4]) == [found.sentence for found in falls[:4]]

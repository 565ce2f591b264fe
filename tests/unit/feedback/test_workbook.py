"""The annotated copy: problems at the right cells, everything else as it was sent, nothing taken for a formula."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from relance.feedback import summarise
from relance.feedback import workbook as feedback_workbook
from relance.feedback.sent import Sent
from relance.feedback.workbook import NotAnnotated, annotated_copy
from tests.unit.feedback.conftest import Make

SAMPLE = Path(__file__).parents[3] / "samples" / "submissions" / "EDU_2021-T2.xlsx"


def annotated(sent: Sent) -> Workbook:
    assert sent.path is not None
    return load_workbook(io.BytesIO(annotated_copy(sent.path, summarise(sent))))


def commented(book: Workbook) -> dict[str, str]:
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }


def test_each_wrong_cell_is_coloured_and_says_its_sentence(workbook: Workbook, sent: Make) -> None:
    book = annotated(sent(workbook))
    comments = commented(book)
    assert list(comments) == ["Subventions!B5", "Subventions!J6", "Subventions!L6"]
    assert comments["Subventions!B5"].startswith("à vérifier\n\n« =ITN9 » n'est pas une valeur admise.")
    assert comments["Subventions!J6"] == "La valeur manque. Elle est obligatoire : la renseigner."
    assert "« <b>peu</b> » n'est pas un montant" in comments["Subventions!L6"]
    assert {book["Subventions"][cell].fill.start_color.rgb for cell in ("B5", "J6", "L6")} == {"FFFFD6A5"}
    assert book["Subventions"]["B4"].fill.fill_type is None


def test_all_else_is_as_it_was_sent(sent: Make) -> None:
    before, after = load_workbook(SAMPLE), annotated(sent(SAMPLE))
    assert after.sheetnames == ["Synthèse", *before.sheetnames]
    marked = {place.partition("!")[2] for place in commented(after)}
    assert marked == {"F8", "B9", "L10", "J11"}
    for sheet in before.worksheets:
        other = after[sheet.title]
        assert other.dimensions == sheet.dimensions
        assert other.merged_cells == sheet.merged_cells
        assert {k: d.width for k, d in other.column_dimensions.items()} == {
            k: d.width for k, d in sheet.column_dimensions.items()
        }
        for row in sheet.iter_rows():
            for cell in row:
                same = other[cell.coordinate]
                assert (same.value, same.number_format) == (cell.value, cell.number_format)
                assert repr(same.font) == repr(cell.font)
                if sheet.title != "Subventions" or cell.coordinate not in marked:
                    assert repr(same.fill) == repr(cell.fill)


def test_the_first_sheet_sums_up_and_links_each_cell(workbook: Workbook, sent: Make) -> None:
    book = annotated(sent(workbook))
    assert book.active is not None
    assert (book.sheetnames[0], book.active.title) == ("Synthèse", "Synthèse")
    rows = [[cell for cell in row if cell is not None] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert ["Fichier", "EDU_2021-T2.xlsx"] in rows
    assert ["Subventions", "3", "1", "2", "Subventions"] in rows
    assert ["Total accordé", "300,00\u00a0€", "200,00\u00a0€", "100,00\u00a0€", "ÉCART"] in rows
    assert ["Nombre de subventions", "3", "3", "1", "concorde"] in rows
    links = {
        cell.hyperlink.location for row in book.worksheets[0].iter_rows() for cell in row if cell.hyperlink is not None
    }
    assert links == {"'Subventions'!B5", "'Subventions'!J6", "'Subventions'!L6"}
    assert sum(sheet.sheet_view.tabSelected or False for sheet in book.worksheets) == 1


def test_no_value_becomes_a_formula(workbook: Workbook, sent: Make) -> None:
    workbook["Subventions"]["B4"] = "@SUM(1)"
    workbook["Subventions"]["B6"] = "-2+3"
    workbook.create_sheet("=cmd|'x'!A1")["A1"] = "autre"
    first = annotated(sent(workbook, file_name="=HYPERLINK(1)/=1+1.xlsx")).worksheets[0]
    hostile = {
        str(cell.value): (cell.data_type, cell.quotePrefix)
        for row in first.iter_rows()
        for cell in row
        if str(cell.value).startswith(("=", "+", "-", "@"))
    }
    assert set(hostile) == {"=HYPERLINK(1)/=1+1.xlsx", "=ITN9", "@SUM(1)", "-2+3"}
    assert set(hostile.values()) == {("s", True)}


def test_a_merged_cell_a_sheet_with_an_apostrophe_and_one_called_as_ours(workbook: Workbook, sent: Make) -> None:
    workbook["Subventions"].title = "L'année"
    workbook["L'année"].merge_cells("J5:J6")
    workbook.create_sheet("Synthèse")["A1"] = "la nôtre"
    book = annotated(sent(workbook))
    assert book.worksheets[0].title == "Synthèse1"
    assert book["Synthèse"]["A1"].value == "la nôtre"
    assert "J5" in {place.rpartition("!")[2] for place in commented(book)}
    assert any(
        cell.hyperlink is not None and cell.hyperlink.location == "'L''année'!J5"
        for row in book.worksheets[0].iter_rows()
        for cell in row
    )


def test_a_wrong_cover_is_marked_beside_its_label(workbook: Workbook, sent: Make) -> None:
    workbook["Couverture"]["B4"] = "beaucoup"
    workbook["Couverture"]["A5"], workbook["Couverture"]["C5"] = "Nombre de projets", "sans objet"
    assert "beaucoup" in commented(annotated(sent(workbook)))["Couverture!B4"]


def test_a_header_of_two_rows(workbook: Workbook, sent: Make) -> None:
    sheet = workbook["Subventions"]
    sheet["L2"], sheet["L3"] = "Montant", "accordé (€)"
    assert "Subventions!L6" in commented(annotated(sent(workbook)))


def test_a_workbook_that_cannot_be_annotated_says_so(
    workbook: Workbook, sent: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = sent(workbook)
    assert told.path is not None
    monkeypatch.setattr(feedback_workbook, "MEMORY_BYTES", 20 << 20)
    with pytest.raises(NotAnnotated, match="n'a pas pu être annoté"):
        annotated_copy(told.path, summarise(told))
    monkeypatch.undo()
    monkeypatch.setattr(feedback_workbook, "TIMEOUT_SECONDS", 0)
    with pytest.raises(NotAnnotated, match="en 0 secondes"):
        annotated_copy(told.path, summarise(told))
    monkeypatch.undo()
    monkeypatch.setattr(feedback_workbook, "MAX_SOURCE_BYTES", 10)
    with pytest.raises(NotAnnotated, match="trop volumineux"):
        annotated_copy(told.path, summarise(told))

"""Formulas on the way in: never evaluated; what has no value is said where it stands and rejected where it matters."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing.container import sniff
from relance.parsing.shown_cells import shown_cells

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formulas"
HEADER = (
    "N° de subvention",
    "AE engagées cumulées (€)",
    "CP payés cumulés (€)",
    "Date du dernier paiement",
    "Observations",
)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Couverture"
    for row in (("Code du ministère", "COT"), ("Période", "2021-T2")):
        book.active.append(row)
    sheet = book.create_sheet("Exécution")
    for row in (HEADER, *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_sheet(data: bytes, change: Any) -> bytes:
    """The workbook with the XML of its second sheet changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name == "xl/worksheets/sheet2.xml" else content)
    return stream.getvalue()


def computed(data: bytes) -> bytes:
    """The workbook without openpyxl's word that it is to be computed when it is opened."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'fullCalcOnLoad="1"', b""))
    return stream.getvalue()


def broken(parsed: Any) -> list[tuple[int, str, str, str]]:
    return [(r["row_number"], r["column_name"], r["rule"], r["value"]) for r in parsed.rejects("execution")]


@pytest.mark.parametrize("extension", ["xlsx", "ods", "xls"])
def test_error_cells_are_rejected_where_a_value_is_read_and_noted_elsewhere(parse: Any, extension: str) -> None:
    # Written by LibreOffice; row 4 has an error in Observations, row 5 two formulas with their values.
    parsed = parse(FIXTURES / f"error-cells.{extension}")
    assert broken(parsed) == [
        (2, "AE engagées cumulées (€)", "error-cell", "#DIV/0!"),
    ]
    assert [(r["award_id"], r["last_payment_on"], r["comment"]) for r in parsed.rows("execution")[:2]] == [
        ("A2", None, parsed.rows("execution")[0]["comment"]), ("A3", None, None),
    ]  # fmt: skip
    assert [one["sentence"] for one in parsed.corrections("execution")] == [
        "Feuille « Exécution », ligne 3, colonne « Date du dernier paiement » : « #N/A » est une cellule en erreur : "
        "sa formule n'a pas de résultat. Attendu : une valeur. Corriger la formule ou laisser la cellule vide. La "
        "cellule est lue comme vide, le reste de la ligne compte.",
        "Feuille « Exécution », ligne 4, colonne « Observations » : « #DIV/0! » est une cellule en erreur : ce n'est "
        "pas un texte. Corriger la formule, ou vider la cellule. La cellule est lue comme vide, le reste de la ligne "
        "compte.",
    ]
    assert parsed.facts["notes"] == [
        "Feuille « Exécution » : 3 cellules en erreur (B2 : #DIV/0!, D3 : #N/A, E4 : #DIV/0!). Ouvrir le classeur dans "
        "un tableur, corriger, enregistrer et renvoyer.",
    ]


@pytest.mark.parametrize(
    "shown",
    ["#N/A", "#N/D", "#DIV/0!", "#DIV/0\u00a0!", "#REF!", "#VALEUR!", "#VALUE!", "#NOM?", "#NAME?", "#NOMBRE!",
     "#NUM!", "#NUL!", "#NULL!", "#SPILL!", "#CALC!"],
)  # fmt: skip
def test_what_spreadsheets_show_for_an_error_is_one_in_a_csv_too(execution: Any, shown: str) -> None:
    parsed = execution(f"A1;{shown};1;", f"{shown};1;1;", f"A3;1;1;{shown}")
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [(5, "error-cell"), (6, "error-cell")]
    # An optional text keeps its row, and is said.
    assert [r["comment"] for r in parsed.rows("execution")] == [None]
    [told] = parsed.corrections("execution")
    assert told["sentence"].startswith(f"Ligne 7, colonne « Observations » : « {shown} » est ")


@pytest.mark.parametrize("award_id", ["#12", "#REFERENCE", "#1/2021", "# N/A interne"])
def test_a_number_sign_alone_is_no_error(execution: Any, award_id: str) -> None:
    [row] = execution(f"{award_id};1;1;").rows("execution")
    assert row["award_id"] == award_id.upper().replace(" ", "")


def test_a_formula_that_was_never_computed_is_said_to_be_so(parse: Any) -> None:
    # openpyxl writes formulas without values, as programs that generate workbooks do.
    parsed = parse(workbook(("A1", "=1+1", 1, None, None), ("A2", 1, 1, None, None), ('="A"&3', 1, 1, None, None)))
    assert [(row, column, rule) for row, column, rule, _ in broken(parsed)] == [
        (2, "AE engagées cumulées (€)", "uncomputed"),
        (4, "N° de subvention", "uncomputed"),
    ]
    assert parsed.rejects("execution")[0]["sentence"].endswith(
        "la formule n'a jamais été calculée. Attendu : une valeur. Ouvrir le classeur dans un tableur, "
        "l'enregistrer et le renvoyer."
    )
    assert parsed.facts["notes"] == [
        "Feuille « Exécution » : 2 formules jamais calculées (B2, A4). Ouvrir le classeur dans un tableur, "
        "l'enregistrer et renvoyer."
    ]


def test_a_row_of_errors_alone_is_a_row(parse: Any) -> None:
    data = workbook(("A1", 1, 1, None, None), (None, "=NA()", None, None, None), ("A3", 1, 1, None, None))
    parsed = parse(
        with_sheet(data, lambda xml: re.sub(rb'<c r="B3"[^>]*>.*?</c>', b'<c r="B3" t="e"><v>#N/A</v></c>', xml))
    )
    assert parsed.facts["tables"]["execution"]["rows_in"] == 3
    assert (3, "AE engagées cumulées (€)", "error-cell", "#N/A") in broken(parsed)


def test_a_formula_that_gives_the_empty_text_is_an_empty_cell(parse: Any) -> None:
    data = workbook(("A1", 1, 1, None, '=""'))
    data = with_sheet(data, lambda xml: xml.replace(b'<c r="E2">', b'<c r="E2" t="str">'))
    parsed = parse(computed(data))
    [row] = parsed.rows("execution")
    assert (row["comment"], parsed.facts["notes"]) == (None, [])
    # Whoever asks that the workbook be computed when it is opened did not compute it.
    assert "1 formule jamais calculée (E2)" in parse(data).facts["notes"][0]


def test_what_follows_the_last_cell_is_no_formula_of_it(parse: Any) -> None:
    rule = b"</sheetData><conditionalFormatting><cfRule><formula>1</formula></cfRule></conditionalFormatting>"
    computed = re.compile(rb'<c r="B2"[^>]*>.*?</c>')

    def change(xml: bytes) -> bytes:
        return computed.sub(b'<c r="B2"><f>1+1</f><v>2</v></c>', xml).replace(b"</sheetData>", rule)

    parsed = parse(with_sheet(workbook(("A1", 1, 1, None, "fin")), change))
    assert parsed.facts["notes"] == []
    [row] = parsed.rows("execution")
    assert (row["committed_eur"], row["comment"]) == (2, "fin")


@pytest.mark.parametrize("extension", ["xlsx", "ods"])
def test_cells_are_found_however_the_xml_is_cut(monkeypatch: Any, extension: str) -> None:
    path = FIXTURES / f"error-cells.{extension}"
    for chunk in (1 << 20, 7, 64, 1000):
        for module in ("container", "markup"):
            monkeypatch.setattr(f"relance.parsing.{module}.CHUNK", chunk)
        found = shown_cells(path, sniff(path)).sheets
        assert {name: sheet.states for name, sheet in found.items()} == {
            "Exécution": {2: {1: "#DIV/0!"}, 3: {3: "#N/A"}, 4: {4: "#DIV/0!"}}
        }


@pytest.mark.parametrize("extension", ["xlsx", "ods", "xls"])
def test_too_many_of_them_are_refused(parse: Any, monkeypatch: Any, extension: str) -> None:
    monkeypatch.setattr("relance.parsing.sheet_cells.MAX_STATES", 2)
    assert "plus de 2 cellules sont en erreur" in parse(FIXTURES / f"error-cells.{extension}").facts["reason"]


def test_an_error_that_the_reader_does_not_know_is_named(parse: Any) -> None:
    data = with_sheet(
        workbook(("A1", 1, 1, None, "x")),
        lambda xml: re.sub(rb'<c r="B2"[^>]*>.*?</c>', b'<c r="B2" t="e"><v>#SPILL!</v></c>', xml),
    )
    assert parse(data).facts["reason"] == (
        "Le classeur contient une cellule en erreur d'un type inconnu (« #SPILL! »). Corriger la formule, ou la "
        "remplacer par une valeur, et renvoyer le classeur."
    )


INJECTIONS = ["=1+1", "=cmd|' /C calc'!A0", "+33 1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("value", INJECTIONS)
def test_a_text_that_looks_like_a_formula_is_kept_as_it_stands(execution: Any, parse: Any, value: str) -> None:
    doubled = value.replace('"', '""')
    assert [r["comment"] for r in execution(f'A1;1;1;"{doubled}"').rows("execution")] == [value]
    book = openpyxl.load_workbook(io.BytesIO(workbook(("A1", 1, 1, None, "x"))))
    cell = book["Exécution"]["E2"]
    cell.value, cell.data_type = value, "s"
    stream = io.BytesIO()
    book.save(stream)
    parsed = parse(stream.getvalue())
    assert [r["comment"] for r in parsed.rows("execution")] == [value]
    assert parsed.facts["notes"] == []


def test_a_text_behind_a_tab_or_a_return_is_kept_without_them(execution: Any) -> None:
    # Blanks at the edges of a cell never count; what follows them is kept as it stands.
    parsed = execution('A1;1;1;"\t=1+1"', 'A2;1;1;"\r=1+1"')
    assert [r["comment"] for r in parsed.rows("execution")] == ["=1+1", "=1+1"]


@pytest.mark.parametrize("value", ["=1+1", "+1+1", "@1"])
def test_a_formula_as_text_is_no_amount(execution: Any, value: str) -> None:
    [reject] = execution(f"A1;{value};1;").rejects("execution")
    assert (reject["rule"], reject["value"]) == ("amount", value)

"""Where the table stands: merged and two-row headers, hidden parts, empty rows and columns, forms of dates."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

WORKBOOKS = Path(__file__).parents[2] / "fixtures" / "workbooks"
COVER = (("Code du ministère", "COT"), ("Période", "2021-T2"))
HEADER = ("N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations")


def workbook(*rows: tuple[Any, ...], change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    """A submission whose execution sheet has these rows; `change` does to it what cells alone cannot say."""
    book = openpyxl.Workbook()
    book.active.title = "Couverture"
    for row in COVER:
        book.active.append(row)
    sheet = book.create_sheet("Exécution")
    for row in rows:
        sheet.append(row)
    change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def accepted(parsed: Any) -> list[tuple[int, str, int]]:
    assert parsed.facts["reason"] is None
    return [(r["row_number"], r["award_id"], int(r["committed_eur"])) for r in parsed.rows("execution")]


def test_an_xls_parses_as_the_xlsx_it_was_saved_from(parse: Any) -> None:
    # The XLS was saved by LibreOffice from the XLSX.
    xlsx, xls = (parse(WORKBOOKS / f"execution.{extension}") for extension in ("xlsx", "xls"))
    assert xls.facts["format"] == {"container": "xls"}
    assert xls.facts["tables"] == xlsx.facts["tables"]
    for table in ("cover", "execution"):
        assert xls.rows(table) == xlsx.rows(table) != []
    assert xls.rejects("execution") == xlsx.rejects("execution") != []


def test_a_group_row_above_the_header_is_passed_over(parse: Any) -> None:
    groups = ("", "Autorisations d'engagement", None, "")
    data = workbook(groups, HEADER, ("A1", 1, 1, None), change=lambda sheet: sheet.merge_cells("B1:C1"))
    assert accepted(parse(data)) == [(3, "A1", 1)]


def test_a_header_in_two_rows_is_read_together(parse: Any) -> None:
    upper = ("N° de subvention", "AE", "CP", "Observations")
    lower = ("", "engagées cumulées (€)", "payés cumulés (€)", "")

    def merge(sheet: Any) -> None:
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("D1:D2")

    parsed = parse(workbook(upper, lower, ("A1", 1, 1, "x"), change=merge))
    assert accepted(parsed) == [(3, "A1", 1)]
    assert parsed.facts["tables"]["execution"]["header_row"] == 2
    assert parsed.rows("execution")[0]["comment"] == "x"


def test_a_merged_group_stands_over_all_its_columns(parse: Any) -> None:
    upper = ("N° de subvention", "Montants", None, "Observations")
    data = workbook(upper, ("", *HEADER[1:3], ""), ("A1", 1, 1, "x"), change=lambda sheet: sheet.merge_cells("B1:C1"))
    assert accepted(parse(data)) == [(3, "A1", 1)]


def test_a_group_above_two_columns_completes_the_names_of_both(parse: Any) -> None:
    upper = ("Nom du projet", "Coût", None, "Durée", None, "Phase", "Date de début")
    lower = (None, "initial (€)", "actuel (€)", "initiale (mois)", "actuelle (mois)", None, None)
    book = openpyxl.Workbook()
    book.active.title = "Couverture"
    for row in COVER:
        book.active.append(row)
    sheet = book.create_sheet("Projets")
    for row in (upper, lower, ("P1", 100, 120, 12, 18, "Déploiement", datetime.date(2020, 3, 1))):
        sheet.append(row)
    for cells in ("B1:C1", "D1:E1"):
        sheet.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    parsed = parse(stream.getvalue())
    assert parsed.facts["reason"] is None
    [row] = parsed.rows("project_follow_up")
    assert (row["initial_cost_eur"], row["current_cost_eur"]) == (100, 120)
    assert (row["initial_duration_months"], row["current_duration_months"]) == (12, 18)


def test_a_two_row_header_in_a_csv(parse: Any) -> None:
    lines = ("N° de subvention;AE;CP;", ";engagées cumulées (€);payés cumulés (€);Observations", "A1;1;1;x", "")
    cover = "".join(f"{label};{value}\n" for label, value in COVER)
    assert accepted(parse(cover + "\n" + "\n".join(lines))) == [(6, "A1", 1)]


def test_a_first_row_of_data_is_never_taken_for_half_a_header(parse: Any) -> None:
    assert accepted(parse(workbook(HEADER, ("A1", 1, 1, "Observations"), ("A2", 2, 1, None)))) == [
        (2, "A1", 1),
        (3, "A2", 2),
    ]


def test_hidden_rows_and_columns_are_read(parse: Any) -> None:
    """A filter hides rows without taking them out of what was sent; only hidden sheets are left, and said."""

    def hide(sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["D"].hidden = True

    parsed = parse(workbook(HEADER, ("A1", 1, 1, "caché"), ("A2", 2, 1, None), change=hide))
    assert accepted(parsed) == [(2, "A1", 1), (3, "A2", 2)]
    assert parsed.rows("execution")[0]["comment"] == "caché"


def test_a_merged_value_belongs_to_its_first_row(parse: Any) -> None:
    """What a spreadsheet keeps of merged cells is the first; the others are empty and say so as such."""
    data = workbook(HEADER, ("A1", 1, 1, "x"), ("A2", 2, None, "x"), change=lambda sheet: sheet.merge_cells("C2:C3"))
    parsed = parse(data)
    assert accepted(parsed) == [(2, "A1", 1)]
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [(3, "required")]


def test_empty_rows_and_columns_in_between_do_not_count(parse: Any) -> None:
    spread = tuple(cell for name in HEADER for cell in (name, None))
    data = workbook(("Suivi",), (), spread, (), ("A1", None, 1, None, 1), (), (), ("A2", None, 2, None, 1))
    parsed = parse(data)
    assert accepted(parsed) == [(5, "A1", 1), (8, "A2", 2)]
    assert parsed.facts["tables"]["execution"]["rows_in"] == 2


def test_an_empty_column_in_a_csv_does_not_count(execution: Any, parse: Any) -> None:
    header = "N° de subvention;;AE engagées cumulées (€);CP payés cumulés (€)"
    cover = "".join(f"{label};{value}\n" for label, value in COVER)
    assert accepted(parse(f"{cover}\n{header}\n;;;\nA1;;1;1\n")) == [(6, "A1", 1)]


@pytest.mark.parametrize(
    "header",
    [
        ("N°\nde\nsubvention", "AE engagées\ncumulées (€)", "CP PAYES CUMULES (€)", "observations "),
        ("Numero de  subvention", "autorisations d’engagement engagees cumulees (€)", "Cp payés (€)", "COMMENTAIRE"),
        ("N\u00b0\u00a0de\u202fsubvention", "AE engagées cumulées en €", "CP payés cumulés €", "Observation"),
    ],
)
def test_headers_are_known_by_their_words_alone(parse: Any, header: tuple[str, ...]) -> None:
    assert accepted(parse(workbook(header, ("A1", 1, 1, "x")))) == [(2, "A1", 1)]
    quoted = ";".join(f'"{name}"' for name in header)
    cover = "".join(f"{label};{value}\n" for label, value in COVER)
    [row] = parse(f"{cover}\n{quoted}\nA1;1;1;x\n").rows("execution")
    assert (row["award_id"], row["comment"]) == ("A1", "x")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2021-06-30", datetime.date(2021, 6, 30)),
        ("30/06/2021", datetime.date(2021, 6, 30)),
        ("1/2/2021", datetime.date(2021, 2, 1)),
        ("01/02/21", datetime.date(2021, 2, 1)),
        ("31/12/99", datetime.date(1999, 12, 31)),
        ("30.06.21", datetime.date(2021, 6, 30)),
        ("44377", datetime.date(2021, 6, 30)),
        ("30 juin 2021", datetime.date(2021, 6, 30)),
        ("1er août 2021", datetime.date(2021, 8, 1)),
    ],
)
def test_forms_of_dates(parse: Any, sent: str, read: datetime.date) -> None:
    cover = "".join(f"{label};{value}\n" for label, value in COVER)
    header = "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€);Date du dernier paiement"
    [row] = parse(f"{cover}\n{header}\nA1;1;1;{sent}\n").rows("execution")
    assert row["last_payment_on"] == read


@pytest.mark.parametrize("sent", ["avril 15", "31/02/21", "2021", "01/13/21", "99"])
def test_what_is_no_day_is_no_date_of_a_payment(parse: Any, sent: str) -> None:
    cover = "".join(f"{label};{value}\n" for label, value in COVER)
    header = "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€);Date du dernier paiement"
    [cleared] = parse(f"{cover}\n{header}\nA1;1;1;{sent}\n").corrections("execution")
    assert (cleared["rule"], cleared["value_sent"], cleared["value_read"]) == ("date", sent, None)

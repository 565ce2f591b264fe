"""Workbooks as the field's programs write them: what a cell shows, what state it is in, and that it is read at all.

The files of `field-cases` one by one, then siblings of each kind, made here from raw XML and by openpyxl.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing import SetAside, sheet_cells
from relance.parsing.container import sniff
from relance.parsing.shown_cells import shown_cells
from relance.parsing.workbook_reader import float_text
from relance.parsing.xls_cells import _Stream

FIELD = Path(__file__).parents[4] / "shared" / "data" / "field-cases"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
HEADER = ("N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations")
COVER = (("Code du ministère", "COT"), ("Période", "2021-T2"))

Parse = Callable[..., Any]


def amounts(parsed: Any, table: str = "execution") -> list[tuple[Decimal, ...]]:
    names = {"execution": ("committed_eur", "paid_eur"), "awards": ("project_cost_eur", "awarded_eur")}[table]
    return [tuple(row[name] for name in names) for row in parsed.rows(table)]


def broken(parsed: Any, table: str = "execution") -> list[tuple[int, str, str]]:
    return [(r["row_number"], r["rule"], r["value"]) for r in parsed.rejects(table)]


# -- the files of the field


@pytest.fixture
def field(parse: Parse) -> Callable[[str], Any]:
    """Parse one of the field's files."""

    def _parse(name: str) -> Any:
        if not FIELD.is_dir():
            pytest.skip("the field's cases are not beside this checkout (../shared/data/field-cases)")
        return parse(FIELD / name)

    return _parse


@pytest.mark.parametrize(
    ("name", "awards", "execution"),
    [
        ("xlsxwriter-genuine.xlsx", [(2, "L")], [(2, "B"), (2, "C")]),
        ("xlsxwriter-formulas-cached-zero.xlsx", [(4, "L"), (5, "K")], [(4, "B"), (4, "C")]),
        ("xlwt-genuine.xls", [(2, "L")], [(2, "B")]),
    ],
)
def test_formulas_that_nobody_computed(
    field: Any, name: str, awards: list[tuple[int, str]], execution: list[tuple[int, str]]
) -> None:
    parsed = field(name)
    for table, cells in (("awards", awards), ("execution", execution)):
        assert [(row, rule) for row, rule, _ in broken(parsed, table)] == [(row, "uncomputed") for row, _ in cells]
        listed = ", ".join(f"{column}{row}" for row, column in cells)
        assert any(f"({listed})" in note and "jamais calculée" in note for note in parsed.facts["notes"])
    assert parsed.rejects("execution")[0]["sentence"].endswith(
        "la formule n'a jamais été calculée. Attendu : une valeur. Ouvrir le classeur dans un tableur, l'enregistrer et"
        " le renvoyer."
    )


def test_an_ods_whose_errors_are_stored_as_zero(field: Any) -> None:
    parsed = field("ods-excel-error-as-float-zero.ods")
    assert broken(parsed, "awards") == [(2, "error-cell", "#REF!"), (2, "error-cell", "#DIV/0!")]
    assert broken(parsed) == [(2, "error-cell", "#N/A"), (2, "error-cell", "#VALEUR!")]
    assert amounts(parsed, "awards") == [(9000, 3000)]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("prefix-openxml-sdk-errors.xlsx", "Coût total du projet (€)"),
        ("prefix-openxml-sdk-required-error.xlsx", "Montant accordé (€)"),
        ("no-references-errors.xlsx", "Coût total du projet (€)"),
    ],
)
def test_errors_of_programs_that_write_xml_in_another_way(field: Any, name: str, column: str) -> None:
    parsed = field(name)
    assert [(r["row_number"], r["column_name"], r["rule"], r["value"]) for r in parsed.rejects("awards")] == [
        (4, column, "error-cell", "#REF!"),
        (5, column, "uncomputed", "#SANS_VALEUR!"),
    ]
    assert amounts(parsed) == [(2000, 1000), (1000, 500)]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("xlsx-number-format-k-euro.xlsx", [(9_000_000, 3_000_000)]),
        ("xlsx-number-format-M-euro.xlsx", [(3_500_000, 1_250_000)]),
    ],
)
def test_the_unit_of_a_number_format_is_read(field: Any, name: str, read: list[tuple[int, int]]) -> None:
    parsed = field(name)
    assert (amounts(parsed, "awards"), amounts(parsed)) == (read, [(50_000, 20_000)])
    assert parsed.rejects("awards") == []


def test_a_percentage_and_dollars_are_no_amounts(field: Any) -> None:
    parsed = field("xlsx-number-format-percent-dollar.xlsx")
    assert broken(parsed, "awards") == [(4, "amount", "85 %"), (4, "amount", "3000 $")]
    assert "« 3000 $ » n'est pas un montant" in parsed.rejects("awards")[1]["sentence"]


def test_years_are_not_read_as_months(field: Any) -> None:
    parsed = field("xlsx-number-format-years.xlsx")
    assert broken(parsed, "project_follow_up") == [(4, "integer", "3 ans"), (4, "integer", "4 ans")]
    assert parsed.rejects("project_follow_up")[0]["sentence"] == (
        "Feuille « Projets », ligne 4, colonne « Durée initiale (mois) » : « 3 ans » n'est pas un nombre entier de"
        " mois. Attendu : un nombre entier de mois, par exemple 12. Corriger."
    )
    assert parsed.facts["tables"]["project_follow_up"]["amounts"]["initial_cost_eur"]["in_eur"] == "12500000.00"


def test_a_serial_number_in_a_workbook_of_1904(field: Any) -> None:
    days = [str(row["awarded_on"]) for row in field("date1904-general-serial.xlsx").rows("awards")]
    assert days == ["2021-04-15", "2025-04-16"]


@pytest.mark.parametrize("name", ["ods-pretty-printed.ods", "ods-space-between-cells.ods"])
def test_white_space_between_cells_is_none_of_them(field: Any, name: str) -> None:
    parsed = field(name)
    assert (amounts(parsed, "awards"), amounts(parsed)) == ([(9000, 3000)], [(2000, 1000)])
    assert parsed.facts["notes"] == []


@pytest.mark.parametrize("name", ["backslash-names.xlsx", "uppercase-names.xlsx"])
def test_parts_named_in_another_way_are_found(field: Any, name: str) -> None:
    parsed = field(name)
    assert parsed.facts["format"]["container"] == "xlsx"
    assert (amounts(parsed, "awards")[0], amounts(parsed)) == ((9000, 3000), [(2000, 1000), (1000, 500)])


# -- XLSX made here


def parts(sheet: str, workbook: str = "", styles: str = "") -> dict[str, str]:
    """A submission whose execution sheet has this XML under its header; both may use any prefix."""

    def row(cells: tuple[str, ...]) -> str:
        texts = (f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in cells)
        return f"<row>{''.join(texts)}</row>"

    def part(rows: str) -> str:
        return f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'

    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="w" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{workbook}<sheets>'
        '<sheet name="Couverture" sheetId="1" r:id="a"/><sheet name="Exécution" sheetId="2" r:id="b"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="b" Type="{RELATIONS}/worksheet" Target="/xl/worksheets/sheet2.xml"/>'
        f'<Relationship Id="c" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": part("".join(map(row, COVER))),
        "xl/worksheets/sheet2.xml": part(row(HEADER) + sheet),
    }


def xlsx(content: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return stream.getvalue()


def award(cells: str) -> str:
    return f'<row><c t="inlineStr"><is><t>A1</t></is></c>{cells}</row>'


RECALCULATED = '<calcPr calcId="1" fullCalcOnLoad="true"/>'


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("<c t='e'><v>#REF!</v></c>", "error-cell"),
        ('<c t = "e" >\n <v >#N/A</v >\n</c>', "error-cell"),
        ('<x:c t="e"><x:v>#NUM!</x:v></x:c>', "error-cell"),
        ('<c t="e"><f>A1/0</f><v>#DIV/0!</v></c>', "error-cell"),
        ("<c><f>1+1</f></c>", "uncomputed"),
        ('<x:c><x:f t="shared" si="0"/><x:v/></x:c>', "uncomputed"),
        ("<c><f/><v></v></c>", "uncomputed"),
        ('<c><f t="array" ref="B2:C2">A1</f></c>', "uncomputed"),
    ],
)
def test_states_of_cells_however_they_are_written(parse: Parse, cells: str, found: str) -> None:
    parsed = parse(xlsx(parts(award(f"{cells}<c><v>1</v></c>"))))
    [(row, rule, _), *_] = broken(parsed)
    assert (row, rule) == (2, found)
    assert "B2" in parsed.facts["notes"][0]


@pytest.mark.parametrize(
    ("cell", "is_recalculated", "committed"),
    [
        ("<c><f>1+1</f><v>0</v></c>", False, 0),
        ("<c><f>1+1</f><v>0</v></c>", True, None),
        ("<c><f>1+1</f><v>0.0</v></c>", True, None),
        ('<c t="str"><f>A1</f><v></v></c>', True, None),
        ("<c><f>1+1</f><v>2</v></c>", True, 2),
        ("<c><v>0</v></c>", True, 0),
    ],
)
def test_a_zero_of_a_workbook_that_asks_to_be_computed(
    parse: Parse, cell: str, is_recalculated: bool, committed: int | None
) -> None:
    parsed = parse(xlsx(parts(award(f"{cell}<c><v>1</v></c>"), RECALCULATED if is_recalculated else "")))
    if committed is None:
        assert [rule for _, rule, _ in broken(parsed)] == ["uncomputed"]
    else:
        assert amounts(parsed) == [(committed, 1)]


def test_all_cells_of_an_array_that_nobody_computed(parse: Parse) -> None:
    rows = award('<c><f t="array" ref="B2:C3">X</f><v>0</v></c><c><v>0</v></c>') + award("<c><v>7</v></c>")
    parsed = parse(xlsx(parts(rows, RECALCULATED)))
    # B3 has a value: somebody computed it. C3 has none at all, and is not an empty cell.
    assert parsed.facts["notes"] == [
        "Feuille « Exécution » : 3 formules jamais calculées (B2, C2, C3). Ouvrir le classeur dans un tableur,"
        " l'enregistrer et renvoyer."
    ]


STYLES = (
    "<x:numFmts xmlns:x='{main}'><x:numFmt numFmtId='170' formatCode='#,##0,&quot; k€&quot;'/>"
    "<x:numFmt formatCode='0.000&quot; M€&quot;' numFmtId='171'/></x:numFmts>"
    "<cellStyleXfs><xf numFmtId='170'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='170'/><xf numFmtId='171'/><xf numFmtId='9'/></cellXfs>"
)


@pytest.mark.parametrize("style", ['s="{}"', "s='{}'", 's = "{}"', 'x:s="9" s="{}"'])
def test_formats_however_they_are_written(parse: Parse, style: str) -> None:
    one, two = style.format(1), style.format(2)
    sheet = award(f"<c {one}><v>3000000</v></c><x:c {two} t='n'><x:v>1.234</x:v></x:c>")
    parsed = parse(xlsx(parts(sheet, styles=STYLES.format(main=MAIN))))
    assert amounts(parsed) == [(3_000_000, 1_234_000)]
    assert parsed.facts["notes"] == []


def test_parts_with_other_capitals_and_slashes(parse: Parse) -> None:
    content = parts(award("<c s='1'><v>3000000</v></c><c t='e'><v>#REF!</v></c>"), styles=STYLES.format(main=MAIN))
    for change in (str.upper, str.title, lambda name: name.replace("/", "\\")):
        parsed = parse(xlsx({change(name): text for name, text in content.items()}))
        assert broken(parsed) == [(2, "error-cell", "#REF!")]


# -- XLSX by openpyxl


def workbook(
    *rows: tuple[Any, ...], header: tuple[str, ...] = HEADER, name: str = "Exécution", epoch: int = 1900
) -> bytes:
    """Cells are values, or pairs of a value and its number format."""
    book = openpyxl.Workbook()
    if epoch == 1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.title = "Couverture"
    for line in COVER:
        book.active.append(line)
    sheet = book.create_sheet(name)
    sheet.append(header)
    for row in rows:
        sheet.append([cell[0] if isinstance(cell, tuple) else cell for cell in row])
        for place, cell in enumerate(row, 1):
            if isinstance(cell, tuple):
                sheet.cell(sheet.max_row, place).number_format = cell[1]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("cell", "euros"),
    [
        ((12.5, '#,##0.0" k€"'), 12_500),
        ((2, '[>=1000]0;0" M€"'), 2_000_000),
        ((1_234.5, '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-'), Decimal("1234.50")),
        ((1_234.5, "#,##0.00 [$€-40C]"), Decimal("1234.50")),
        ((3_000_000, '0.0,," M€"'), 3_000_000),
        ((12, "0000"), 12),
        ((1_234.5, "#,##0.00"), Decimal("1234.50")),
    ],
)
def test_what_is_shown_is_the_amount(parse: Parse, cell: tuple[float, str], euros: Decimal) -> None:
    assert amounts(parse(workbook(("A1", cell, 1)))) == [(euros, 1)]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ((1_200, '"$"#,##0'), "1200 $"),
        ((1_200, "[$£-809]#,##0"), "1200 £"),
        ((0.5, "0%"), "50 %"),
        ((3_000, ";;;"), "3000 (masqué par son format)"),
        ((3_000, '0.0,"K"'), "3 K"),
        ((6, '0" ans"'), "6 ans"),
        ((5, '"≈ "0'), "≈ 5"),
        ((1_234, "0\\,00"), "1234 (affiché : 12,34)"),
        ((1_234.5, "[h]:mm"), "29628:00"),
        ((44_300, "dd/mm/yyyy"), "2021-04-14"),
        ((0.25, "h:mm"), "6:00"),
    ],
)
def test_what_is_shown_is_no_amount_in_euros(parse: Parse, cell: tuple[float, str], shown: str) -> None:
    parsed = parse(workbook(("A1", cell, 1)))
    assert broken(parsed) == [(2, "amount", shown)]


AWARDS_HEADER = (
    "N° de subvention", "Ligne", "Bénéficiaire", "Projet", "Date de décision", "Montant accordé (€)",
)  # fmt: skip


def awarded(day: Any) -> bytes:
    return workbook(("A1", "ITN1", "Lyon", "P", day, 5), header=AWARDS_HEADER, name="Subventions")


@pytest.mark.parametrize(("code", "shown"), [("hh:mm", "12:00"), ("h:mm:ss", "12:00:00"), ("mm:ss", "00:00")])
def test_a_date_that_shows_a_time_alone_is_refused(parse: Parse, code: str, shown: str) -> None:
    assert broken(parse(awarded((44_300.5, code))), "awards") == [(2, "date", shown)]


@pytest.mark.parametrize("code", ["dd/mm/yyyy hh:mm", "mmm-yy", "d mmm"])
def test_a_date_that_shows_a_day_is_read(parse: Parse, code: str) -> None:
    assert [row["awarded_on"] for row in parse(awarded((44_300.5, code))).rows("awards")] == [date(2021, 4, 14)]


def merged(*areas: str, cells: tuple[tuple[int, int, Any], ...] = ()) -> bytes:
    """A workbook of three rows, with these merged cells, in which these hold a value all the same."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(*((f"A{i}", i, 10 * i, "x") for i in (1, 2, 3)))))
    sheet = book["Exécution"]
    for area in areas:
        sheet.merged_cells.add(area)
    for row, column, value in cells:
        sheet.cell(row, column).value, sheet.cell(row, column).number_format = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        ((), ["x", None, "x"]),
        (((3, 4, (12, '0" k€"')),), ["x", None, "x"]),
        (((2, 4, (12, '0" k€"')),), ["12 k€", None, "x"]),
    ],
)
def test_what_a_merged_cell_covers_is_not_there(parse: Parse, cells: Any, read: list[str | None]) -> None:
    parsed = parse(merged("D2:D3", cells=cells))
    assert [row["comment"] for row in parsed.rows("execution")] == read
    assert parsed.facts["notes"] == [
        "Feuille « Exécution » : une cellule fusionnée cache la valeur de D3 (sous D2:D3), qui n'est pas lue. Annuler"
        " la fusion, corriger et renvoyer."
    ]


def test_a_covered_amount_that_is_required_is_missing(parse: Parse) -> None:
    parsed = parse(merged("B3:C4"))
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [
        (3, "required"), (4, "required"), (4, "required"),
    ]  # fmt: skip
    assert "les valeurs de C3 (sous B3:C4), B4 (sous B3:C4), C4 (sous B3:C4), qui" in parsed.facts["notes"][0]


def test_merged_cells_that_cover_nothing_are_not_spoken_of(parse: Parse) -> None:
    parsed = parse(merged("E1:H4"))
    assert (len(parsed.rows("execution")), parsed.facts["notes"]) == (3, [])


def test_a_text_is_what_its_format_shows(parse: Parse) -> None:
    parsed = parse(workbook(("A1", ("3", '@" k€"'), 1, ("vu", '"Avis : "@')), ((12, '"CUL-"0000'), 1, 1)))
    assert amounts(parsed) == [(3_000, 1), (1, 1)]
    assert [(row["award_id"], row["comment"]) for row in parsed.rows("execution")] == [
        ("A1", "Avis : vu"),
        ("CUL-0012", None),
    ]


def test_three_decimals_of_a_number_are_not_those_of_a_text(parse: Parse) -> None:
    parsed = parse(workbook(("A1", 12.345, 1), ("A2", "12.345", 1), ("A3", (0.012345, '0.0" M€"'), 1)))
    assert [rule for row, rule, _ in broken(parsed) if row == 3] == ["ambiguous"]
    assert "ambiguous" not in [rule for row, rule, _ in broken(parsed) if row == 2]
    assert amounts(parsed)[-1] == (12_345, 1)
    assert [float_text(value) for value in (1.234, -0.125, 1234.5, 1.2345, 1e-3, 12.0)] == [
        "1.2340", "-0.1250", "1234.5", "1.2345", "0.0010", "12",
    ]  # fmt: skip


@pytest.mark.parametrize(("cell", "is_read"), [((6, '0" mois"'), True), ((6, '0" ans"'), False), ("6 mois", True)])
def test_a_duration_in_the_unit_of_its_column(parse: Parse, cell: Any, is_read: bool) -> None:
    header = (
        "Nom du projet", "Phase", "Date de début", "Coût initial (€)", "Coût actuel (€)", "Durée initiale (mois)",
        "Durée actuelle (mois)",
    )  # fmt: skip
    data = workbook(("PERSÉE", "Conception", "2019-01-01", 1, 1, cell, 12), header=header, name="Projets")
    parsed = parse(data)
    found = [row["initial_duration_months"] for row in parsed.rows("project_follow_up")]
    assert found == ([6] if is_read else [])


def test_years_of_the_panorama(parse: Parse) -> None:
    header = (
        "Projet;Ministère porteur;Projet inter-ministériel;Description et objectifs;Début;Durée du projet en années;"
        "Phase du projet en cours;Coût complet estimé;Zone fonctionnelle principale\n"
    )
    for cell, years in (("6 ans", 6), ("1 an", 1), ("2,5 années", Decimal("2.5")), ("6 mois", None)):
        parsed = parse(f"{header}A;Ministère de la Culture;Non;B;avril 15;{cell};Déploiement;18;C\n", "panorama")
        found = [row["planned_duration_years"] for row in parsed.rows("panorama_projects")]
        assert found == [years]


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_serial_numbers_count_from_the_first_day_of_the_workbook(parse: Parse, epoch: int) -> None:
    header = (*HEADER[:3], "Date du dernier paiement")
    serial = 44_301 if epoch == 1900 else 42_839
    parsed = parse(workbook(("A1", 1, 1, serial), ("A2", 1, 1, (serial, "0")), header=header, epoch=epoch))
    assert [str(row["last_payment_on"]) for row in parsed.rows("execution")] == ["2021-04-15"] * 2


def test_only_so_many_formats_are_read(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_cells, "MAX_SHOWN", 1)
    parsed = parse(workbook(("A1", (1, "0%"), (1, "0%"))))
    assert "plus de 1 cellules ont un format de nombre qui montre une unité" in parsed.facts["reason"]


# -- ODS made here


def ods(rows: str, styles: str = "", settings: str = "", between: str = "") -> bytes:
    prefixes = "".join(f' xmlns:{p}="{ODF}:{p}:1.0"' for p in ("office", "table", "text", "style"))
    prefixes += f' xmlns:number="{ODF}:datastyle:1.0" xmlns:calcext="urn:org:documentfoundation:calcext"'

    def row(cells: tuple[str, ...]) -> str:
        texts = (f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in cells)
        return f"<table:table-row>{between.join(texts)}</table:table-row>"

    content = (
        f'<?xml version="1.0"?><office:document-content{prefixes}><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{settings}"
        f'<table:table table:name="Couverture">{"".join(map(row, COVER))}</table:table>'
        f'<table:table table:name="Exécution">'
        '<table:table-column table:number-columns-repeated="2"/>'
        f'<table:table-column table:default-cell-style-name="column"/>{row(HEADER)}{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{ODF}:manifest:1.0"/>'
    return xlsx(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": content,
        }
    )


def ods_row(*cells: str) -> str:
    id_cell = '<table:table-cell office:value-type="string"><text:p>A1</text:p></table:table-cell>'
    return f"<table:table-row>{id_cell}{''.join(cells)}</table:table-row>"


def ods_cell(
    attributes: str, shown: str | None = None, value: str = 'office:value-type="float" office:value="3"'
) -> str:
    text = "" if shown is None else f"<text:p>{shown}</text:p>"
    return f"<table:table-cell {value} {attributes}>{text}</table:table-cell>"


DATA_STYLES = """
<number:number-style style:name="k"><number:number number:grouping="true" number:min-integer-digits="1"
 number:display-factor="1000"/><number:text> k€</number:text></number:number-style>
<number:currency-style style:name="pP0"><number:number number:min-integer-digits="1"/><number:text> </number:text>
 <number:currency-symbol>M€</number:currency-symbol></number:currency-style>
<number:currency-style style:name="p"><number:text>-</number:text><number:number number:min-integer-digits="1"/>
 <number:text> </number:text><number:currency-symbol>M€</number:currency-symbol>
 <style:map style:condition="value()&gt;=0" style:apply-style-name="pP0"/></number:currency-style>
<style:style style:name="base" style:family="table-cell" style:data-style-name="k"/>
<style:style style:name="cell" style:family="table-cell" style:parent-style-name="base"/>
<style:style style:name="column" style:family="table-cell" style:data-style-name="p"/>
"""


@pytest.mark.parametrize("between", ["", "\n  ", " "])
def test_formats_of_an_ods(parse: Parse, between: str) -> None:
    scaled = ods_cell('table:style-name="cell"', "3 k€", 'office:value-type="float" office:value="3000"')
    parsed = parse(ods(ods_row(scaled, between, ods_cell("", "3 M€")), DATA_STYLES, between=between))
    assert amounts(parsed) == [(3_000, 3_000_000)]
    assert parsed.facts["notes"] == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('office:value-type="percentage" office:value="0.25"', "25 %"),
        ('office:value-type="currency" office:currency="USD" office:value="5"', "5 USD"),
    ],
)
def test_a_type_without_a_style_says_what_is_shown(parse: Parse, value: str, shown: str) -> None:
    parsed = parse(ods(ods_row(ods_cell("", shown, value), ods_cell('table:style-name="none"', "3"))))
    assert broken(parsed) == [(2, "amount", shown)]


ODS_DATES = """
<number:date-style style:name="d"><number:day/><number:text>/</number:text><number:month/><number:text>/</number:text>
 <number:year/></number:date-style>
<number:time-style style:name="t" number:truncate-on-overflow="false"><number:hours/><number:text>:</number:text>
 <number:minutes number:style="long"/></number:time-style>
<number:number-style style:name="n"><number:text/></number:number-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="d"/>
<style:style style:name="hours" style:family="table-cell" style:data-style-name="t"/>
<style:style style:name="nothing" style:family="table-cell" style:data-style-name="n"/>
"""


@pytest.mark.parametrize(
    ("style", "value", "shown"),
    [
        ("day", 'office:value-type="float" office:value="44300.5"', "2021-04-14"),
        ("hours", 'office:value-type="float" office:value="1.5"', "36:00"),
        ("hours", 'office:value-type="date" office:date-value="1900-01-01T06:30:00"', "54:30"),
        ("hours", 'office:value-type="time" office:time-value="PT36H00M00S"', "36:00"),
        ("nothing", 'office:value-type="float" office:value="5"', "5 (masqué par son format)"),
        ("nothing", 'office:value-type="date" office:date-value="2021-04-14"', "44300 (masqué par son format)"),
    ],
)
def test_days_and_times_of_an_ods_are_no_amounts(parse: Parse, style: str, value: str, shown: str) -> None:
    cell = ods_cell(f'table:style-name="{style}"', "36:00", value)
    parsed = parse(ods(ods_row(cell, ods_cell('table:style-name="none"', "3")), ODS_DATES))
    assert broken(parsed) == [(2, "amount", shown)]


@pytest.mark.parametrize("span", ['table:number-rows-spanned="2"', "table:number-rows-spanned='9'"])
def test_what_a_merged_cell_of_an_ods_covers_is_not_there(parse: Parse, span: str) -> None:
    text = 'office:value-type="string"'
    first, second = ods_cell("", "3"), ods_cell('table:style-name="none"', "3")
    covered = f"<table:covered-table-cell {text}><text:p>y</text:p></table:covered-table-cell>"
    rows = ods_row(first, second, ods_cell(span, "x", text)), ods_row(first, second, covered).replace("A1", "A2")
    parsed = parse(ods("".join(rows)))
    assert [row["comment"] for row in parsed.rows("execution")] == ["x", None]
    assert [note.partition(" (sous D2:D")[0] for note in parsed.facts["notes"]] == [
        "Feuille « Exécution » : une cellule fusionnée cache la valeur de D3"
    ]


@pytest.mark.parametrize(
    ("cell", "rule", "value"),
    [
        (ods_cell('calcext:value-type="error" table:formula="of:=NA()"', "#N/A"), "error-cell", "#N/A"),
        (ods_cell("table:formula='of:=1/0'", "#DIV/0 !"), "error-cell", "#DIV/0 !"),
        (ods_cell("", "Err:502"), "error-cell", "#Err:502"),
        (ods_cell('table:formula="of:=1+1"', None, ""), "uncomputed", "#SANS_VALEUR!"),
        (ods_cell('table:formula="of:=1+1"', None, 'office:value-type="float"'), "uncomputed", "#SANS_VALEUR!"),
        (ods_cell('table:formula="of:=&quot;&quot;"', "", ""), "required", None),
        (ods_cell("", "<text:span>#REF!</text:span>"), "error-cell", "#REF!"),
    ],
)
def test_states_of_cells_of_an_ods(parse: Parse, cell: str, rule: str, value: str | None) -> None:
    parsed = parse(ods(ods_row(cell, ods_cell('table:style-name="none"', "3"))))
    assert broken(parsed) == [(2, rule, value)]


def test_a_note_beside_a_cell_is_not_what_it_shows(parse: Parse) -> None:
    note = "<office:annotation><text:p>#REF!</text:p></office:annotation><text:p>3</text:p>"
    cell = f'<table:table-cell office:value-type="float" office:value="3">{note}</table:table-cell>'
    assert amounts(parse(ods(ods_row(cell, ods_cell('table:style-name="none"', "3"))))) == [(3, 3)]


@pytest.mark.parametrize("value", ["INF", "NaN", "x", ""])
def test_a_number_that_is_none_has_no_format(parse: Parse, value: str) -> None:
    cell = ods_cell("", "1", f'office:value-type="percentage" office:value="{value}"')
    assert parse(ods(ods_row(cell, ods_cell('table:style-name="none"', "3")))).facts["outcome"] in (
        "parsed",
        "set_aside",
    )


def test_the_first_day_of_an_ods(tmp_path: Path) -> None:
    settings = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    )
    path = tmp_path / "a.ods"
    path.write_bytes(ods("", settings=settings))
    assert str(shown_cells(path, sniff(path)).first_day) == "1904-01-01"


# -- XLS, record by record


def record(kind: int, data: bytes) -> bytes:
    return kind.to_bytes(2, "little") + len(data).to_bytes(2, "little") + data


def numbers(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "little") for value in values)


def stream(*cells: bytes, in_globals: bytes = b"") -> _Stream:
    """A workbook stream of one sheet; its cells of style 1 show thousands of euros."""
    code = '0" k€"'.encode("utf-16-le")
    begin, end = record(0x809, numbers(0x600, 5) + bytes(12)), record(0x0A, b"")
    formats = record(0x41E, numbers(164, len(code) // 2) + b"\1" + code)
    styles = record(0xE0, numbers(0, 0) + bytes(16)) + record(0xE0, numbers(0, 164) + bytes(16))
    sheet_size = len(record(0x85, bytes(8) + b"F"))
    start = len(begin + formats + styles + in_globals + end) + sheet_size
    sheet = record(0x85, start.to_bytes(4, "little") + b"\0\0" + b"\1\0F")
    return _Stream(begin + formats + styles + in_globals + sheet + end + begin + b"".join(cells) + end)


def formula(result: bytes, flags: int = 0) -> bytes:
    return record(0x06, numbers(4, 2, 0) + result + numbers(flags) + bytes(6))


EMPTY, ZERO = b"\3\0\0\0\0\0\xff\xff", bytes(8)
RECALC_ID = record(0x1C1, bytes(8))


@pytest.mark.parametrize(
    ("cell", "in_globals", "state"),
    [
        (record(0x205, numbers(4, 2, 0) + b"\x17\1"), b"", "#REF!"),
        (record(0x205, numbers(4, 2, 0) + b"\1\0"), b"", None),
        (formula(b"\2\0\x2a\0\0\0\xff\xff"), RECALC_ID, "#N/A"),
        (formula(EMPTY), b"", "#SANS_VALEUR!"),
        (formula(EMPTY), RECALC_ID, None),
        (formula(ZERO), RECALC_ID, None),
        (formula(ZERO, 3), b"", "#SANS_VALEUR!"),
        (formula(ZERO, 2), RECALC_ID, "#SANS_VALEUR!"),
    ],
)
def test_states_of_cells_of_an_xls(cell: bytes, in_globals: bytes, state: str | None) -> None:
    found = stream(cell, in_globals=in_globals).cells().sheets
    assert {name: sheet.states for name, sheet in found.items()} == ({"F": {5: {2: state}}} if state else {})


def test_formats_of_an_xls() -> None:
    cells = (
        record(0x203, numbers(0, 0, 1) + b"\0\0\0\0\0\0\xf8\x3f"),  # 1.5
        record(0x27E, numbers(0, 1, 1) + (-300 << 2 | 2).to_bytes(4, "little", signed=True)),
        record(0xBD, numbers(1, 3, 1) + (1234 << 2 | 3).to_bytes(4, "little") + numbers(0) + bytes(4) + numbers(4)),
        record(0x06, numbers(2, 0, 1) + b"\0\0\0\0\0\0\xf8\x3f" + numbers(2) + bytes(6)),
        record(0x809, numbers(0x600, 0x20) + bytes(12))
        + record(0x203, numbers(9, 9, 1) + bytes(8))
        + record(0x0A, b""),
        record(0x203, numbers(3, 0, 0) + bytes(8)),
    )
    shown = stream(*cells).cells().sheets["F"].shown
    assert shown == {1: {0: "1.5 k€", 1: "-300 k€"}, 2: {3: "12.34 k€"}, 3: {0: "1.5 k€"}}


def test_sheets_of_an_xls_that_share_their_records_are_refused() -> None:
    book = stream(*[record(0x203, bytes(14))] * 100)
    start = book.stream.index(record(0x85, bytes(9))[:4])
    sheet = book.stream[start : start + 13]
    shared = book.stream[:start] + sheet * 3 + book.stream[start + 13 :]
    moved = (int.from_bytes(sheet[4:8], "little") + 2 * len(sheet)).to_bytes(4, "little")
    with pytest.raises(SetAside, match="abîmé"):
        _Stream(shared.replace(sheet[4:8], moved)).cells()


def test_an_ods_whose_styles_are_made_from_each_other_is_read(parse: Parse) -> None:
    loop = "".join(
        f'<style:style style:name="{name}" style:family="table-cell" style:parent-style-name="{parent}"/>'
        for name, parent in (("a", "b"), ("b", "a"))
    )
    cell = ods_cell('table:style-name="a"', "3")
    assert amounts(parse(ods(ods_row(cell, cell), loop))) == [(3, 3)]


def test_what_is_too_wide_is_refused_before_it_is_filled(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relance.parsing.shown_cells.write_numbered", None)
    parsed = parse(xlsx(parts(award('<c><v>1</v></c><c r="XFD2" t="e"><v>#REF!</v></c>'))))
    assert "elle va jusqu'à la colonne XFD" in parsed.facts["reason"]


def test_an_xls_that_counts_from_1904() -> None:
    assert str(stream(in_globals=record(0x22, b"\1\0")).cells().first_day) == "1904-01-01"


def test_records_that_are_cut_short_are_left_to_the_reader() -> None:
    whole = stream(record(0x203, numbers(0, 0, 1) + bytes(8)), formula(EMPTY)).stream
    for end in range(0, len(whole), 3):
        _Stream(whole[:end]).cells()
    short = [record(kind, bytes(size)) for kind in (0x203, 0x27E, 0xBD, 0x06, 0x205, 0xFD) for size in range(0, 14, 3)]
    assert stream(*short).cells().sheets.keys() <= {"F"}


def test_the_pattern_of_a_style_does_not_find_others() -> None:
    from relance.parsing.number_format import number_format
    from relance.parsing.xlsx_cells import Workbook

    form = number_format("0%")
    assert form is not None
    marks = Workbook({}, formats={"1": form}).marks()
    assert not marks(b'<c r="A1" s="11" t="s"><v>1</v></c><row spans="1:2">')
    assert marks(b'<c r="A1" s="1"/>')

"""The workbook that a ministry fills: sheets, columns, what may stand in them, how they look.

The blank template and the synthetic submissions are laid out by the same functions. What is in the rows is
decided elsewhere. Column titles are those of the contracts in include/relance/contracts.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from deterministic_zip import write_repacked
from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet


@dataclass(frozen=True)
class Cents:
    """An amount in euro cents."""

    value: int


# What a cell holds; amounts are integer cents until they are written.
Cell = str | int | dt.date | Cents | None

LINES = ("ITN1", "ITN2", "ITN3", "ITN4", "ITN5", "ITN6", "ITN7", "ITN8A", "ITN8B", "ITN8C", "ITN8D")
PERIODS = tuple(f"{year}-T{quarter}" for year in (2021, 2022) for quarter in (1, 2, 3, 4))
PHASES = (
    "Cadrage",
    "Conception / Réalisation",
    "Expérimentation",
    "Déploiement",
    "En cours de clôture",
    "Terminé",
)
YES_NO = ("Oui", "Non")
MINISTRIES = {
    "AGR": "Ministère de l'Agriculture et de l'Alimentation",
    "ARM": "Ministère des Armées",
    "COT": "Ministère de la Cohésion des territoires et des Relations avec les collectivités territoriales",
    "CUL": "Ministère de la Culture",
    "ECL": "Ministère de la Transition écologique",
    "ECO": "Ministère de l'Économie, des Finances et de la Relance",
    "EDU": "Ministère de l'Éducation nationale, de la Jeunesse et des Sports",
    "EUR": "Ministère de l'Europe et des Affaires étrangères",
    "INT": "Ministère de l'Intérieur",
    "JUS": "Ministère de la Justice",
    "SOC": "Ministère des Solidarités et de la Santé",
    "SPM": "Services du Premier ministre",
    "TFP": "Ministère de la Transformation et de la Fonction publiques",
}
REAL_DATA = "Données réelles"
SYNTHETIC_DATA = "Données synthétiques, sans valeur administrative"


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, date, amount or integer; `choices` are offered in a drop-down list."""

    title: str
    kind: str = "text"
    width: int = 16
    is_required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Table:
    """One sheet of rows."""

    key: str
    sheet: str
    heading: str
    columns: tuple[Column, ...]


COVER = (
    Column("Code du ministère", is_required=True, choices=tuple(MINISTRIES), help="Trois lettres, à choisir."),
    Column("Ministère", help="Nom en toutes lettres."),
    Column("Période", is_required=True, choices=PERIODS, help="Trimestre de la remontée, par exemple 2021-T2."),
    Column("Date d'établissement", "date", help="Jour où les chiffres ont été arrêtés, jj/mm/aaaa."),
    Column("Nom du contact", help="Personne à qui écrire au sujet de ce fichier."),
    Column("Courriel du contact", help="Les anomalies relevées lui sont adressées."),
    Column("Nombre de subventions déclaré", "integer", help="Nombre de lignes de la feuille Subventions."),
    Column("Total accordé déclaré (€)", "amount", help="Repris de votre suivi, non de ce fichier."),
    Column("Total engagé déclaré (AE, €)", "amount", help="Repris de votre suivi, non de ce fichier."),
    Column("Total payé déclaré (CP, €)", "amount", help="Repris de votre suivi, non de ce fichier."),
    Column("Nature des données", help="Ne pas changer."),
)

AWARDS = Table(
    "awards",
    "Subventions",
    "Subventions accordées depuis l'ouverture du fonds, une par ligne",
    (
        Column("N° de subvention", width=17, is_required=True, help="Unique, le même d'un trimestre à l'autre."),
        Column("Ligne du fonds", width=11, is_required=True, choices=LINES, help="De ITN1 à ITN8D."),
        Column("Axe (ITN7)", width=8, choices=("1", "2", "3"), help="Pour ITN7 seulement."),
        Column("Guichet ou appel à projets", width=32),
        Column("Bénéficiaire", width=42, is_required=True),
        Column("SIRET du bénéficiaire", width=18, help="14 chiffres, sans espace ; la colonne est au format texte."),
        Column("Département", width=13, help="Code : 01, 2A, 63, 974. Collectivités seulement."),
        Column("Intitulé du projet", width=48, is_required=True),
        Column("Projet du panorama", width=22, help="Nom du grand projet, s'il figure au panorama."),
        Column("Date de décision", "date", width=13, is_required=True, help="jj/mm/aaaa."),
        Column("Coût total du projet (€)", "amount", width=18),
        Column("Montant accordé (€)", "amount", width=18, is_required=True),
    ),
)
EXECUTION = Table(
    "execution",
    "Exécution",
    "Engagements et paiements cumulés depuis l'ouverture du fonds, une ligne par subvention",
    (
        Column("N° de subvention", width=17, is_required=True, help="Tel qu'en feuille Subventions."),
        Column("AE engagées cumulées (€)", "amount", width=18, is_required=True, help="Au plus le montant accordé."),
        Column("CP payés cumulés (€)", "amount", width=18, is_required=True, help="Au plus les AE engagées."),
        Column("Date du dernier paiement", "date", width=16, help="jj/mm/aaaa ; vide si rien n'est payé."),
        Column("Observations", width=48),
    ),
)
FOLLOW_UP = Table(
    "project_follow_up",
    "Projets",
    "Suivi des grands projets numériques, un par ligne",
    (
        Column("Nom du projet", width=26, is_required=True, help="Tel qu'au panorama s'il y figure."),
        Column("Phase", width=24, is_required=True, choices=PHASES),
        Column("Date de début", "date", width=12, is_required=True, help="jj/mm/aaaa."),
        Column(
            "Coût initial (€)",
            "amount",
            width=18,
            is_required=True,
            help="Première référence ; ne change plus, même après une nouvelle trajectoire.",
        ),
        Column(
            "Coût actuel (€)",
            "amount",
            width=18,
            is_required=True,
            help="Méthode MAREVA : investissement et deux ans de maintenance.",
        ),
        Column("dont investissement (€)", "amount", width=18),
        Column("dont maintenance sur deux ans (€)", "amount", width=18),
        Column("Durée initiale (mois)", "integer", width=12, is_required=True),
        Column("Durée actuelle (mois)", "integer", width=12, is_required=True),
        Column(
            "Avis du directeur de la DINUM", width=14, choices=YES_NO, help="Requis au-dessus de 9 M€, avant le début."
        ),
        Column("Date de l'avis", "date", width=12, help="jj/mm/aaaa."),
        Column("Nouvelle trajectoire", width=12, choices=YES_NO, help="Oui si de nouvelles références sont fixées."),
        Column("Date de la nouvelle trajectoire", "date", width=14, help="jj/mm/aaaa."),
        Column("Coût de la nouvelle trajectoire (€)", "amount", width=18),
        Column("Durée de la nouvelle trajectoire (mois)", "integer", width=16),
        Column("Observations", width=60),
    ),
)
TABLES = (AWARDS, EXECUTION, FOLLOW_UP)

# Rows below the header that the drop-down lists and the other checks of the template cover.
CHECKED_ROWS = 2000
TITLE_ROW, HEADER_ROW = 1, 3

NUMBER_FORMATS = {"text": "@", "date": "dd/mm/yyyy", "amount": "#,##0.00", "integer": "0"}
INK, PALE, LINE = "1F3864", "DCE6F2", "8EA9DB"
# Named in every font: what a spreadsheet takes for a font without a name differs between programs.
TYPEFACE = "Calibri"
THIN = Side(style="thin", color=LINE)


def new_book(author: str) -> Workbook:
    """A workbook without a sheet, its creation date fixed."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = author
    book.properties.created = dt.datetime(2021, 1, 1)  # noqa: DTZ001 - openpyxl takes naive dates as UTC
    return book


def save(book: Workbook, path: Path) -> None:
    """Write `book` so that the same content gives the same bytes."""
    archive = io.BytesIO()
    book.save(archive)
    write_repacked(archive.getvalue(), path)


def lay_out(book: Workbook, nature: str, cover: Sequence[Cell], rows: dict[str, Sequence[Sequence[Cell]]]) -> None:
    """Add to `book` the cover and one sheet for each table named in `rows` (no rows: a blank sheet).

    `cover` has one value a label, in the order of `COVER`; each row one value a column of its table.
    """
    _lay_out_cover(book.create_sheet("Couverture"), nature, cover)
    for table in TABLES:
        if table.key in rows:
            _lay_out_table(book.create_sheet(table.sheet), table, nature, rows[table.key])


def _lay_out_cover(sheet: Worksheet, nature: str, values: Sequence[Cell]) -> None:
    _write_title(sheet, "Remontée du FITN", nature)
    sheet.column_dimensions["A"].width = 34
    sheet.column_dimensions["B"].width = 62
    for row, (column, value) in enumerate(zip(COVER, values, strict=True), start=HEADER_ROW):
        label = sheet.cell(row, 1, column.title)
        label.font = Font(name=TYPEFACE, bold=True, color="FFFFFF" if column.is_required else INK)
        label.fill = PatternFill("solid", fgColor=INK if column.is_required else PALE)
        label.alignment = Alignment(vertical="center")
        cell = sheet.cell(row, 2)
        _fill(cell, column, value)
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
        for each in (label, cell):
            each.border = Border(top=THIN, bottom=THIN, left=THIN, right=THIN)
        sheet.row_dimensions[row].height = 30 if isinstance(value, str) and len(value) > 60 else 20
        _check(sheet, column, f"B{row}")
    _set_page(sheet, landscape=False)


def _lay_out_table(sheet: Worksheet, table: Table, nature: str, rows: Sequence[Sequence[Cell]]) -> None:
    _write_title(sheet, table.heading, nature)
    for position, column in enumerate(table.columns, start=1):
        letter = get_column_letter(position)
        dimension = sheet.column_dimensions[letter]
        dimension.width = column.width
        # For the rows that are still to be typed: a SIRET or a department code loses its zeros otherwise.
        dimension.number_format = NUMBER_FORMATS[column.kind]
        header = sheet.cell(HEADER_ROW, position, column.title)
        header.number_format = "@"
        header.font = Font(name=TYPEFACE, bold=True, color="FFFFFF" if column.is_required else INK)
        header.fill = PatternFill("solid", fgColor=INK if column.is_required else PALE)
        header.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        header.border = Border(bottom=THIN, left=THIN, right=THIN)
        _check(sheet, column, f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + CHECKED_ROWS}")
    sheet.row_dimensions[HEADER_ROW].height = 48
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        lines = 1
        for position, (column, value) in enumerate(zip(table.columns, row, strict=True), start=1):
            is_wrapped = column.kind == "text" and column.width > 20
            if is_wrapped and isinstance(value, str):
                lines = max(lines, -(-len(value) // column.width))
            cell = sheet.cell(number, position)
            _fill(cell, column, value)
            cell.alignment = Alignment(
                vertical="center",
                wrap_text=is_wrapped,
                horizontal="center" if column.choices and column.width < 20 else None,
            )
        sheet.row_dimensions[number].height = 16 * lines
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 2)
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    _set_page(sheet, landscape=True)


def _write_title(sheet: Worksheet, title: str, nature: str) -> None:
    text = title if nature == REAL_DATA else f"{title} - {nature}"
    cell = sheet.cell(TITLE_ROW, 1, text)
    cell.number_format = "@"
    cell.font = Font(name=TYPEFACE, bold=True, size=13, color=INK)
    sheet.row_dimensions[TITLE_ROW].height = 24


def _fill(cell: SheetCell, column: Column, value: Cell) -> None:
    """`value` into `cell`: amounts as numbers of two decimals, dates as dates, the rest as it is."""
    cell.value = Decimal(value.value).scaleb(-2) if isinstance(value, Cents) else value
    cell.number_format = NUMBER_FORMATS[column.kind]


def _check(sheet: Worksheet, column: Column, where: str) -> None:
    """What the sheet refuses or questions in the cells `where`, and the hint it shows there."""
    if column.choices:
        check = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
        check.error = f"Valeurs possibles : {', '.join(column.choices)}."
    elif column.kind == "date":
        check = DataValidation(type="date", operator="between", formula1="32874", formula2="58804", allow_blank=True)
        check.error = "Une date est attendue, sous la forme jj/mm/aaaa."
    elif column.kind == "amount":
        check = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        check.error = "Un montant en euros est attendu, sans unité, par exemple 1250000,50."
    elif column.kind == "integer":
        check = DataValidation(type="whole", operator="between", formula1="0", formula2="100000", allow_blank=True)
        check.error = "Un nombre entier est attendu."
    elif column.title == "SIRET du bénéficiaire":
        check = DataValidation(type="textLength", operator="equal", formula1="14", allow_blank=True)
        check.error = "Un SIRET compte 14 chiffres, sans espace."
    elif column.help:
        check = DataValidation(type=None, allow_blank=True)
    else:
        return
    if column.help:
        check.promptTitle = column.title[:32]
        check.prompt = column.help
        check.showInputMessage = True
    if check.error:
        check.errorTitle = column.title[:32]
        check.showErrorMessage = True
    check.add(where)
    sheet.add_data_validation(check)


def _set_page(sheet: Worksheet, *, landscape: bool) -> None:
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&A, page &P sur &N"


def lay_out_guidance(book: Workbook, paragraphs: Sequence[tuple[str, str]]) -> None:
    """The sheet "Mode d'emploi": one (heading, text) a row, then what each column expects."""
    sheet = book.create_sheet("Mode d'emploi")
    _write_title(sheet, "Mode d'emploi de la remontée trimestrielle", REAL_DATA)
    sheet.column_dimensions["A"].width = 46
    sheet.column_dimensions["B"].width = 96
    columns = [
        (f"{sheet_name} : {column.title}", _explain(column))
        for sheet_name, described in (("Couverture", COVER), *((table.sheet, table.columns) for table in TABLES))
        for column in described
        if column.help or column.choices or column.is_required
    ]
    number = HEADER_ROW
    for heading, text in (*paragraphs, ("", ""), ("Colonne", "Ce qui y est attendu"), *columns):
        is_head = heading == "Colonne"
        for position, content in enumerate((heading, text), start=1):
            cell = sheet.cell(number, position, content or None)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            color = "FFFFFF" if is_head else INK if position == 1 else None
            cell.font = Font(name=TYPEFACE, bold=position == 1 or is_head, color=color)
            if is_head:
                cell.fill = PatternFill("solid", fgColor=INK)
        lines = max(-(-len(text) // 112), -(-len(heading) // 44), 1)
        sheet.row_dimensions[number].height = 16 * lines
        number += 1
    _set_page(sheet, landscape=True)


def _explain(column: Column) -> str:
    parts = ["Obligatoire." if column.is_required else "", column.help]
    if column.choices:
        parts.append(f"Valeurs : {', '.join(column.choices)}.")
    return " ".join(part for part in parts if part)

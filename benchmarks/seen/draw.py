"""Invents workbooks: submissions and panorama tables whose cells are plain but for some, drawn from families of oddities.

Deterministic: a book follows from (seed, number, writers) alone. Nothing here knows a format of files.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.seen import ods

CONTRACTS = Path(__file__).parents[2] / "include" / "relance" / "contracts"
FIELDS: dict[str, list[dict[str, Any]]] = {
    table: json.loads((CONTRACTS / f"{kind}.{table}.json").read_text(encoding="utf-8"))["fields"]
    for kind, table in (
        ("submission", "cover"), ("submission", "awards"), ("submission", "execution"),
        ("submission", "project_follow_up"), ("panorama", "panorama_projects"),
    )
}  # fmt: skip
# Who can write what: XLSX as openpyxl and XlsxWriter write it, the same with prefixed names or without references, ...
WRITERS = ("openpyxl", "xlsxwriter", "openpyxl-prefixed", "openpyxl-bare", "ods", "xlwt")
SHARES = (30, 20, 7, 7, 22, 14)
LINES = ("ITN1", "ITN2", "ITN3", "ITN4", "ITN5", "ITN6", "ITN8A", "ITN8B", "ITN8C", "ITN8D")
NBSP, NARROW, ZERO_WIDTH, NB_HYPHEN, EN_DASH = "\u00a0", "\u202f", "\u200b", "\u2011", "–"


@dataclass(frozen=True)
class Formula:
    """A formula, its result, and what the file stores of it: `computed`, `absent`, `zero`."""

    text: str
    result: Any
    state: str = "computed"


@dataclass(frozen=True)
class Failed:
    """An error cell, with the formula that failed."""

    code: str = "#DIV/0!"
    formula: str = "1/0"


Value = str | int | float | bool | dt.date | dt.datetime | Formula | Failed | None


@dataclass(frozen=True)
class Cell:
    value: Value
    format: str = "General"
    family: str = "plain"
    is_red: bool = False
    is_covered: bool = False  # by a merged cell: nobody sees it

    @property
    def is_text(self) -> bool:
        value = self.value.result if isinstance(self.value, Formula) else self.value
        return isinstance(value, str)


@dataclass
class Sheet:
    name: str
    table: str
    rows: list[list[Cell]]
    header: int = 0  # number of the header's row, from 1; a cover has none
    columns: list[str] = field(default_factory=list)
    is_hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    is_filtered: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # first row, last row, first, last column


@dataclass
class Book:
    name: str
    kind: str
    writer: str
    sheets: list[Sheet]
    is_1904: bool = False
    recalculates: bool = False  # says that everything is to be computed when it is opened
    oddities: list[str] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return not self.oddities and all(c.family == "plain" for s in self.sheets for row in s.rows for c in row)

    @property
    def extension(self) -> str:
        return {"ods": "ods", "xlwt": "xls"}.get(self.writer, "xlsx")


Draw = Callable[[random.Random, Any], Cell]


def draw_book(seed: int, number: int, writers: tuple[str, ...] = WRITERS) -> Book:
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - the same books at each run, no secret
    shares = [share for writer, share in zip(WRITERS, SHARES, strict=True) if writer in writers]
    (writer,) = chance.choices([w for w in WRITERS if w in writers], shares)
    is_panorama = chance.random() < 0.2
    book = Book(f"{number:04d}", "panorama" if is_panorama else "submission", writer, [])
    is_odd = chance.random() < 0.75
    book.is_1904 = is_odd and writer != "ods" and chance.random() < 0.2
    book.recalculates = is_odd and chance.random() < 0.3
    context = {"writer": writer, "is_1904": book.is_1904}
    if is_panorama:
        sheets = [_table(chance, "Panorama", "panorama_projects", _projects(chance), is_odd, context)]
    else:
        awards = _awards(chance)
        sheets = [
            _table(chance, "Subventions", "awards", awards, is_odd, context),
            _table(chance, "Exécution", "execution", _execution(chance, awards), is_odd, context),
        ]
        if chance.random() < 0.6:
            sheets.append(_table(chance, "Projets", "project_follow_up", _follow_up(chance), is_odd, context))
        sheets.insert(0, _cover(chance, awards, is_odd, context))
    book.sheets = sheets
    if is_odd:
        _structure(chance, book)
    return book


# -- plain rows, in the order of the columns drawn

DATE = "dd/mm/yyyy"


def _day(chance: random.Random) -> dt.date:
    return dt.date(2020, 10, 1) + dt.timedelta(chance.randrange(450))


def _euros(chance: random.Random) -> float:
    return chance.randrange(100_000, 500_000_000) / 100


def _awards(chance: random.Random) -> list[dict[str, Cell]]:
    return [
        {
            "award_id": Cell(f"ECO-2021-{i:04d}"),
            "line_code": Cell(chance.choice(LINES)),
            "beneficiary_name": Cell(f"Commune de Saint-Exemple {i}"),
            "beneficiary_siret": Cell(f"{21_000_000_000_000 + chance.randrange(10**9)}"),
            "department_code": Cell(f"{chance.randrange(1, 96):02d}"),
            "project_name": Cell(f"Démarche en ligne n° {i}"),
            "awarded_on": Cell(_day(chance), DATE),
            "project_cost_eur": Cell(_euros(chance)),
            "awarded_eur": Cell(_euros(chance)),
        }
        for i in range(1, chance.randrange(9, 16))
    ]


def _execution(chance: random.Random, awards: list[dict[str, Cell]]) -> list[dict[str, Cell]]:
    return [
        {
            "award_id": Cell(f"ECO-2021-{i:04d}"),
            "committed_eur": Cell(_euros(chance)),
            "paid_eur": Cell(_euros(chance)),
            "last_payment_on": Cell(_day(chance), DATE),
            "comment": Cell(f"Solde attendu au T{chance.randrange(1, 5)}"),
        }
        for i in range(1, len(awards) + 1)
    ]


def _follow_up(chance: random.Random) -> list[dict[str, Cell]]:
    return [
        {
            "project_name": Cell(f"Projet numérique {chr(64 + i)}"),
            "phase": Cell("Conception / Réalisation"),
            "starts_on": Cell(_day(chance), DATE),
            "initial_cost_eur": Cell(_euros(chance)),
            "current_cost_eur": Cell(_euros(chance)),
            "initial_duration_months": Cell(chance.randrange(12, 90)),
            "current_duration_months": Cell(chance.randrange(12, 90)),
            "has_dinum_opinion": Cell(chance.choice(("Oui", "Non"))),
        }
        for i in range(1, chance.randrange(5, 9))
    ]


def _projects(chance: random.Random) -> list[dict[str, Cell]]:
    return [
        {
            "project_name": Cell(f"Projet numérique {chr(64 + i)}"),
            "ministry_name_as_sent": Cell("Ministère de la Culture"),
            "is_interministerial": Cell(chance.choice(("Oui", "Non"))),
            "starts_on": Cell(_day(chance), DATE),
            "planned_duration_years": Cell(chance.randrange(10, 100) / 10),
            "phase_as_sent": Cell("Expérimentation"),
            "planned_cost_eur": Cell(chance.randrange(500, 20_000) / 100),
            "functional_area": Cell("Archives définitives"),
        }
        for i in range(1, chance.randrange(9, 20))
    ]


def _cover(chance: random.Random, awards: list[dict[str, Cell]], is_odd: bool, context: dict[str, Any]) -> Sheet:
    cells = {
        "ministry_code": Cell("ECO"),
        "ministry_name": Cell("Ministère de l'Économie"),
        "period": Cell("2021-T2"),
        "established_on": Cell(dt.date(2021, 7, 12), DATE),
        "declared_award_count": Cell(len(awards)),
        "declared_awarded_eur": Cell(_euros(chance)),
    }
    if is_odd and chance.random() < 0.3:
        name = chance.choice(("established_on", "declared_award_count", "declared_awarded_eur", "period"))
        if name == "period":
            text = chance.choice((f"2021{EN_DASH}T2", f"2021{NB_HYPHEN}T2", f"2021-T2{NBSP}", f"2021-T2{ZERO_WIDTH}"))
            cells[name] = Cell(text, family="period-variant")
        else:
            cells[name] = _odd(chance, _field("cover", name), cells[name], context)
    rows = [[Cell(_field("cover", name)["title"]), cell] for name, cell in cells.items()]
    return Sheet("Couverture", "cover", rows, columns=list(cells))


def _field(table: str, name: str) -> dict[str, Any]:
    return next(f for f in FIELDS[table] if f["name"] == name)


def _table(
    chance: random.Random, name: str, table: str, rows: list[dict[str, Cell]], is_odd: bool, context: dict[str, Any]
) -> Sheet:
    """A sheet with its header on the first row and, where it may be odd, one odd cell in most rows."""
    columns = list(rows[0])
    if is_odd:
        for row in rows:
            if chance.random() < 0.6:
                column = chance.choice(
                    [c for c in columns for _ in range(4 if c.endswith("_eur") else 3 if c.endswith("_on") else 1)]
                )
                row[column] = _odd(chance, _field(table, column), row[column], context)
    header = [Cell(_field(table, c)["title"]) for c in columns]
    return Sheet(name, table, [header, *(list(row.values()) for row in rows)], 1, columns)


# -- oddities of a sheet or a book


def _structure(chance: random.Random, book: Book) -> None:
    tables = [s for s in book.sheets if s.table != "cover"]
    for sheet in tables:
        for name, (odds, change) in STRUCTURES.items():
            if chance.random() < odds and change(chance, sheet):
                book.oddities.append(f"{sheet.name}: {name}")
    if chance.random() < 0.1:
        first = tables[0]
        name = "Calculs" if chance.random() < 0.5 else "Ancien"
        rows = [list(row) for row in first.rows]
        book.sheets.append(Sheet(name, first.table, rows, first.header, first.columns, is_hidden=True))
        book.oddities.append("hidden sheet")


def _insert(sheet: Sheet, at: int, row: list[Cell]) -> None:
    """Put a row before row number `at`."""
    sheet.rows.insert(at - 1, row)
    sheet.header += at <= sheet.header
    sheet.hidden_rows = {r + (r >= at) for r in sheet.hidden_rows}
    sheet.merged = [(a + (a >= at), b + (b >= at), c, d) for a, b, c, d in sheet.merged]


def _retitle(sheet: Sheet, change: Callable[[str], str]) -> None:
    header = sheet.rows[sheet.header - 1]
    for place, column in enumerate(sheet.columns):
        if "unit" in _field(sheet.table, column).get("relance", {}):
            header[place] = Cell(change(str(header[place].value)))


def _without_unit(title: str) -> str:
    return title.replace(" (€)", "").replace(" (AE, €)", "")


def _titles(chance: random.Random, sheet: Sheet) -> bool:
    _insert(sheet, 1, [])
    _insert(sheet, 1, [Cell(chance.choice(("Fonds de 292 M€, situation au 30 juin", "Remontée trimestrielle", "Plan de relance : 500 M€")))])  # fmt: skip # noqa: E501
    return True


def _unit_line(chance: random.Random, sheet: Sheet) -> bool:
    said = chance.choice(("Montants en milliers d'euros", "Montants en k€", "(en milliers d'euros)", "Montants en M€", "Montants exprimés en K€", "Unité : k€", "en milliers d’euros", "Montants en euros"))  # fmt: skip # noqa: E501
    if chance.random() < 0.5:
        _retitle(sheet, _without_unit)
    row = [Cell(None)] * chance.randrange(len(sheet.columns) - 1) + [Cell(said)]
    _insert(sheet, sheet.header, row)
    if chance.random() < 0.3:
        _insert(sheet, sheet.header, [])
    return True


def _unit_row(chance: random.Random, sheet: Sheet) -> bool:
    said = chance.choice(("k€", "en k€", "(k€)", "M€", "€", "milliers d'euros"))
    if chance.random() < 0.5:
        _retitle(sheet, _without_unit)
    is_amount = ["unit" in _field(sheet.table, c).get("relance", {}) for c in sheet.columns]
    _insert(sheet, sheet.header + 1, [Cell(said if amount else None) for amount in is_amount])
    return True


def _header_unit(chance: random.Random, sheet: Sheet) -> bool:
    said = chance.choice((" (k€)", " (M€)", " (en k€)", " (en milliers d'euros)", " en k€", " (K€)", "", " (EUR)", " (en euros)"))  # fmt: skip # noqa: E501
    _retitle(sheet, lambda title: _without_unit(title) + said)
    return True


def _blank_rows(chance: random.Random, sheet: Sheet) -> bool:
    for _ in range(chance.randrange(1, 4)):
        _insert(sheet, chance.randrange(sheet.header + 1, len(sheet.rows) + 1), chance.choice(([], [Cell("  ")])))
    return True


def _total(chance: random.Random, sheet: Sheet) -> bool:
    label = chance.choice(("Total", "TOTAL", "Total général", "Sous-total ITN1", "Ensemble", "Cumul", "Σ", "Totaux"))
    row = [Cell(_euros(chance)) if c.endswith("_eur") else Cell(None) for c in sheet.columns]
    row[0] = Cell(label)
    at = chance.choice((len(sheet.rows) + 1, len(sheet.rows) + 1, sheet.header + 4))
    _insert(sheet, at, row)
    return True


def _footnote(chance: random.Random, sheet: Sheet) -> bool:
    _insert(sheet, len(sheet.rows) + 1, [])
    _insert(sheet, len(sheet.rows) + 1, [Cell("* Les montants sont ceux de la dernière décision connue.")])
    return True


def _hide_rows(chance: random.Random, sheet: Sheet) -> bool:
    sheet.hidden_rows |= {chance.randrange(sheet.header + 1, len(sheet.rows) + 1) for _ in range(3)}
    sheet.is_filtered = chance.random() < 0.5
    return True


def _hide_column(chance: random.Random, sheet: Sheet) -> bool:
    sheet.hidden_columns.add(chance.randrange(len(sheet.columns)))
    return True


def _merge(chance: random.Random, sheet: Sheet) -> bool:
    """Merge two cells of a column (or of a row); what the second holds, if anything, is not seen."""
    at = chance.randrange(sheet.header + 1, len(sheet.rows))
    place = chance.randrange(len(sheet.columns) - 1)
    down = chance.random() < 0.7
    row, column = (at, place) if down else (at - 1, place + 1)
    upper = sheet.rows[at - 1]
    if max(len(upper), len(sheet.rows[row])) < len(sheet.columns) or len(upper) != len(sheet.rows[row]):
        return False
    keeps = chance.random() < 0.3
    covered = sheet.rows[row][column]
    sheet.rows[row][column] = replace(covered if keeps else Cell(None), is_covered=True, family="covered")
    sheet.merged.append((at, at + down, place, place + (not down)))
    return True


def _same_key(chance: random.Random, sheet: Sheet) -> bool:
    """A row whose key is that of another one to the eye."""
    if sheet.table == "panorama_projects":
        return False
    whole = [row for row in sheet.rows[sheet.header :] if len(row) == len(sheet.columns)]
    source = chance.choice(whole)
    if not isinstance(source[0].value, str):
        return False
    _insert(sheet, len(sheet.rows) + 1, [Cell(_variant(chance, source[0].value), family="key-again"), *source[1:]])
    return True


STRUCTURES: dict[str, tuple[float, Callable[[random.Random, Sheet], bool]]] = {
    "same key": (0.1, _same_key),
    "merged": (0.15, _merge),
    "blank rows": (0.15, _blank_rows),
    "header unit": (0.08, _header_unit),
    "unit row": (0.04, _unit_row),
    "unit line": (0.08, _unit_line),
    "titles": (0.1, _titles),
    "total": (0.15, _total),
    "footnote": (0.1, _footnote),
    "hidden rows": (0.12, _hide_rows),
    "hidden column": (0.08, _hide_column),
}


# -- odd cells


def _odd(chance: random.Random, column: dict[str, Any], plain: Cell, context: dict[str, Any]) -> Cell:
    kind = column["type"]
    if kind == "number" and "unit" in column["relance"]:
        families = AMOUNTS
    elif kind in ("number", "integer"):
        families = COUNTS
    elif kind == "date":
        families = DATES
    elif kind == "boolean":
        families = BOOLEANS
    elif column["name"] in ("award_id", "project_name") and column.get("constraints", {}).get("unique"):
        families = KEYS
    elif column.get("constraints", {}).get("enum"):
        families = CODES
    elif column["name"] in ("beneficiary_siret", "department_code"):
        families = NUMBERED
    else:
        families = TEXTS
    family = chance.choice([name for name in families if name in CAN[context["writer"]] or name not in LIMITED])
    while True:
        cell = families[family](chance, {"value": plain.value, **context})
        if context["writer"] != "ods" or cell.format == "General" or ods.style_of(cell.format, "N"):
            return replace(cell, family=family)
        family = chance.choice(list(families))


# What not every writer can write.
LIMITED = {"formula-absent", "formula-computed", "formula-text"}
CAN = {
    "openpyxl": LIMITED, "openpyxl-prefixed": LIMITED, "openpyxl-bare": LIMITED, "ods": LIMITED,
    "xlsxwriter": {"formula-computed", "formula-text"}, "xlwt": set(),
}  # fmt: skip


def _scaled(chance: random.Random, drawn: Any) -> float:
    return chance.choice((3, 3.04, 12.5, 250, 3000, 1234.5))


def _formats(*codes: str, values: tuple[float, ...] | None = None) -> Draw:
    """A number under one of these formats: one of `values`, or the plain cell's own."""
    return lambda chance, drawn: Cell(chance.choice(values) if values else drawn["value"], chance.choice(codes))


def _texts(*texts: str) -> Draw:
    return lambda chance, drawn: Cell(chance.choice(texts))


def _blanks(chance: random.Random, text: str) -> str:
    return text.replace(" ", chance.choice((" ", NBSP, NARROW, "\u2009")))


def _formula(state: str) -> Draw:
    def draw(chance: random.Random, drawn: Any) -> Cell:
        whole, cents = chance.randrange(1000, 90_000), chance.randrange(1, 4) / 4
        return Cell(Formula(f"{whole}+{cents}", whole + cents, state))

    return draw


def _failed(chance: random.Random, drawn: Any) -> Cell:
    return Cell(chance.choice((Failed(), Failed("#N/A", "NA()"), Failed("#VALUE!", '1+"a"'))))


def _red(chance: random.Random, drawn: Any) -> Cell:
    return Cell(-1234.5, "#,##0.00;[Red]#,##0.00", is_red=True)


STATES: dict[str, Draw] = {
    "formula-computed": _formula("computed"),
    "formula-absent": _formula("absent"),
    "formula-zero": _formula("zero"),
    "error": _failed,
    "error-word": _texts("#N/A", "#N/D", "#REF!", "#VALEUR!", "#ERROR!", "Err:502", "#NOM?", "#DIV/0 !"),
}
SMALL = (3, 3.04, 12.5, 250, 3000, 1234.5)
AMOUNTS: dict[str, Draw] = {
    **STATES,
    "formula-text": lambda c, d: Cell(
        c.choice((Formula('"12"&" k€"', "12 k€"), Formula('""', ""), Formula('"1 234"', "1 234")))
    ),
    "format-euro": _formats(
        '#,##0.00" €"',
        "#,##0.00\\ [$€-40C]",
        '#,##0.00\\ "€"',
        "[$€-2]\\ #,##0.00",
        '0" EUR"',
        '#,##0" euros"',
        '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-',
        "[Blue]#,##0.00\\ _€",
    ),
    "format-plain": _formats("0", "#,##0", "#,##0.00", "0.0", "# ##0", "#,##0_);(#,##0)", "00000000", "[Green]#,##0.0"),
    "format-thousands": _formats(
        '#,##0" k€"',
        '# ##0" k€"',
        '0.0" K€"',
        '0.00" k€"',
        '#,##0" KEUR"',
        '#,##0" milliers d\'euros"',
        "0\\ \\k\\€",
        '0.0"k€"',
        "[$k€]\\ #,##0",
        "#,##0\\ [$k€-40C]",
        values=SMALL,
    ),
    "format-millions": _formats(
        '0.00" M€"',
        '0.0" M€"',
        '#,##0.0\\ "M€"',
        '0.000" MEUR"',
        '0.00" millions d\'euros"',
        "0.00\\ [$M€]",
        '0.00" M"[$€-40C]',
        values=SMALL,
    ),
    "format-scaled": _formats("#,##0,", "0.0,,", "0,", "#,##0.00,,", values=(3_000_000, 1_234_567.89, 45_600)),
    "format-scaled-with-unit": _formats(
        '#,##0," k€"', '0.00,," M€"', '#,##0.0,"k€"', '0,,\\ "M€"', values=(3_000_000, 1_234_567.89, 45_600_000)
    ),
    "format-conditional": _formats(
        '[>=1000000]0.0,," M€";[>=1000]0," k€";0" €"',
        '[<1000]0" €";#,##0," k€"',
        '[>=1000]0.00," k€";0.00" €"',
        '[=0]"néant";#,##0.00',
        values=(12, 950, 12_345, 3_456_789.12, 0),
    ),
    "format-other-unit": _formats(
        "0%",
        "0.00%",
        '"$"#,##0',
        "[$$-409]#,##0.00",
        "[$£-809]#,##0.00",
        "[$CHF]\\ #,##0",
        '0" ans"',
        '0" agents"',
        '#,##0" F"',
        '0.0" Md€"',
        '0" %"',
        '0.0"‰"',
        '#,##0" mois"',
        values=SMALL,
    ),
    "format-hides": _formats(";;;", '"n.c."', '"confidentiel"', ";;", '"-"', values=(3000, 12.5)),
    "format-zero": _formats(
        '#,##0;-#,##0;"-"',
        '#,##0;-#,##0;"néant"',
        "#,##0;-#,##0;",
        '_-* #,##0\\ "€"_-;\\-* #,##0\\ "€"_-;_-* "-"\\ "€"_-',
        values=(0,),
    ),
    "format-negative": _formats(
        "#,##0.00;(#,##0.00)",
        "#,##0;[Red]-#,##0",
        '#,##0" €";(#,##0" €")',
        "0;0",
        '#,##0;"moins "#,##0',
        values=(-1200,),
    ),
    "format-red": _red,
    "format-date": _formats("dd/mm/yyyy", "mmm-yy", "hh:mm", "[h]:mm", "d mmmm yyyy", values=(44300, 1234.5)),
    "format-text": lambda c, d: Cell(c.choice((12345.5, 3000)), "@"),
    "format-scientific": _formats("0.00E+00", "##0.0E+0", values=(1_234_567, 45_600)),
    "noise": lambda c, d: Cell(c.choice((3.6000000000003638, 0.1 + 0.2, 1234.5600000000002, 99999.999999999985))),
    "decimals": lambda c, d: Cell(c.choice((12.345, 12.3456, 0.005, 2.675, 1234.5678, 1.005, 7.125))),
    "text-plain": lambda c, d: Cell(
        _blanks(
            c,
            c.choice(
                (
                    "1 234 567,89",
                    "12 345,67 €",
                    "1234,5",
                    "1.234.567,89",
                    "1,234.56",
                    "3 000",
                    "1 234,5 EUR",
                    "-0",
                    "12345.67",
                    "2 500 euros",
                    "+ 12",
                    "0,50",
                )
            ),
        )
    ),
    "text-unit": lambda c, d: Cell(
        _blanks(
            c,
            c.choice(
                (
                    "3 000 k€",
                    "1,2 M€",
                    "1 200 milliers d'euros",
                    "2,5 millions d’euros",
                    "3 000 KEUR",
                    "1,25MEUR",
                    "0,5 M€",
                    "12 345,67 k€",
                    "1,23456789 M€",
                    "(3 k€)",
                    "3000k€",
                )
            ),
        )
    ),
    "text-decimals": _texts("12,3456", "0,005", "12,34567 €", "1234,5678", "1,00000001", "3,6000000000003638"),
    "text-ambiguous": _texts("1,234", "1.234", "12,345 M€", "123.456 k€", "1,234 €", "2.500"),
    "text-no-amount": _texts(
        "1 2345",
        "1e5",
        "12 %",
        "$ 12",
        "env. 3 000",
        "3 000 à 4 000",
        "12,5 Md€",
        "-",
        "–",
        "n.c.",
        "néant",
        "1_000",
        "NaN",
        "12..5",
        "1,2,3",
        "< 5 M€",
        "3 000 £",
        "12 k",
        "cf. annexe",
        "1 234,56 F",
        "0x10",
        "١٢٣",
    ),
    "blank": _texts(" ", NBSP, "  \u200b", "\n"),
    "odd-blanks": lambda c, d: Cell(
        c.choice(
            (f"{NBSP}1 234,50", f"1{ZERO_WIDTH}234,50", "1 234,50\n", f"12 345\u2007€ ", "\ufeff12", "1\u00a0\u00a0234")
        )
    ),  # noqa: E501
    "boolean": lambda c, d: Cell(True),
}
COUNTS: dict[str, Draw] = {
    **STATES,
    "format-plain": _formats("0", "0.0", "0.00", "#,##0", values=(24, 12, 6.5, 24.4)),
    "format-own-unit": _formats('0" ans"', '0.0" ans"', '0" mois"', '0\\ "années"', values=(2, 3, 24)),
    "format-other-unit": _formats("0%", '0" jours"', '0" k€"', '"T"0', '0" semaines"', values=(2, 0.5, 24)),
    "format-hides": _formats(";;;", '"n.c."', values=(12, 24)),
    "format-date": _formats("dd/mm/yyyy", "mmm-yy", "[h]:mm", values=(24, 12)),
    "text-plain": _texts("24", " 36 ", "24,0", "6.5", "6,5", f"1{NBSP}2"),
    "text-unit": _texts("24 mois", "2 ans", "6,5 ans", "18 mois", "1 an"),
    "text-no-number": _texts("deux ans", "24-36", "env. 24", "2 ans et demi", "n.c.", "-", "24 %", "3 k€", "6'"),
    "blank": _texts(" ", NBSP),
    "boolean": lambda c, d: Cell(True),
}


def _serial(chance: random.Random, drawn: Any) -> Cell:
    start = dt.date(1904, 1, 1) if drawn["is_1904"] else dt.date(1899, 12, 30)
    return Cell((_day(chance) - start).days + chance.choice((0, 0, 0.5)))


DATES: dict[str, Draw] = {
    **STATES,
    "date-format": lambda c, d: Cell(
        _day(c), c.choice(("d mmmm yyyy", "yyyy-mm-dd", "dd/mm/yy", "d-mmm-yy", "dddd d mmmm yyyy", "dd.mm.yyyy"))
    ),
    "date-format-of-less": lambda c, d: Cell(_day(c), c.choice(("mmm-yy", "mmmm yyyy", "yyyy"))),
    "date-time": lambda c, d: Cell(
        dt.datetime.combine(_day(c), dt.time(c.randrange(24), 30)), c.choice(("dd/mm/yyyy hh:mm", "dd/mm/yyyy"))
    ),
    "date-hidden": lambda c, d: Cell(_day(c), c.choice((";;;", "hh:mm"))),
    "serial": _serial,
    "serial-formatted": lambda c, d: replace(_serial(c, d), format="0"),
    "number": lambda c, d: Cell(c.choice((2021, 20210415, 202104, 15.04))),
    "text-date": _texts(
        "15/04/2021",
        "15/04/21",
        "15.04.2021",
        "2021-04-15",
        "12 mars 2021",
        "1er avril 2021",
        "5/4/2021",
        "12-Mar-2021",
        "15 avr. 2021",
        "03/02/2021",
        f"15{NBSP}avril{NBSP}2021",
        "15 AVRIL 2021",
        "28 févr. 2021",
        "2021-04-15 12:00",
        "15/04/2021 14:30",
    ),
    "text-instant": _texts(
        "2021-04-15T23:30:00Z",
        "2021-04-15T12:00:00+02:00",
        "2021-04-15T23:30:00+00:00",
        "2021-12-31T23:30:00Z",
        "2021-04-15T22:30:00-05:00",
        "2021-04-15T12:00:00.000Z",
    ),
    "text-month": _texts("avril 2021", "Jul-2013", "juillet 2013", "avril 15", "mars-21", "Apr-2020"),
    "text-no-date": _texts(
        "31/02/2021",
        "bientôt",
        "T2 2021",
        "2021",
        "04/2021",
        "15/04",
        "n.c.",
        "-",
        "04/15/2021",
        "15/04/2021 et 20/04/2021",
        "2021-04-15 au 2021-05-15",
        "20210415",
        "12 brumaire 2021",
    ),
    "missing-word": _texts("NA", "En cadrage", "na"),
    "boolean": lambda c, d: Cell(True),
    "blank": _texts(" ", NBSP),
}
BOOLEANS: dict[str, Draw] = {
    "boolean": lambda c, d: Cell(c.random() < 0.5),
    "number": lambda c, d: Cell(c.choice((0, 1))),
    "format-words": _formats('"Oui";;"Non"', '"Non";;"Oui"', '"Oui"', ";;;", '"oui";"oui";"non"', values=(0, 1)),
    "text": _texts("OUI", "non", "O", "N", "vrai", f"Oui{NBSP}", "x", "peut-être", "2", "-", "Oui/Non"),
    "error": _failed,
    "formula-zero": lambda c, d: Cell(Formula("1+0", 1, "zero")),
}


def _variant(chance: random.Random, text: str) -> str:
    """The same key to the eye."""
    ways: list[Callable[[str], str]] = [
        lambda t: t.replace("-", NB_HYPHEN),
        lambda t: t.replace("-", EN_DASH, 1),
        lambda t: t.replace("-", "\u2212") if "-" in t else t.replace(" ", NARROW),
        lambda t: t + ZERO_WIDTH,
        lambda t: t[:3] + ZERO_WIDTH + t[3:],
        lambda t: NBSP + t + NBSP,
        lambda t: t.replace(" ", NBSP) if " " in t else t + NBSP,
        lambda t: unicodedata.normalize("NFD", t),
        str.lower,
        lambda t: t.replace("2021", "２０２１") if "2021" in t else t.upper(),
        lambda t: t.replace("-", "\u00ad-", 1) if "-" in t else t + "\u00ad",
    ]
    return chance.choice(ways)(text)


KEYS: dict[str, Draw] = {
    "key-variant": lambda c, d: Cell(_variant(c, d["value"])),
    "key-by-format": lambda c, d: Cell(
        c.randrange(1, 9) * 1000 + c.randrange(999), c.choice(('"ECO-2021-"0000', "0000000", "00-00-00", '0"/2021"'))
    ),
    "key-number": lambda c, d: Cell(c.randrange(10**5, 10**9)),
    "key-total": lambda c, d: Cell(f"TOTAL-2021-{c.randrange(10**4):04d}"),
    "error": _failed,
    "blank": _texts(" ", NBSP),
}
CODES: dict[str, Draw] = {
    "code-variant": _texts("itn 7", f"ITN{NBSP}1", "ITN8a", f"ITN{ZERO_WIDTH}2", " ITN3", "ITN-4"),
    "code-by-format": lambda c, d: Cell(c.randrange(1, 7), c.choice(('"ITN"0', '"ITN "0'))),
    "code-unknown": _texts("ITN9", "ITN8", "ITN", "-", "ITN1 et ITN2", "1"),
    "error": _failed,
}
NUMBERED: dict[str, Draw] = {
    "digits-number": lambda c, d: Cell(int(d["value"])),
    "digits-by-format": lambda c, d: Cell(int(d["value"]) % 100, c.choice(("00", "000", "00000000000000"))),
    "digits-grouped": lambda c, d: Cell(int(d["value"]), c.choice(("000 000 000 00000", "0", "#,##0"))),
    "digits-text": lambda c, d: Cell(f"{d['value'][:3]}{NBSP}{d['value'][3:]}" if len(d["value"]) > 3 else "2A"),
    "error": _failed,
}
TEXTS: dict[str, Draw] = {
    "text-number": lambda c, d: Cell(c.choice((12, 12.5, 2021))),
    "text-by-format": _formats('"Lot "0', "0.00", "0%", "000", '0" k€"', values=(3, 12)),
    "text-date": lambda c, d: Cell(_day(c), DATE),
    "text-formula": lambda c, d: Cell(
        Formula('"a"&"b"', "ab", "computed" if "formula-text" in CAN[d["writer"]] else "zero")
    ),
    "text-blanks": lambda c, d: Cell(f"{d['value']}{NBSP}; suite\nfin"),
    "boolean": lambda c, d: Cell(True),
    "error": _failed,
    "error-word": STATES["error-word"],
}

"""Draws workbooks: submissions and panorama tables whose cells are plain but for some, of families of oddities.

Deterministic: a book follows from (seed, number, writers) alone. Nothing here knows a format of files.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.seen.families import DATE, EN_DASH, NB_HYPHEN, NBSP, ZERO_WIDTH, day, odd, variant
from benchmarks.seen.model import SHARES, WRITERS, Book, Cell, Sheet, column, is_amount

LINES = ("ITN1", "ITN2", "ITN3", "ITN4", "ITN5", "ITN6", "ITN8A", "ITN8B", "ITN8C", "ITN8D")


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
            "awarded_on": Cell(day(chance), DATE),
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
            "last_payment_on": Cell(day(chance), DATE),
            "comment": Cell(f"Solde attendu au T{chance.randrange(1, 5)}"),
        }
        for i in range(1, len(awards) + 1)
    ]


def _follow_up(chance: random.Random) -> list[dict[str, Cell]]:
    return [
        {
            "project_name": Cell(f"Projet numérique {chr(64 + i)}"),
            "phase": Cell("Conception / Réalisation"),
            "starts_on": Cell(day(chance), DATE),
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
            "starts_on": Cell(day(chance), DATE),
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
            cells[name] = odd(chance, column("cover", name), cells[name], context)
    rows = [[Cell(column("cover", name)["title"]), cell] for name, cell in cells.items()]
    return Sheet("Couverture", "cover", rows, columns=list(cells))


def _table(
    chance: random.Random, name: str, table: str, rows: list[dict[str, Cell]], is_odd: bool, context: dict[str, Any]
) -> Sheet:
    """A sheet with its header on the first row and, where it may be odd, one odd cell in most rows."""
    columns = list(rows[0])
    if is_odd:
        weights = [
            4 if c.endswith("_eur") else 3 if c.endswith("_on") else 2 if c == columns[0] else 1 for c in columns
        ]
        for row in rows:
            if chance.random() < 0.6:
                (chosen,) = chance.choices(columns, weights)
                row[chosen] = odd(chance, column(table, chosen), row[chosen], context)
    header = [Cell(column(table, c)["title"]) for c in columns]
    return Sheet(name, table, [header, *(list(row.values()) for row in rows)], 1, columns)


# -- oddities of a sheet or a book


def _structure(chance: random.Random, book: Book) -> None:
    tables = [s for s in book.sheets if s.table != "cover"]
    for sheet in tables:
        for name, (odds, change) in STRUCTURES.items():
            if chance.random() < odds and change(chance, sheet):
                book.oddities.append(f"{sheet.name}: {name}")
    if chance.random() < 0.05 and book.kind == "submission":
        first = next(s for s in tables if s.table == "awards")
        more = [[Cell(f"ECO-2021-9{i:03d}"), *list(row.values())[1:]] for i, row in enumerate(_awards(chance)[:3])]
        rows = [first.rows[first.header - 1], *more]
        name = chance.choice(("Subventions (2)", "Subvention", "Subventions bis"))
        book.sheets.append(Sheet(name, "awards", rows, 1, first.columns, is_second=True))
        book.oddities.append("second sheet")
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
    for place, name in enumerate(sheet.columns):
        if is_amount(column(sheet.table, name)):
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
    amounts = [is_amount(column(sheet.table, c)) for c in sheet.columns]
    _insert(sheet, sheet.header + 1, [Cell(said if amount else None) for amount in amounts])
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
    _insert(sheet, len(sheet.rows) + 1, [Cell(variant(chance, source[0].value), family="key-again"), *source[1:]])
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

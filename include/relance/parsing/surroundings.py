"""What stands around a table and bears on its amounts: units near the header, columns that the contract does not name.

Which row is the header is known here; what the rows under it are is no concern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from relance.parsing.contract import EXPONENTS, UNIT, Column, split_unit, unit_of
from relance.parsing.layout import Layout
from relance.parsing.text_table import NumberedRow
from relance.parsing.wording import column_letters, integer, listed, normal_form, quoted

# A longer text is no statement of a unit, and no unit or amount alone; looking through it takes time.
_LONGEST_STATEMENT, _LONGEST_ALONE = 300, 80
# A text without any of these names no unit; most have none.
_MONEY = re.compile(
    r"(?i)€|eur|mill|centaine|centime|thous|[$£]|usd|doll|gbp|livre|fran|f ?cf|x[pao]f|chf|frf"
    r"|\bkf|x\s?1|\ben [km]\b"
)
_PUNCTUATION = re.compile(r"[()\[\]{}:;,.!?–—|]|\s-\s")
# What a text may say besides a unit and still say nothing but a unit: « Unité : k€ », « tous les montants sont en k€ ».
_BESIDE_A_UNIT = (
    r"(?:montants?|sommes?|chiffres?|valeurs?|donnees?|couts?|budgets?|credits?|depenses?|prix|totaux|ae|cp|subventions?"
    r"|unites?|monnaies?|devises?|monetaires?|comptes?|tableaux?|tables?|colonnes?|feuilles?|onglets?|toute?s?|tous"
    r"|les?|la|des?|du|d|l|ce|cette|ces|ci|dessous|dessus|apres|dans|et|ou|sont|est|exprimee?s?|indiquee?s?|donnee?s?"
    r"|libellee?s?|saisie?s?|presentee?s?|affichee?s?|arrondie?s?|aux?|en|courants?|constants?|ttc|ht|nb|nota|bene|note"
    r"|attention|rappel)"
)
_ONLY_A_UNIT = rf"(?:exprimee?s? )?(?:en )?{UNIT}"
_A_UNIT_AND_NO_MORE = rf"(?:{_BESIDE_A_UNIT} )*?{UNIT}(?: {_BESIDE_A_UNIT})*"
_IN_A_UNIT = rf"\b(?:en|in) {UNIT}\b"
# « Montants en K », « Exécution (milliers) »: what is counted in them can only be euros.
_BARE_SCALE = re.compile(rf"(?:{_BESIDE_A_UNIT} )+?en (?P<sign>[km])|(?P<word>milliers|millions)")
_SCALES = {"k": "k€", "milliers": "k€", "m": "M€", "millions": "M€"}
_ENDS_WITH_A_SIGN = re.compile(
    r"\b(?!(?:de|des|d|quelques|plusieurs|environ|les?|l|x|un|une) )[a-z]+ (?P<sign>[mk]eur)$"
)
# Where these words stand, euros are told from other money, or from those of another year, and not from thousands.
_WHICH_EUROS = re.compile(r"\b(?:devises?|monnaies?|courants?|constants?)\b")
# What a row of units says of columns that hold no amount.
_OTHER_UNITS = re.compile(
    r"mois|ans?|annees?|jours?|dates?|jj mm aaaa|aaaa|textes?|nombres?|n|pourcent|oui non|unites?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"\d+(?: \d{3})*")

_AMOUNT = re.compile(
    r"[<>≤≥=~+(-]{0,3}\s*(?:entre\s|de\s|env(?:\.|iron)?\s)?\s*(?!0\d)\d[\d\s.,]*(?:(?:et|à|-)\s*\d[\d\s.,]*)?"
    r"\s*(?:[mk]?\s?(?:€|eur(?:os?)?)|(?:millions?|milliers?)(?:\sd['’](?:euros?|€))?)?\s*\)?",
    re.IGNORECASE,
)
_AMOUNT_WORDS = frozenset([
    "cout", "couts", "budget", "budgets", "montant", "montants", "depense", "depenses", "credit", "credits", "prix",
    "enveloppe", "subvention", "subventions", "ae", "cp", "financement", "cofinancement", "autofinancement",
    "investissement", "aide", "aides", "chiffrage", "engage", "engagee", "engages", "engagees", "paye", "payee",
    "payes", "payees", "mandate", "solde",
])  # fmt: skip
_OTHER_WORDS = frozenset([
    "annee", "annees", "an", "ans", "nombre", "nb", "n", "no", "numero", "id", "identifiant", "code", "duree",
    "durees", "delai", "mois", "jour", "jours", "effectif", "effectifs", "etp", "agents", "taux", "part",
    "pourcent", "pourcentage", "rang", "ordre", "version", "telephone", "tel", "siret", "siren", "insee", "postal",
    "date", "dates", "ligne", "axe", "lot", "priorite", "population", "habitants", "usagers", "utilisateurs",
    "trimestre", "semestre", "exercice", "avancement", "note", "score", "latitude", "longitude", "departement",
    "region", "programme", "action", "chapitre",
])  # fmt: skip


@dataclass(frozen=True)
class UnitLine:
    """A unit that a text near a table states, as it is said to the sender; of one column where `index` is given."""

    unit: str
    said: str
    index: int | None = None


def stated_units(text: str) -> list[str]:
    """The units in which a text says that amounts are.

    « Montants en k€ » and « Suivi du fonds (M€) » state one; « 3 millions d'euros » and « plus de 9 M€ » are amounts.
    """
    if len(text) > _LONGEST_STATEMENT or not _MONEY.search(text):
        return []
    parts = [form for form in map(normal_form, _PUNCTUATION.split(text)) if form]
    units = []
    for part, after in pairwise([*parts, ""]):
        # « Seuil (M€) : 9 » states no unit of a table, « Suivi (M€), 2021 » does.
        if _NUMBER.fullmatch(after) and not _YEAR.fullmatch(after):
            continue
        if found := re.fullmatch(_A_UNIT_AND_NO_MORE, part):
            units.append(unit_of(found))
        elif signs := list(re.finditer(_IN_A_UNIT, part)):
            units += [unit_of(sign) for sign in signs]
        elif bare := _BARE_SCALE.fullmatch(part):
            units.append(_SCALES[bare["sign"] or bare["word"]])
        elif ends := _ENDS_WITH_A_SIGN.search(part):
            units.append({"keur": "k€", "meur": "M€"}[ends["sign"]])
    return [unit for unit in units if unit != "%"]


def unit_lines(row: NumberedRow) -> list[UnitLine]:
    """The units that a row states; a row of nothing but units states them column by column."""
    filled = [(index, " ".join(cell.split())) for index, cell in enumerate(row.cells) if cell.strip()]
    alone = {i: unit for i, cell in filled if (unit := _unit_alone(cell))}
    says_which_euros = any(
        _WHICH_EUROS.search(normal_form(cell)) for _, cell in filled if len(cell) <= _LONGEST_STATEMENT
    )
    others = [normal_form(cell) for i, cell in filled if i not in alone]
    is_of_all = len(alone) == 1 and {"unite", "unites"} & set(others)  # « Unité | k€ »
    if alone and not is_of_all and all(map(_OTHER_UNITS.fullmatch, others)):
        return [
            UnitLine(unit, f"{quoted(row.cells[i])} (ligne {integer(row.number)}, colonne {column_letters(i)})", i)
            for i, unit in alone.items()
        ]
    lines = []
    for place, (index, cell) in enumerate(filled):
        before, after = (filled[n][1] if 0 <= n < len(filled) else "" for n in (place - 1, place + 1))
        # A figure and its unit in two cells, or a label with its figure: not the unit of a table.
        if _is_amount(before) if index in alone else _is_amount(after) and not _YEAR.fullmatch(after):
            continue
        lines += [UnitLine(unit, f"{quoted(cell)} (ligne {integer(row.number)})") for unit in stated_units(cell)]
    return [line for line in lines if not (says_which_euros and line.unit == "€")]


def _unit_alone(cell: str) -> str | None:
    """The unit of which a cell has nothing but the words or the sign."""
    found = re.fullmatch(_ONLY_A_UNIT, normal_form(cell)) if len(cell) <= _LONGEST_ALONE else None
    unit = found and unit_of(found)
    return None if unit == "%" else unit


def _is_amount(cell: str) -> bool:
    return len(cell) <= _LONGEST_ALONE and _AMOUNT.fullmatch(cell.strip()) is not None


def with_surroundings(
    layout: Layout, head: Sequence[NumberedRow], elsewhere: Sequence[UnitLine], labels: Mapping[str, bool]
) -> Layout:
    """The layout with the units that stand near its header, and with the columns of amounts that it leaves unread.

    `elsewhere`: what other places say of all amounts of the file. `labels`: those of a cover, as in `cover_units`.
    """
    lines = list(elsewhere)
    for row in head:
        if row.number < layout.first_row:
            label = _label_of(row)
            lines += cover_units(row, labels) if label in labels else unit_lines(row)
    below = [row for row in head if row.number > layout.header.number]
    last = layout.header.number
    while below and (found := _under_a_header(below[0])):
        lines += found
        last = below.pop(0).number
    lines += _columns_of_units(layout, below)
    layout = replace(layout, last_row=last, amounts_unread=tuple(_columns_of_amounts(layout, below)))
    return _in_units(layout, lines)


def _label_of(row: NumberedRow) -> str:
    return next((split_unit(cell)[0] for cell in row.cells if cell.strip()), "")


def cover_units(row: NumberedRow, labels: Mapping[str, bool]) -> list[UnitLine]:
    """What a row of a cover says of the unit of all amounts; `labels`: without their units, and whether of an amount.

    A label and its amount say nothing of other amounts.
    """
    is_of_an_amount = labels.get(_label_of(row))
    if is_of_an_amount is None:
        return [replace(line, index=None) for line in unit_lines(row)]
    first = next(index for index, cell in enumerate(row.cells) if cell.strip())
    rest = NumberedRow(row.number, ("",) * (first + 1) + row.cells[first + 1 :])
    return [] if is_of_an_amount else [replace(line, index=None) for line in unit_lines(rest)]


def _columns_of_units(layout: Layout, rows: Sequence[NumberedRow]) -> Iterator[UnitLine]:
    """The units of columns that hold nothing but units, and of headers that are nothing but one."""
    for index, header, cells in _columns_without_a_place(layout, rows):
        name, unit = split_unit(header)
        if unit and not name:
            yield UnitLine(unit, f"{quoted(header)} (ligne {integer(layout.header.number)})")
        units = dict.fromkeys(_unit_alone(cell) for cell in cells)
        if None not in units:
            said = f"la colonne {_column_said(index, header)}"
            is_money = "€" in units and _WHICH_EUROS.search(name)
            yield from (UnitLine(unit, said) for unit in units if unit and not (is_money and unit == "€"))


def _columns_without_a_place(layout: Layout, rows: Sequence[NumberedRow]) -> Iterator[tuple[int, str, list[str]]]:
    """Position, header and filled cells of the columns that are none of the contract's."""
    placed = {place.index for place in layout.places.values()}
    for index in range(max((len(row.cells) for row in [layout.header, *rows]), default=0)):
        if index not in placed:
            header = layout.header.cells[index] if index < len(layout.header.cells) else ""
            cells = (row.cells[index].strip() for row in rows if index < len(row.cells))
            yield index, header, [cell for cell in cells if cell]


def _column_said(index: int, header: str) -> str:
    return quoted(header) if header.strip() else f"{column_letters(index)} (sans en-tête)"


def _under_a_header(row: NumberedRow) -> list[UnitLine]:
    """The units that a row states which is no row of data: one of units alone, or one text and perhaps a unit."""
    lines = unit_lines(row)
    filled = [cell for cell in row.cells if cell.strip()]
    is_of_units = all(line.index is not None for line in lines)
    # A euro sign alone may be what is left of an amount: beside a text it states no unit.
    units = [unit for cell in filled if (unit := _unit_alone(cell))]
    is_a_text = len(filled) == 1 or (len(filled) == 2 and len(units) == 1 and units != ["€"])
    return lines if is_of_units or is_a_text else []


def _in_units(layout: Layout, lines: Sequence[UnitLine]) -> Layout:
    """The layout with the one unit that all say of each amount, or with the defect that they do not agree."""
    amounts = [c for c in layout.contract.amount_columns if c.name in layout.places]
    columns = {layout.places[c.name].index for c in amounts}
    own = [line for line in lines if line.index in columns]
    of_all = [line for line in lines if line.index not in columns]
    places, unsaid = dict(layout.places), []
    sources: dict[str, dict[str, None]] = {}
    for column in amounts:
        place = places[column.name]
        header = f"l'en-tête {quoted(place.header)}"
        said = [UnitLine(place.unit, header)] if place.unit else []
        said += [line for line in own if line.index == place.index] + of_all
        if defect := _unit_defect(said):
            return replace(layout, defect=defect)
        if not said:
            unsaid.append(column)
            continue
        places[column.name] = replace(place, unit=said[0].unit)
        if place.unit is None and said[0].unit != column.unit:
            sources.setdefault(said[0].unit, {})[said[0].said] = None
    differing = [(line, column) for line in own for column in unsaid if line.unit != column.unit]
    if differing:
        line, column = differing[0]
        return replace(
            layout,
            defect=f"{line.said} donne l'unité d'une seule colonne de montants ; celle de"
            f" {quoted(layout.places[column.name].header)} n'est pas dite. Écrire l'unité dans l'en-tête de chaque"
            " colonne de montants et renvoyer le fichier.",
        )
    return replace(
        layout,
        places=places,
        notes=tuple(
            f"les montants sont lus en {unit}, d'après {listed(list(said_there))}."
            for unit, said_there in sources.items()
        ),
    )


def _unit_defect(said: Sequence[UnitLine]) -> str | None:
    for line in said:
        if line.unit not in EXPONENTS:
            return (
                f"{line.said} donne les montants en {line.unit}. Attendu : une seule unité, €, k€ ou M€. Convertir les"
                " montants si leur unité est une autre, l'écrire dans l'en-tête de chaque colonne de montants et"
                " renvoyer le fichier."
            )
    first = said[0] if said else None
    other = next((line for line in said if first and line.unit != first.unit), None)
    if first is None or other is None:
        return None
    return (
        f"les montants ont deux unités : {first.said} dit {first.unit}, {other.said} dit {other.unit}. Garder"
        " celle qui est juste, écrite dans l'en-tête de chaque colonne de montants, par exemple « (k€) », supprimer"
        " l'autre, et renvoyer le fichier."
    )


def under_table_defect(layout: Layout, lines: Sequence[UnitLine]) -> str | None:
    """What a unit stated among or under the rows says against the unit in which each amount was read."""
    for column in layout.contract.amount_columns if lines else ():
        if place := layout.places.get(column.name):
            read = UnitLine(place.unit or column.unit or "€", f"la colonne {quoted(place.header)}")
            if defect := _unit_defect([read, *lines]):
                return defect
    return None


def unit_defect(header: str, unit: str | None) -> str | None:
    """What keeps amounts under a header of this unit from being read; `None` where it is a unit of the contracts."""
    return _unit_defect([UnitLine(unit, f"l'en-tête {quoted(header)}")]) if unit else None


def _columns_of_amounts(layout: Layout, rows: Sequence[NumberedRow]) -> Iterator[str]:
    """The columns without a place in the contract whose cells, in these rows, are amounts."""
    for index, header, cells in _columns_without_a_place(layout, rows):
        if cells and _holds_amounts(header, cells):
            yield _column_said(index, header)


def _holds_amounts(header: str, cells: Sequence[str]) -> bool:
    name, unit = split_unit(header)
    words = [word for word in name.split() if word in _AMOUNT_WORDS or word in _OTHER_WORDS]
    amounts = [cell for cell in cells if _is_amount(cell)]
    if unit not in (None, "%"):
        return bool(amounts)
    if unit == "%" or (words and words[0] in _OTHER_WORDS):
        return False
    if words:
        return bool(amounts)
    # A word that says nothing: most of its cells have to be amounts, and not all of them years.
    return 2 * len(amounts) > len(cells) and not all(_YEAR.fullmatch(cell) for cell in amounts)


def lacking_with_amounts(layout: Layout) -> list[Column]:
    """The amounts of the contract that are not found, where a column that was not read may be one of them."""
    return [c for c in layout.contract.amount_columns if c.name not in layout.places] if layout.amounts_unread else []


def amounts_remark(layout: Layout) -> str | None:
    """What to say of columns of amounts that are not read while amounts of the contract are not found."""
    lacking = lacking_with_amounts(layout)
    if not lacking:
        return None
    columns = listed(layout.amounts_unread)
    if len(layout.amounts_unread) > 1:
        said = f"les colonnes {columns} contiennent des montants et ne sont pas lues."
    else:
        said = f"la colonne {columns} contient des montants et n'est pas lue."
    return (
        f"{said} Pour qu'un montant soit lu, lui donner l'en-tête du modèle"
        f" ({listed([quoted(c.title) for c in lacking], 'ou')}) et renvoyer le fichier."
    )

"""Finds where the table stands in a sheet: header row, which column is which, label/value pairs of a cover.

What the values are is no concern here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

from relance.parsing.contract import Column, Contract, split_unit
from relance.parsing.text_table import NumberedRow
from relance.parsing.wording import column_letters, listed, normal_form, quoted


@dataclass(frozen=True)
class Place:
    """Where a column of the contract stands: its position (from 0), its header as sent, the unit it states."""

    index: int
    header: str
    unit: str | None
    row_number: int | None = None  # of its own label, on a cover


@dataclass(frozen=True)
class Layout:
    """A table found: its header row and the place of each of its columns.

    `first_row`, `last_row`: of the header, where it has more rows than `header.number`; a row of units under it is part
    of it. `amounts_unread`: the columns of amounts that are none of the contract's, as they are said. `defect`: what
    its surroundings say against it, `notes`: what they say for the sender.
    """

    contract: Contract
    header: NumberedRow
    places: dict[str, Place]
    unread: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    cover_cells: tuple[str, ...] = field(default=())
    first_row: int = 0
    last_row: int = 0
    amounts_unread: tuple[str, ...] = ()
    defect: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def above_body(self) -> NumberedRow:
        """The header under the number of its last row: what follows are rows of data."""
        return NumberedRow(max(self.header.number, self.last_row), self.header.cells)

    @property
    def nameless(self) -> tuple[int, ...]:
        """The columns without a header."""
        return tuple(i for i, cell in enumerate(self.header.cells) if not cell.strip())

    @property
    def missing(self) -> tuple[Column, ...]:
        """Required columns that are not there; a vintage's own are required of that vintage."""
        vintages = {v.name for v in self.contract.vintages if v.recognised_by in self.places}
        return tuple(
            c
            for c in self.contract.sent_columns
            if c.is_required and c.name not in self.places and (c.only_in is None or c.only_in in vintages)
        )

    @property
    def is_whole(self) -> bool:
        """Whether all that is required is there, once, and every header is one of the contract's."""
        return not (self.missing or self.unread or self.twice)

    @property
    def score(self) -> tuple[bool, int]:
        return not self.missing, len(self.places)


def _wanted(contract: Contract, names: set[str]) -> dict[str, Column]:
    """Header without its unit -> column, where the headers sent are `names`."""
    wanted: dict[str, Column] = {}
    for column in contract.sent_columns:
        for header in column.headers:
            wanted.setdefault(split_unit(header)[0], column)
        for header, beside in column.headers_beside.items():
            if split_unit(beside)[0] in names and split_unit(header)[0] in names:
                wanted[split_unit(header)[0]] = column
    return wanted


def match_header(row: NumberedRow, contract: Contract) -> Layout:
    """Which columns of the contract the cells of `row` head."""
    sent = [(i, cell, *split_unit(cell)) for i, cell in enumerate(row.cells) if cell.strip()]
    wanted = _wanted(contract, {name for _, _, name, _ in sent})
    places: dict[str, Place] = {}
    unread, twice = [], []
    for index, cell, name, unit in sent:
        column_or_none = wanted.get(name)
        header = " ".join(cell.split())
        if column_or_none is None:
            unread.append(header)
        elif column_or_none.name in places:
            first = places[column_or_none.name]
            twice.append(
                f"{quoted(first.header)} (colonne {column_letters(first.index)}) et {quoted(header)}"
                f" (colonne {column_letters(index)})"
            )
        else:
            places[column_or_none.name] = Place(index, header, unit)
    return Layout(contract, row, places, tuple(unread), tuple(twice))


def find_table(head: Sequence[NumberedRow], contracts: Sequence[Contract]) -> Layout | None:
    """The best header among the first rows, for the contract it fits best; `None` where nothing looks like one.

    Two headers at least have to be recognised: one word such as « Projet » may stand anywhere. Where no row has
    all that is required, two that follow each other are also read as one header.
    """
    best = _best(None, ((row, contract) for row in head for contract in contracts))
    if best is not None and not best.missing:
        return replace(best, first_row=best.header.number)
    joined = {lower.number: (upper, lower) for upper, lower in pairwise(head)}
    both = _best(best, ((_joined(*pair, contract), contract) for pair in joined.values() for contract in contracts))
    if both is None or both is best:
        return best and replace(best, first_row=best.header.number)
    return replace(both, first_row=joined[both.header.number][0].number)


def _best(best: Layout | None, headers: Iterable[tuple[NumberedRow, Contract]]) -> Layout | None:
    for row, contract in headers:
        layout = match_header(row, contract)
        if len(layout.places) >= 2 and (best is None or layout.score > best.score):
            best = layout
    return best


def _joined(upper: NumberedRow, lower: NumberedRow, contract: Contract) -> NumberedRow:
    """Two rows as one header, each cell read in the first of these ways that the contract knows.

    The lower cell; both together; the lower cell under the group to its left, whose merged cells are empty but
    for the first; the upper cell, where it spans both rows.
    """
    known = _wanted(contract, set())
    cells, group = [], ""
    for above, below in zip_longest(upper.cells, lower.cells, fillvalue=""):
        group = above if above.strip() else group
        ways = [below, f"{above} {below}", f"{group} {below}"] if below.strip() else [above]
        way = next((way for way in ways if split_unit(way)[0] in known), ways[0])
        unit = split_unit(group)[1]
        if way is below and below.strip() and unit not in (None, split_unit(below)[1]):
            way = f"{below} ({unit})"
        cells.append(way)
    return NumberedRow(lower.number, tuple(cells))


def table_defect(layout: Layout) -> str | None:
    """What keeps a table from being read at all, as the end of a sentence that begins with where it is."""
    if layout.twice:
        return (
            f"la même colonne est donnée deux fois : {' ; '.join(layout.twice)}. "
            "N'en garder qu'une et renvoyer le fichier."
        )
    if layout.missing:
        titles = [quoted(c.title) for c in layout.missing]
        many = len(titles) > 1
        return (
            f"{'les colonnes obligatoires' if many else 'la colonne obligatoire'} {listed(titles)}"
            f" {'manquent' if many else 'manque'} (en-tête lu à la ligne {layout.header.number}). "
            "Reprendre les en-têtes du modèle et renvoyer le fichier."
            + (f" Montants non lus : {listed(layout.amounts_unread)}." if layout.amounts_unread else "")
        )
    lacking = [c for c in layout.contract.sent_columns if c.is_required_with_amounts and c.name not in layout.places]
    if lacking and layout.amounts_unread:
        many = len(layout.amounts_unread) > 1
        return (
            f"la colonne {quoted(lacking[0].title)} manque, alors que {'les colonnes' if many else 'la colonne'}"
            f" {listed(layout.amounts_unread)} {'contiennent' if many else 'contient'} des montants."
            " Donner cet en-tête à la colonne des coûts, retirer les autres colonnes de montants et renvoyer le"
            " fichier."
        )
    return layout.defect


def find_cover(rows: Sequence[NumberedRow], contract: Contract) -> Layout | None:
    """A cover's label/value pairs as a table of one row; `None` where no label is recognised.

    The label is the first filled cell of a row, the value the next one to its right.
    """
    wanted: dict[str, Column] = {}
    for column in contract.sent_columns:
        for header in column.headers:
            wanted.setdefault(normal_form(header), column)
    bare = {split_unit(h)[0]: c for c in contract.sent_columns for h in c.headers}
    places: dict[str, Place] = {}
    values: list[str] = []
    twice = []
    for row in rows:
        filled = [cell for cell in row.cells if cell.strip()]
        if not filled:
            continue
        label, unit = split_unit(filled[0])
        found = wanted.get(normal_form(filled[0])) or bare.get(label)
        if found is None:
            continue
        header = " ".join(filled[0].split()).rstrip(" :")
        if found.name in places:
            twice.append(f"{quoted(header)} (lignes {places[found.name].row_number} et {row.number})")
            continue
        places[found.name] = Place(len(values), header, unit, row.number)
        values.append(filled[1] if len(filled) > 1 else "")
    if not places:
        return None
    first = min(p.row_number or 0 for p in places.values())
    return Layout(contract, NumberedRow(first, ()), places, (), tuple(twice), tuple(values))

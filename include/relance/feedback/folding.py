"""Folds cascades: cells that break one rule for one cause are one problem with its range."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from relance.feedback.problems import Problem
from relance.feedback.sent import Found
from relance.parsing.sentences import place, row_place
from relance.parsing.wording import integer, listed, plural, quoted

T = TypeVar("T")

# A row in which so many columns are wrong is not wrong in each of them: its cells have slipped.
SLIPPED = 3
# Of one control so many findings are told one by one.
TOLD = 3


@dataclass(frozen=True)
class Fold:
    """One problem of `count` cells, from `first.row` to `last_row`; `columns` are those at fault.

    `value` is what stands in the first cell, and in the last where that is something else.
    """

    first: Problem
    last_row: int
    columns: tuple[str, ...]
    value: str
    advice: str
    count: int

    @property
    def rows(self) -> str:
        """`5`, or `5 à 54`."""
        first, last = integer(self.first.row), integer(self.last_row)
        return first if first == last else f"{first} à {last}"

    @property
    def column(self) -> str:
        return ", ".join(self.columns)

    @property
    def sentence(self) -> str:
        if self.count == 1:
            return self.first.sentence
        where = row_place(self.first.sheet) if len(self.columns) != 1 else place(self.first.sheet, self.columns[0])
        if self.last_row > self.first.row:
            where = where.replace("ligne {row}", "lignes {row}").replace("Ligne {row}", "Lignes {row}")
        return f"{where.replace('{row}', self.rows)} : {self.advice[:1].lower()}{self.advice[1:]}"


def fold(problems: Iterable[Problem]) -> list[Fold]:
    """Fold contiguous rows with the same rule in one column, and rows of which most cells are at fault.

    `problems` are in the order of tables and rows, and so are the folds.
    """
    folds: list[tuple[tuple[int, int, int], Fold]] = []
    for number, (_, of_table) in enumerate(groupby(problems, key=lambda one: (one.title, one.sheet))):
        slipped: list[list[Problem]] = []
        alone: dict[tuple[str | None, str], list[Problem]] = {}
        for _, in_row in groupby(of_table, key=lambda one: one.row):
            row = list(in_row)
            if row[0].header_row is not None and len({one.column for one in row}) >= SLIPPED:
                slipped.append(row)
            else:
                for one in row:
                    alone.setdefault((one.column, one.rule), []).append(one)
        made = [_slipped(run) for run in _runs(slipped, lambda row: row[0].row, _columns)]
        for run_of in alone.values():
            made += [_same_rule(run) for run in _runs(run_of, lambda one: one.row, lambda one: one.header_row is None)]
        folds += [((number, one.first.row, at), one) for at, one in enumerate(made)]
    return [one for _, one in sorted(folds, key=lambda pair: pair[0])]


def fold_findings(findings: Sequence[Found]) -> list[str]:
    """The sentences of what controls found; of a control with many the first ones, and how many more there are."""
    sentences: list[str] = []
    for control_id in dict.fromkeys(found.control_id for found in findings):
        of_control = [found.sentence for found in findings if found.control_id == control_id]
        told = of_control if len(of_control) <= TOLD + 1 else of_control[:TOLD]
        sentences += told
        if left := len(of_control) - len(told):
            sentences.append(f"Le même constat vaut pour {plural(left, 'autre ligne', 'autres lignes')} du fichier.")
    return sentences


def _runs(items: Sequence[T], row_of: Callable[[T], int], same: Callable[[T], Hashable]) -> list[list[T]]:
    runs: list[list[T]] = []
    for item in items:
        if runs and row_of(item) == row_of(runs[-1][-1]) + 1 and same(item) == same(runs[-1][-1]):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _columns(row: list[Problem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.column for one in row if one.column is not None))


def _same_rule(run: list[Problem]) -> Fold:
    first, last = run[0], run[-1]
    columns = () if first.column is None else (first.column,)
    if len(run) == 1:
        return Fold(first, first.row, columns, first.value, first.advice, 1)
    value = first.value if len({one.value for one in run}) == 1 else f"{first.value} … {last.value}"
    advice = f"{plural(len(run), 'cellule')} de suite. La première : {first.advice[:1].lower()}{first.advice[1:]}"
    return Fold(first, last.row, columns, value, advice, len(run))


def _slipped(run: list[list[Problem]]) -> Fold:
    first, columns = run[0][0], _columns(run[0])
    is_one = len(run) == 1
    if all(one.rule == "required" for row in run for one in row):
        cause = "la compléter, ou l'ôter" if is_one else "les compléter, ou les ôter"
    else:
        cause = f"{'ses' if is_one else 'leurs'} cellules ont sans doute glissé d'une colonne à l'autre"
    who = "La ligne a" if is_one else f"{plural(len(run), 'ligne')} de suite ont"
    advice = (
        f"{who} {len(columns)} cellules en défaut"
        f" ({listed([quoted(column, 40) for column in columns])}) : {cause}."
        f" La première : {first.advice[:1].lower()}{first.advice[1:]}"
    )
    return Fold(first, run[-1][0].row, columns, first.value, advice, sum(len(row) for row in run))

"""The table of problems as a CSV file that French spreadsheets open on a double click."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from relance.feedback.folding import Fold
from relance.feedback.safe import csv_cell, one_line

HEADER = (
    "Tableau", "Onglet", "Ligne", "Dernière ligne", "Colonne", "Valeur trouvée", "Ce qui ne va pas et que faire",
    "Règle", "Niveau",
)  # fmt: skip


def problems_csv(folds: Iterable[Fold]) -> bytes:
    """UTF-8 with its mark, `;` between cells, one problem a line; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    for fold in folds:
        p = fold.first
        rows = (str(p.row), str(fold.last_row))
        cells = (p.title, p.sheet or "", *rows, fold.column, fold.value, fold.advice, p.rule, p.level)
        # In this order: a tab or a line end at the start marks a formula too.
        writer.writerow([one_line(csv_cell(cell)) for cell in cells])
    return text.getvalue().encode("utf-8-sig")

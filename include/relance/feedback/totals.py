"""The totals that a cover declares against what the rows of the same file add up to.

The same comparison as `quality.declared_totals`: with all rows of the file, rejected ones included, and only where
the file has the table that the figure sums up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import duckdb

from relance import french, sql
from relance.parsing import ParsedFile

COVER = "cover"
# Figure in French, column of the cover, table, amount of it (None: its rows are counted).
FIGURES = (
    ("Nombre de subventions", "declared_award_count", "awards", None),
    ("Total accordé", "declared_awarded_eur", "awards", "awarded_eur"),
    ("Total engagé (AE)", "declared_committed_eur", "execution", "committed_eur"),
    ("Total payé (CP)", "declared_paid_eur", "execution", "paid_eur"),
)


@dataclass(frozen=True)
class Total:
    """One declared figure: integer cents, or a number of rows where `is_count`."""

    label: str
    declared: int
    in_file: int
    accepted: int
    is_count: bool

    @property
    def agrees(self) -> bool:
        return self.declared == self.in_file

    def shown(self, value: int) -> str:
        return french.count(value) if self.is_count else french.euros(value)


def declared_totals(parsed: ParsedFile) -> list[Total]:
    """The figures that an accepted cover declares, in the cover's order; none without one."""
    tables = parsed.facts["tables"]
    if not tables.get(COVER, {}).get("rows_accepted"):
        return []
    columns = ", ".join(
        f"cast({column} * {1 if amount is None else french.CENTS} as bigint)" for _, column, _, amount in FIGURES
    )
    with duckdb.connect(":memory:") as connection:
        source = sql.literal(str(parsed.rows_path(COVER)))
        row = connection.execute(f"select {columns} from read_parquet({source})").fetchone() or ()
    totals = []
    for (label, _, table, amount), declared in zip(FIGURES, row, strict=True):
        if declared is None or table not in tables:
            continue
        facts = tables[table]
        if amount is None:
            totals.append(Total(label, declared, facts["rows_in"], facts["rows_accepted"], True))
        elif sums := facts["amounts"].get(amount):
            totals.append(Total(label, declared, _cents(sums["in_eur"]), _cents(sums["accepted_eur"]), False))
    return totals


def _cents(euros: str) -> int:
    """The whole cents of an exact sum, half of one away from zero: what a cover can declare."""
    return int(Decimal(euros).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)

"""The cells of a file that were rejected, or read otherwise than sent, each with where it stands and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from relance import sql
from relance.parsing import Contract, ParsedFile, load_contracts
from relance.parsing.sentences import place, row_place
from relance.parsing.value_sql import DIVIDED

# A file in which everything is wrong has one cause, which the first of its problems show.
MAX_PROBLEMS = 20_000


@dataclass(frozen=True)
class Problem:
    """One rule that one cell breaks; a remark where its row counts all the same.

    `row` is the row as the sender sees it, `value` what stands there; `sheet` is None in a CSV and `column` None where
    the row as a whole is at fault. `advice` is the sentence without the place. `header_row` is None on a cover, whose
    labels stand beside.
    """

    title: str
    sheet: str | None
    row: int
    column: str | None
    value: str
    rule: str
    sentence: str
    advice: str
    header_row: int | None
    is_remark: bool = False

    @property
    def level(self) -> str:
        return "à vérifier" if self.is_remark else "à corriger"


def contracts_of(parsed: ParsedFile) -> dict[str, Contract]:
    """The contracts of the tables that the file has, in the order in which they were read."""
    contracts = {c.table: c for c in load_contracts(parsed.facts["kind"])}
    return {table: contracts[table] for table in parsed.facts["tables"]}


def read_problems(parsed: ParsedFile) -> tuple[list[Problem], int]:
    """The first `MAX_PROBLEMS` problems by table and row, and how many there are."""
    return _read(parsed, parsed.rejects_path, "rows_rejected", "value")


def read_remarks(parsed: ParsedFile) -> tuple[list[Problem], int]:
    """Of the cells that were cleared or repaired, the first `MAX_PROBLEMS` by table and row, and how many there are."""
    remarks, total = _read(parsed, parsed.corrections_path, "cells_corrected", "value_sent")
    return [replace(remark, is_remark=True) for remark in remarks], total


def _read(parsed: ParsedFile, path_of: Callable[[str], Path], counted_by: str, value: str) -> tuple[list[Problem], int]:
    problems: list[Problem] = []
    total = 0
    with duckdb.connect(":memory:") as connection:
        for table, contract in contracts_of(parsed).items():
            facts = parsed.facts["tables"][table]
            if not facts[counted_by]:
                continue
            source = f"read_parquet({sql.literal(str(path_of(table)))})"
            counted = connection.execute(f"select count(*) from {source}").fetchone()
            total += counted[0] if counted else 0
            header_row = None if contract.layout == "label-value" else int(facts["header_row"])
            found = connection.execute(
                f"select sheet, row_number, column_name, coalesce({value}, ''), rule, sentence from {source} "
                f"limit {MAX_PROBLEMS - len(problems)}"
            )
            problems += [_problem(contract.title, header_row, *row) for row in found.fetchall()]
    return problems, total


def _problem(
    title: str, header_row: int | None, sheet: str | None, row: int, column: str | None, value: str, rule: str,
    sentence: str,
) -> Problem:  # fmt: skip
    where = (place(sheet, column) if column is not None else row_place(sheet)).replace("{row}", str(row))
    advice = sentence.removeprefix(f"{where} : ")
    shown = _shown(rule, value)
    return Problem(title, sheet, row, column, shown, rule, sentence, advice[:1].upper() + advice[1:], header_row)


def _shown(rule: str, value: str) -> str:
    """The value as the sender knows it, without the signs by which the reader of workbooks says what its cell is."""
    if rule == "uncomputed":
        return "(formule non calculée)"
    return value.partition(f" {DIVIDED}")[0].replace(".", ",") if rule == "scaled" else value

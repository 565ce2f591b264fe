"""What is said, in French, of files that came together and of which nobody can tell which is the later one.

The same sentence is a remark on each of them, and what the control that holds the build says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from relance import french, sql
from relance.feedback.safe import one_line
from relance.parsing import ParsedFile, load_contracts
from relance.parsing.wording import listed, quoted

SHOWN_AMOUNTS = 2


@dataclass(frozen=True)
class Clashing:
    """One of the files: its name, its sender's own time (UTC), and what parsing says of its tables."""

    name: str
    sent_at: dt.datetime | None
    tables: Mapping[str, Mapping[str, Any]]


def clash_sentence(
    kind: str, whose: str, files: Sequence[Clashing], tables: Sequence[str], *, is_contradicted: bool
) -> str:
    """Name the files, what they are of (`whose`, such as `pour le ministère CUL`), their tables and what differs."""
    contracts = {contract.table: contract for contract in load_contracts(kind)}
    named = listed([_named(file) for file in files])
    given = " ; ".join(
        f"{quoted(contracts[table].title)} ({_difference(files, table, contracts[table].columns)})" for table in tables
    )
    why = (
        "Leur date et leur nom se contredisent"
        if is_contradicted
        else "Ni leur date ni leur nom ne disent lequel est le dernier"
    )
    return (
        f"{named}, reçus ensemble, donnent chacun {whose} : {given}. {why} : aucun n'est retenu tant que ce n'est pas"
        " décidé, et l'envoi précédent, s'il y en a un, continue de compter."
    )


def say_the_same(one: ParsedFile, other: ParsedFile, table: str) -> bool:
    """Whether two files have the same rows of a table, wherever they stand in them, and rejected none of it.

    So has a workbook that was saved in two formats. `table` is one that both have.
    """
    facts = one.facts["tables"][table], other.facts["tables"][table]
    if any(found.get("rows_in") is None or found["rows_rejected"] for found in facts):
        return False
    if any(facts[0][name] != facts[1][name] for name in ("rows_in", "amounts")):
        return False
    rows = [
        f"(from read_parquet({sql.literal(file.rows_path(table))}) select * exclude (sheet, row_number))"
        for file in (one, other)
    ]
    with duckdb.connect() as connection:
        differing = connection.execute(f"from ({rows[0]} except all {rows[1]}) limit 1").fetchone()
    return differing is None


def _named(file: Clashing) -> str:
    name = quoted(one_line(file.name), 120)
    return f"{name} (enregistré le {french.instant(file.sent_at)})" if file.sent_at else name


def _difference(files: Sequence[Clashing], table: str, columns: Sequence[Any]) -> str:
    """Rows where they differ, then the first sums that do; all sums are of what was read, rejected rows included."""
    found = [file.tables.get(table, {}) for file in files]
    said = []
    rows = [int(facts.get("rows_in", 0)) for facts in found]
    if len(set(rows)) > 1:
        said.append(f"{listed([french.count(one) for one in rows])} lignes")
    for column in columns:
        cents = [facts.get("amounts", {}).get(column.name, {}).get("in_cents", 0) for facts in found]
        if len(set(cents)) > 1:
            said.append(f"{column.title} : {listed([french.euros(one) for one in cents])}")
    return ", ".join(said[: 1 + SHOWN_AMOUNTS]) or "autant de lignes et les mêmes sommes, mais d'autres cellules"

"""A mart in a publication's own files: its table with key, required columns and comments, and its Parquet metadata.

Only what the publication's manifest says of the mart is used; a mart of which it says nothing is a bare table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from relance import sql

LABEL, DESCRIPTION, KEY, COLUMNS = "label_fr", "description", "key", "columns"


def creating(table: str, columns: Sequence[tuple[str, str]], described: dict[str, Any]) -> Iterator[str]:
    """The statements that make a mart's empty table, whose quoted name is `table`, of its columns' names and types."""
    known = {column["name"]: column for column in described.get(COLUMNS, ())}
    parts = [_column(name, type_, known.get(name, {})) for name, type_ in columns]
    if described.get(KEY):
        parts.append(f"primary key ({', '.join(map(sql.name, described[KEY]))})")
    yield f"create table {table} ({', '.join(parts)})"
    yield from _commenting("table", table, described)
    for name, _ in columns:
        yield from _commenting("column", f"{table}.{sql.name(name)}", known.get(name, {}))


def parquet_metadata(described: dict[str, Any]) -> dict[str, str]:
    """The key-value metadata of the mart's Parquet file: `label_fr`, `description`, and as JSON `key` and `columns`.

    `columns` has of each its name, label, unit and description. Empty where nothing is said of the mart.
    """
    texts = {name: described[name] for name in (LABEL, DESCRIPTION) if described.get(name)}
    names = ("name", LABEL, "unit", DESCRIPTION)
    columns = [{name: column[name] for name in names} for column in described.get(COLUMNS, ())]
    lists = {KEY: described.get(KEY), COLUMNS: columns}
    return {**texts, **{name: json.dumps(value, ensure_ascii=False) for name, value in lists.items() if value}}


def _column(name: str, type_: str, known: dict[str, Any]) -> str:
    return f"{sql.name(name)} {type_}{' not null' if known.get('is_required') else ''}"


def _commenting(kind: str, what: str, described: dict[str, Any]) -> Iterator[str]:
    said = " — ".join(described[name] for name in (LABEL, DESCRIPTION) if described.get(name))
    if said:
        yield f"comment on {kind} {what} is {sql.literal(said)}"

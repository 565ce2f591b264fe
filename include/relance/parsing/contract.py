"""Reads the contracts: which columns a table has, how they may be headed, what each value must be.

A contract is a Frictionless Table Schema with a `relance` object for what that standard has no word for.
At the table: `kind`, `table`, `sheets` (names that sheet may have), `layout` (`label-value` for a cover,
`document` for a dossier, whose further words `dossier` explains), `facts` (fact of the file -> column),
`empty_table` (`set-aside` where a table without rows is no table).
At a field: `headers` (other headers seen), `headers_beside` (a header that means this column only where the
other one stands beside it), `unit` (`€`, `k€`, `M€`, `ratio`), `scale` (decimals of a plain number), `month`
(`first-day`: a month alone is read as its first day), `spaces` (`removed` in identifiers), `derived` (no
column of the file: true where `from` matches `pattern`), `example` for the sentences.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from relance.errors import RelanceError
from relance.parsing.wording import normal_form

CONTRACTS_DIR = Path(__file__).resolve().parents[1] / "contracts"
UNIT_WORDS = {"eur": "€", "keur": "k€", "meur": "M€"}


@dataclass(frozen=True)
class Column:
    """One column of a table, as its contract states it."""

    name: str
    title: str
    type: str  # string | number | integer | date | boolean
    duckdb_type: str
    headers: tuple[str, ...]
    headers_beside: dict[str, str]
    unit: str | None
    scale: int | None
    is_required: bool
    is_unique: bool
    enum: tuple[str, ...]
    pattern: str | None
    minimum: str | None
    maximum: str | None
    missing: tuple[str, ...]
    true_values: tuple[str, ...]
    false_values: tuple[str, ...]
    reads_months: bool
    removes_spaces: bool
    derived_from: str | None
    derived_pattern: str | None
    example: str | None

    @property
    def is_amount(self) -> bool:
        """Whether it is money: exact cents, summed and asserted."""
        return self.unit in ("€", "k€", "M€")


@dataclass(frozen=True)
class Contract:
    """One table of one kind of file."""

    kind: str
    table: str
    title: str
    columns: tuple[Column, ...]
    sheets: tuple[str, ...]
    layout: str
    facts: dict[str, str]
    sets_empty_aside: bool
    raw: dict[str, Any] = field(repr=False, compare=False)

    @property
    def sent_columns(self) -> tuple[Column, ...]:
        """The columns that a file can have; derived ones are left out."""
        return tuple(c for c in self.columns if c.derived_from is None)

    @property
    def amount_columns(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.is_amount)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def _duckdb_type(field_type: str, unit: str | None, scale: int | None) -> str:
    if field_type == "number":
        return f"DECIMAL(18,{scale if scale is not None else 12 if unit == 'ratio' else 2})"
    return {"string": "VARCHAR", "integer": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}[field_type]


def _column(raw: dict[str, Any], table_missing: list[str]) -> Column:
    constraints, extra = raw.get("constraints", {}), raw.get("relance", {})
    derived = extra.get("derived", {})
    unit, scale = extra.get("unit"), extra.get("scale")

    def text(key: str) -> str | None:
        return str(constraints[key]) if key in constraints else None

    return Column(
        name=raw["name"],
        title=raw["title"],
        type=raw["type"],
        duckdb_type=_duckdb_type(raw["type"], unit, scale),
        headers=(raw["title"], *extra.get("headers", [])),
        headers_beside=extra.get("headers_beside", {}),
        unit=unit,
        scale=scale,
        is_required=bool(constraints.get("required", False)),
        is_unique=bool(constraints.get("unique", False)),
        enum=tuple(constraints.get("enum", ())),
        pattern=text("pattern"),
        minimum=text("minimum"),
        maximum=text("maximum"),
        missing=tuple(m for m in raw.get("missingValues", table_missing) if m),
        true_values=tuple(raw.get("trueValues", ())),
        false_values=tuple(raw.get("falseValues", ())),
        reads_months=extra.get("month") == "first-day",
        removes_spaces=extra.get("spaces") == "removed",
        derived_from=derived.get("from"),
        derived_pattern=derived.get("pattern"),
        example=extra.get("example"),
    )


def contract_from(raw: dict[str, Any]) -> Contract:
    """A contract from its descriptor (the decoded JSON)."""
    extra = raw["relance"]
    return Contract(
        kind=extra["kind"],
        table=extra["table"],
        title=raw["title"],
        columns=tuple(_column(f, raw.get("missingValues", [""])) for f in raw["fields"]),
        sheets=tuple(extra.get("sheets", ())),
        layout=extra.get("layout", "table"),
        facts=extra.get("facts", {}),
        sets_empty_aside=extra.get("empty_table") == "set-aside",
        raw=raw,
    )


@cache
def load_contracts(kind: str) -> tuple[Contract, ...]:
    """The contracts of a kind of file, by table name. Raises `RelanceError` for a kind that has none."""
    contracts = tuple(
        contract_from(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(CONTRACTS_DIR.glob(f"{kind}.*.json"))
    )
    if not contracts:
        known = sorted({p.name.split(".")[0] for p in CONTRACTS_DIR.glob("*.json")})
        raise RelanceError(f"No contract for files of kind {kind!r}; the kinds known are {', '.join(known)}.")
    return contracts


def contract_columns(kind: str) -> dict[str, list[tuple[str, str]]]:
    """Table -> (column, DuckDB type) in the order of the rows' Parquet, after `sheet` and `row_number`."""
    return {c.table: [(col.name, col.duckdb_type) for col in c.columns] for c in load_contracts(kind)}


@cache
def contract_version() -> str:
    """12 hex digits over everything that decides what parsing gives: contracts, this code, its engines."""
    digest = hashlib.sha256()
    for path in sorted(CONTRACTS_DIR.glob("*.json")) + sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for engine in ("duckdb", "pyarrow", "python-calamine"):
        digest.update(f"{engine}=={metadata.version(engine)}".encode())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=10_000)
def split_unit(header: str) -> tuple[str, str | None]:
    """A header's normal form without its unit, and that unit: `Coût (k€)` and `Coût en k€` -> (`cout`, `k€`)."""
    name: list[str] = []
    unit = None
    for word in normal_form(header).split():
        if word not in UNIT_WORDS:
            name.append(word)
            continue
        unit = UNIT_WORDS[word]
        if name and name[-1] == "en":
            name.pop()
    return " ".join(name), unit

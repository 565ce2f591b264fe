"""What a drawn workbook is, before it is a file of any format."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).parents[2] / "include" / "relance" / "contracts"
FIELDS: dict[str, list[dict[str, Any]]] = {
    table: json.loads((CONTRACTS / f"{kind}.{table}.json").read_text(encoding="utf-8"))["fields"]
    for kind, table in (
        ("submission", "cover"), ("submission", "awards"), ("submission", "execution"),
        ("submission", "project_follow_up"), ("panorama", "panorama_projects"),
    )
}  # fmt: skip
# Who can write what: XLSX as openpyxl and XlsxWriter write it, the same with prefixed names or without references, ...
WRITERS = ("openpyxl", "xlsxwriter", "openpyxl-prefixed", "openpyxl-bare", "ods", "xlwt")
SHARES = (30, 20, 7, 7, 22, 14)


@dataclass(frozen=True)
class Formula:
    """A formula, its result, and what the file stores of it: `computed`, `absent`, `zero`."""

    text: str
    result: Any
    state: str = "computed"


@dataclass(frozen=True)
class Failed:
    """An error cell, with the formula that failed."""

    code: str = "#DIV/0!"
    formula: str = "1/0"


Value = str | int | float | bool | dt.date | dt.datetime | Formula | Failed | None


@dataclass(frozen=True)
class Cell:
    value: Value
    format: str = "General"
    family: str = "plain"
    is_red: bool = False
    is_covered: bool = False  # by a merged cell: nobody sees it

    @property
    def is_text(self) -> bool:
        value = self.value.result if isinstance(self.value, Formula) else self.value
        return isinstance(value, str)


@dataclass
class Sheet:
    name: str
    table: str
    rows: list[list[Cell]]
    header: int = 0  # number of the header's row, from 1; a cover has none
    columns: list[str] = field(default_factory=list)
    is_hidden: bool = False
    is_second: bool = False  # for a table that has a sheet already
    hidden_rows: set[int] = field(default_factory=set)
    is_filtered: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # first row, last row, first, last column


@dataclass
class Book:
    name: str
    kind: str
    writer: str
    sheets: list[Sheet]
    is_1904: bool = False
    recalculates: bool = False  # says that everything is to be computed when it is opened
    oddities: list[str] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return not self.oddities and all(c.family == "plain" for s in self.sheets for row in s.rows for c in row)

    @property
    def extension(self) -> str:
        return {"ods": "ods", "xlwt": "xls"}.get(self.writer, "xlsx")


def is_amount(field: dict[str, Any]) -> bool:
    """Whether a column holds money; durations have units as well."""
    return field.get("relance", {}).get("unit") in ("€", "k€", "M€")


def column(table: str, name: str) -> dict[str, Any]:
    """A column as its contract describes it."""
    return next(f for f in FIELDS[table] if f["name"] == name)

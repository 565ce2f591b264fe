"""Parses bytes as a sender would send them, and reads back what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance.parsing import ParsedFile, contract_from, parse_object
from relance.parsing.contract import linked
from relance.parsing.engine import connect
from relance.parsing.layout import match_header
from relance.parsing.table_parse import parse_table
from relance.parsing.text_table import Body, NumberedRow, write_numbered


@dataclass(frozen=True)
class Parsed:
    """A parse, with its rows and rejects as dictionaries."""

    file: ParsedFile

    @property
    def facts(self) -> dict[str, Any]:
        return self.file.facts

    def written(self) -> dict[str, bytes]:
        """Every file of the parse, by its name."""
        return {path.name: path.read_bytes() for path in sorted(self.file.directory.iterdir())}

    def rows(self, table: str) -> list[dict[str, Any]]:
        return _read(self.file.rows_path(table))

    def rejects(self, table: str) -> list[dict[str, Any]]:
        return _read(self.file.rejects_path(table))

    def corrections(self, table: str) -> list[dict[str, Any]]:
        """The cells of accepted rows that were cleared or repaired; none where there is no such file."""
        path = self.file.corrections_path(table)
        return _read(path) if path.exists() else []

    def rejected_amounts(self, table: str) -> list[tuple[Any, ...]]:
        """Row, award, line, column and amount of the rejected rows; none where there is no such file."""
        path = self.file.rejected_amounts_path(table)
        columns = ("row_number", "award_id", "line_code", "column_name", "rejected_eur")
        return [tuple(row[name] for name in columns) for row in _read(path)] if path.exists() else []


def _read(path: Path) -> list[dict[str, Any]]:
    result = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


Parse = Callable[..., Parsed]


@pytest.fixture
def parse(tmp_path: Path) -> Parse:
    """Parse bytes, a text (as UTF-8) or a file; each test has a parsed root of its own."""

    def _parse(content: bytes | str | Path, kind: str = "submission", root: Path | None = None) -> Parsed:
        data = content.read_bytes() if isinstance(content, Path) else content
        data = data.encode() if isinstance(data, str) else data
        sha256 = hashlib.sha256(data).hexdigest()
        source = tmp_path / f"{sha256}.object"
        source.write_bytes(data)
        return Parsed(parse_object(source, sha256, kind, root or tmp_path / "parsed"))

    return _parse


COVER = "Code du ministère;COT\nPériode;2021-T2\n\n"
EXECUTION = "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€);Observations\n"


@pytest.fixture
def execution(parse: Parse) -> Callable[..., Parsed]:
    """Parse a CSV submission whose table is the execution, from its body's lines (header on line 4)."""
    return lambda *lines: parse(COVER + EXECUTION + "".join(line + "\n" for line in lines))


@pytest.fixture
def parse_essai(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """What is told, rejects and corrections, of lines (cells cut by `;`, from row 2) read by a contract's raw form."""

    def _parse(descriptor: dict[str, Any], lines: list[str]) -> list[dict[str, Any]]:
        (contract,) = linked([contract_from(descriptor)])
        header = tuple(column.title for column in contract.columns)
        rows = [NumberedRow(i, tuple(line.split(";"))) for i, line in enumerate(lines, 2)]
        write_numbered(tmp_path / "body.csv", rows)
        body = Body(tmp_path / "body.csv", len(header), 1, is_numbered=True, record_count=len(rows))
        with connect(tmp_path) as connection:
            parse_table(connection, match_header(NumberedRow(1, header), contract), [body], None, tmp_path)
        cleared = tmp_path / f"{contract.table}.corrections.parquet"
        told = [*_read(tmp_path / f"{contract.table}.rejects.parquet"), *(_read(cleared) if cleared.exists() else ())]
        return sorted(told, key=lambda one: one["row_number"])

    return _parse

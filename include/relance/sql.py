"""Quoting for SQL that is compiled: table and column names, and paths in DDL, cannot be parameters."""

from __future__ import annotations

from pathlib import Path


def name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A string literal, quoted."""
    return "'" + str(text).replace("'", "''") + "'"

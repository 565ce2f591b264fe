"""Neutralises what a sender wrote before it goes into a cell, a file name or a link."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_RESERVED = '<>:"/\\|?*'
_MAX_STEM = 100


def csv_cell(value: str) -> str:
    """The value with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) or value.lstrip().startswith(_FORMULA_STARTS) else value


def one_line(text: str) -> str:
    """The text on one line, its control characters visible, and nothing that turns the direction of reading."""
    text = text.translate(dict.fromkeys(map(ord, "\t\r\n\v\f"), " "))
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in text)


def stem(file_name: str) -> str:
    """The file's name without folders and extension, as a file name that every system takes."""
    kept = "".join("_" if c in _RESERVED else c for c in one_line(PurePosixPath(file_name).stem))
    kept = kept.strip(". ")[:_MAX_STEM] or "fichier"
    return f"_{kept[1:]}" if kept.startswith(_FORMULA_STARTS) else kept

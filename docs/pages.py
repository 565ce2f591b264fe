"""What the scripts that make a page of the documentation share."""

from __future__ import annotations

from pathlib import Path


def write(page: Path, text: str) -> None:
    """Write a page, and say where."""
    page.write_text(text, encoding="utf-8")
    print(f"wrote {page}")

"""The pages that are made from the code are current, and every link between pages leads somewhere."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGES = sorted([PROJECT / "README.md", PROJECT / "samples" / "README.md", *(PROJECT / "docs").glob("*.md")])


@pytest.mark.parametrize(
    "name", ["build_controls", "build_marts", "build_marts_contracts", "build_submissions_contract"]
)
def test_the_page_is_what_the_contracts_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROJECT / "docs")
    builder = importlib.import_module(name)
    assert builder.PAGE.read_text(encoding="utf-8") == builder.page(), f"run python docs/{name}.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []

"""The pages that are made from the code are current, and every link between pages leads somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGES = sorted([PROJECT / "README.md", PROJECT / "samples" / "README.md", *(PROJECT / "docs").glob("*.md")])


def test_the_page_of_the_marts_is_what_their_contracts_say() -> None:
    spec = importlib.util.spec_from_file_location("build_marts", PROJECT / "docs" / "build_marts.py")
    assert spec is not None
    assert spec.loader is not None
    build_marts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_marts)
    assert build_marts.PAGE.read_text(encoding="utf-8") == build_marts.page(), "run python docs/build_marts.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []

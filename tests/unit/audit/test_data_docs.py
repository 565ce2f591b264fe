"""Data Docs: a page a control and one for all, in French, that fetch nothing and stay when nothing is published."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from relance.audit import Verdict, run
from relance.audit.register import load_controls
from relance.settings import Settings

CONTROLS = load_controls(Settings.from_env().expectations_dir)
LINES = "line-paid-within-committed"


def test_a_build_that_is_blocked_has_a_page_a_control_and_one_for_all(
    audit: Callable[..., Verdict], tmp_path: Path
) -> None:
    verdict = audit(
        marts="update fund.fund_line_execution set paid_eur = committed_eur + 0.01 where line_code = 'ITN2'"
    )
    assert verdict.outcome == "block"
    docs = tmp_path / "data_docs"
    pages = {page.name: page.read_text(encoding="utf-8") for page in docs.iterdir()}
    assert set(pages) == {"index.html", *(f"{control.id}.html" for control in CONTROLS)}
    for name, page in pages.items():
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page), name
        assert "<script" not in page, name
    for control in CONTROLS:
        assert f'href="{control.id}.html"' in pages["index.html"]
    (said,) = [r.sentence for r in verdict.controls if r.control_id == LINES and r.outcome == "block"]
    assert said.split(" : ")[0].replace("'", "\u2019") in pages["index.html"]
    assert "Bloquée" in pages["index.html"]
    assert "Failed" in pages[f"{LINES}.html"]
    assert "Failed" not in pages["line-awards-within-allocation.html"]


def test_an_audit_that_ends_early_leaves_the_pages_of_the_one_before(
    audit: Callable[..., Verdict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit()
    before = {page.name: page.read_bytes() for page in (tmp_path / "data_docs").iterdir()}

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_checkpoint", broken)
    with pytest.raises(KeyboardInterrupt):
        audit()
    assert {page.name: page.read_bytes() for page in (tmp_path / "data_docs").iterdir()} == before
    assert not list(tmp_path.glob(".data_docs-*"))

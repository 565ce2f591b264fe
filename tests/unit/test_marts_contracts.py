"""What readers of the marts were promised is kept, and what is added is announced (docs/bi.md, Versions)."""

from __future__ import annotations

import copy
import importlib
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
PROMISED: dict[str, Any] = {
    "fund.lines": {
        "key": ["line_code"],
        "columns": {
            "line_code": {"type": "varchar", "unit": "code", "is_required": True},
            "object": {"type": "varchar", "unit": "text", "is_required": False},
            "awarded_eur": {"type": "decimal(18,2)", "unit": "EUR", "is_required": True},
        },
    }
}
COLUMNS = ("fund.lines", "columns")


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PROJECT / "docs")
    return importlib.import_module("build_marts_contracts")


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The promised contracts, with one thing put in or (None) taken away."""
    published = copy.deepcopy(PROMISED)
    *above, last = path
    inside = published
    for name in above:
        inside = inside[name]
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return published


def test_this_checkout_keeps_its_promises(rules: ModuleType) -> None:
    problems = rules.problems(rules.promises())
    assert not problems, "\n".join(problems)


@pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="not a checkout of git: no earlier promise is known")
def test_no_commit_edited_a_promise_away(rules: ModuleType) -> None:
    """Whoever writes the file by hand answers to every version of it that was ever committed."""
    name = str(rules.PAGE.relative_to(PROJECT))

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    commits = git("log", "--format=%h", "--diff-filter=AM", "--", name).split()
    assert commits
    published, log = rules.contracts(rules.published_marts()), rules.read_changelog(rules.CHANGELOG.read_text())
    for commit in commits:
        assert list(rules.broken(json.loads(git("show", f"{commit}:{name}")), published, log)) == [], commit


@pytest.mark.parametrize(
    ("published", "said"),
    [
        (changed(("fund.lines",), None), "fund.lines is no longer published"),
        (changed((*COLUMNS, "object"), None), "fund.lines.object is no longer there"),
        (changed((*COLUMNS, "awarded_eur", "type"), "double"), "the type was decimal(18,2) and is double"),
        (changed((*COLUMNS, "awarded_eur", "unit"), "k€"), "the unit was EUR and is k€"),
        (changed((*COLUMNS, "awarded_eur", "is_required"), False), "could not be null, and now can"),
        (changed(("fund.lines", "key"), ["object"]), "the key was (line_code) and is (object)"),
    ],
    ids=["mart", "column", "type", "unit", "null", "key"],
)
def test_what_breaks_a_reader_is_refused(rules: ModuleType, published: dict[str, Any], said: str) -> None:
    (sentence,) = rules.broken(PROMISED, published, [])
    assert said in sentence
    assert "changelog" in sentence


def test_a_change_is_published_beside(rules: ModuleType) -> None:
    (sentence,) = rules.broken(PROMISED, changed((*COLUMNS, "object"), None), [])
    assert "fund.lines_v2" in sentence
    assert rules._next("fund.lines_v2") == "fund.lines_v3"


NEW = {"type": "bigint", "unit": "awards", "is_required": False}


@pytest.mark.parametrize(
    ("published", "line"),
    [
        (changed(("fund.more",), PROMISED["fund.lines"]), "- Added `fund.more`"),
        (changed((*COLUMNS, "award_count"), NEW), "- Added `fund.lines.award_count`"),
        (changed((*COLUMNS, "object", "is_required"), True), "- Tightened `fund.lines.object`"),
    ],
    ids=["mart", "column", "null"],
)
def test_an_addition_needs_its_line(rules: ModuleType, published: dict[str, Any], line: str) -> None:
    assert list(rules.broken(PROMISED, published, [])) == []
    (sentence,) = rules.unannounced(PROMISED, published, [])
    assert line in sentence
    log = rules.read_changelog(f"## 2027-01-05\n\n{line}: for whom\n")
    assert list(rules.unannounced(PROMISED, published, log)) == []


@pytest.mark.parametrize(("removed_on", "is_refused"), [("2027-07-06", True), ("2027-07-07", False)])
def test_a_mart_goes_six_months_after_it_was_replaced(rules: ModuleType, removed_on: str, is_refused: bool) -> None:
    page = f"""## {removed_on}

- Removed `fund.lines`: `fund.lines_v2` has replaced it

## 2027-01-05

- Added `fund.lines_v2`: the object is a code
- Replaced `fund.lines`: by `fund.lines_v2`, which it stays beside until 2027-07-07
"""
    published = changed(("fund.lines",), None) | {"fund.lines_v2": PROMISED["fund.lines"]}
    log = rules.read_changelog(page)
    assert bool(list(rules.broken(PROMISED, published, log))) == is_refused
    assert list(rules.unannounced(PROMISED, published, log)) == []

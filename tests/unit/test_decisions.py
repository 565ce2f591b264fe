"""What a person decides of a build that the audit holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relance.decisions import APPROVED, REJECTED, decide, require_approval, waiting
from relance.errors import PublicationHeldError, RelanceError


def held(builds: Path, name: str, outcome: str = "hold") -> Path:
    folder = builds / name
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps({"outcome": outcome, "sentences": ["Écart de 0,01 €."]}))
    (folder / "manifest.json").write_text(json.dumps({"as_of": "2021-06-10T01:00:00+00:00"}))
    return folder


def test_only_held_builds_without_a_decision_wait(tmp_path: Path) -> None:
    held(tmp_path, "passed", "pass")
    decide(held(tmp_path, "done"), REJECTED, "claire", "erreur de saisie", "command")
    (tmp_path / "not-audited").mkdir()
    held(tmp_path, "waits")
    expected = {"build_id": "waits", "as_of": "2021-06-10T01:00:00+00:00", "sentences": ["Écart de 0,01 €."]}
    assert waiting(tmp_path) == [expected]


def test_a_held_build_is_not_published_until_it_is_approved(tmp_path: Path) -> None:
    build = held(tmp_path, "b1")
    with pytest.raises(PublicationHeldError, match="relance approve b1") as failure:
        require_approval(build)
    assert failure.value.exit_code == 3
    assert "Écart de 0,01 €." in str(failure.value)
    decide(build, APPROVED, "claire", "confirmé", "command")
    require_approval(build)


def test_a_rejected_build_says_who_and_why(tmp_path: Path) -> None:
    build = held(tmp_path, "b1")
    decide(build, REJECTED, "claire", "erreur de saisie", "command")
    with pytest.raises(PublicationHeldError, match=r"claire rejected this build \(erreur de saisie\)"):
        require_approval(build)


def test_the_first_decision_stands(tmp_path: Path) -> None:
    build = held(tmp_path, "b1")
    first = decide(build, REJECTED, "claire", "erreur de saisie", "command")
    assert decide(build, APPROVED, "paul", "confirmé", "airflow") == first
    assert sorted(path.name for path in build.iterdir()) == ["decision.json", "manifest.json", "verdict.json"]


@pytest.mark.parametrize(("outcome", "said"), [("pass", "its audit says 'pass'"), (None, "no audited build")])
def test_what_is_not_held_cannot_be_decided(tmp_path: Path, outcome: str | None, said: str) -> None:
    build = held(tmp_path, "b1", outcome) if outcome else tmp_path / "b1"
    with pytest.raises(RelanceError, match=said):
        decide(build, APPROVED, "claire", "confirmé", "command")


def test_a_decision_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match="needs its reason"):
        decide(held(tmp_path, "b1"), APPROVED, "claire", "  ", "command")

"""The task in which a held build waits: when it asks, what an answer does, and what silence does."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relance.decisions import read_decision

NOW = dt.datetime(2021, 6, 10, 14, 12, tzinfo=dt.UTC)
SCHEDULED, BACKFILL = ({"dag_run": SimpleNamespace(run_type=kind)} for kind in ("scheduled", "backfill"))


@pytest.fixture
def build_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RELANCE_DATA_DIR", str(tmp_path))
    folder = tmp_path / "builds" / "b1"
    folder.mkdir(parents=True)
    return folder


def audited(build_dir: Path, outcome: str, sentence: str = "Édition de mars 2019 : 48 projets, 46 annoncés.") -> None:
    verdict = {"outcome": outcome, "sentences": [sentence], "counts": {}}
    (build_dir / "verdict.json").write_text(json.dumps(verdict))


@pytest.fixture
def task(bag: Any, build_dir: Path) -> Any:
    task = bag.dags["publish_reporting"].get_task("approve").prepare_for_execution()
    task.build_id = build_dir.name
    return task


def answer(task: Any, option: str, reason: str | None, user: str | None = "claire") -> Any:
    event = {
        "chosen_options": [option],
        "params_input": {} if reason is None else {"decision_reason": reason},
        "responded_at": NOW,
        "responded_by_user": None if user is None else {"id": "1", "name": user},
    }
    return task.execute_complete({}, event)


def test_what_a_run_s_form_leaves_empty_is_no_reason_of_the_answer(bag: Any) -> None:
    """Airflow's page sends every field: one named like a parameter of the task would fail it, or be its answer."""
    from airflow.sdk.definitions.param import process_params

    dag = bag.dags["publish_reporting"]
    asked = {"as_of": None, "reason": None, "who": None}
    params = process_params(dag, dag.get_task("approve"), asked, suppress_exception=False)
    assert params["decision_reason"] == ""


def test_a_build_that_passed_goes_on_at_once(task: Any, build_dir: Path) -> None:
    audited(build_dir, "pass")
    assert task.execute({}) == "b1"
    assert read_decision(build_dir) is None


def test_a_held_build_asks_with_the_sentences_of_the_audit(
    task: Any, build_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.standard.operators.hitl import HITLOperator

    asked: list[str] = []
    monkeypatch.setattr(HITLOperator, "execute", lambda self, context: asked.append(self.body))
    audited(build_dir, "hold")
    task.execute(SCHEDULED)
    assert "48 projets\\, 46 annoncés" in asked[0]
    assert "b1" in asked[0]
    assert task.defaults == ["Rejeter"]
    assert task.response_timeout == dt.timedelta(hours=20)


def test_a_held_night_of_a_backfill_fails_at_once_with_what_holds_it(
    task: Any, build_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.standard.operators.hitl import HITLOperator
    from airflow.sdk.exceptions import AirflowFailException

    monkeypatch.setattr(HITLOperator, "execute", lambda self, context: pytest.fail("somebody is asked"))
    audited(build_dir, "hold")
    with pytest.raises(AirflowFailException, match=r"(?s)48 projets, 46 annoncés.*relance approve b1"):
        task.execute(BACKFILL)
    assert read_decision(build_dir) is None


def test_what_a_sender_wrote_is_no_markdown(task: Any, build_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.standard.operators.hitl import HITLOperator

    asked: list[str] = []
    monkeypatch.setattr(HITLOperator, "execute", lambda self, context: asked.append(self.body))
    audited(build_dir, "hold", "Fichier [ici](http://exemple.test) <b>_x_</b> : écart.")
    task.execute(SCHEDULED)
    assert r"Fichier \[ici\]\(http\:\/\/exemple\.test\) \<b\>\_x\_\<\/b\> \: écart\." in asked[0]


def test_an_approval_keeps_who_and_why(task: Any, build_dir: Path) -> None:
    audited(build_dir, "hold")
    assert answer(task, "Approuver", "vérifié avec la DINUM") == "b1"
    decision = read_decision(build_dir)
    assert decision is not None
    kept = [decision[name] for name in ("decision", "who", "reason", "by")]
    assert kept == ["approved", "claire", "vérifié avec la DINUM", "airflow"]


def test_an_approval_without_a_reason_is_none(task: Any, build_dir: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    audited(build_dir, "hold")
    with pytest.raises(AirflowFailException, match="clear this task"):
        answer(task, "Approuver", " ")
    assert read_decision(build_dir) is None


@pytest.mark.parametrize(
    ("user", "said"), [("claire", "claire rejected this build"), (None, "Aucune réponse en 1\u202f200\u00a0minutes")]
)
def test_a_rejection_and_silence_fail_the_run_with_the_sentences(
    task: Any, build_dir: Path, user: str | None, said: str
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    audited(build_dir, "hold")
    with pytest.raises(AirflowFailException, match=said) as failure:
        answer(task, "Rejeter", None, user)
    assert "48 projets" in str(failure.value)


def test_the_first_decision_stands(task: Any, build_dir: Path) -> None:
    """Somebody approved with the command while Airflow waited; silence does not undo it."""
    from relance.decisions import APPROVED, decide

    audited(build_dir, "hold")
    decide(build_dir, APPROVED, "paul", "chiffre confirmé", "command")
    assert answer(task, "Rejeter", None, None) == "b1"
    assert task.execute({}) == "b1"

"""The task in which a held file waits: whom it asks what, what an answer does, and what silence does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from relance import stages
from relance.errors import NotWaitingError
from relance.gate.answering import Counting, PendingFile
from relance.landing.file_decisions import FileDecision
from relance.warehouse.manifest import Finding

NOW = dt.datetime(2021, 6, 10, 14, 12, tzinfo=dt.UTC)
CONF = {"build_id": "b1", "receipt_id": "aaaa000000000001", "digest": "0123abcd", "night": "2021-06-10"}
FALLS = Finding("awarded-amounts-do-not-fall", "ECO ITN1", "-1.00", "L'accordé [ici](http://exemple.test) baisse.")


def file(*findings: Finding) -> PendingFile:
    return PendingFile(
        receipt_id="aaaa000000000001",
        sha256="0" * 64,
        feed="submissions",
        file_name="ECO_2021-T2.xlsx",
        ministry_code="ECO",
        period="2021-T2",
        edition=None,
        received_at=NOW,
        findings=findings or (FALLS,),
        accepted_before=(),
        meanwhile=(Counting("bbbb", "ECO_2021-T1.xlsx", "2021-T1", NOW),),
    )


@pytest.fixture
def task(bag: Any) -> Any:
    return bag.dags["decide_files"].get_task("decide").prepare_for_execution()


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was decided, as the stage is told it."""
    kept: list[tuple[str, ...]] = []

    def decide_file(*given: str) -> tuple[FileDecision, PendingFile]:
        receipt, decision, who, reason, by, _ = given
        kept.append(given)
        one = file()
        return FileDecision(receipt, "0" * 64, one.feed, one.file_name, decision, who, by, NOW, reason), one

    monkeypatch.setattr(stages, "decide_file", decide_file)
    return kept


@pytest.fixture
def asked(task: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the task about a file (None: somebody has decided) up to the question, and gives the task."""
    from airflow.providers.standard.operators.hitl import HITLOperator

    def ask(about: PendingFile | None) -> Any:
        monkeypatch.setattr(stages, "file_asked_about", lambda build_id, receipt_id: about)
        monkeypatch.setattr(HITLOperator, "execute", lambda self, context: None)
        task.execute({"params": CONF})
        return task

    return ask


def answer(task: Any, option: str, reason: str | None = "confirmé", user: str | None = "claire") -> Any:
    event = {
        "chosen_options": [option],
        "params_input": {} if reason is None else {"decision_reason": reason},
        "responded_at": NOW,
        "responded_by_user": None if user is None else {"id": "1", "name": user},
    }
    return task.execute_complete({"params": CONF}, event)


def test_a_person_is_shown_the_file_what_holds_it_and_what_counts_meanwhile(asked: Callable[..., Any]) -> None:
    task = asked(file())
    assert task.subject == "Fichier retenu : ECO_2021-T2.xlsx (ECO 2021-T2)"
    assert task.options == ["Accepter", "Rejeter", "Laisser en attente"]
    assert task.defaults == ["Laisser en attente"]
    assert task.response_timeout == dt.timedelta(hours=20)
    assert r"Comptent en attendant \: ECO\_2021\-T1\.xlsx \(reçu le 10" in task.body
    assert r"  - L\'accordé \[ici\]\(http\:\/\/exemple\.test\) baisse\." in task.body
    assert "aaaa000000000001" in task.body


def test_what_nobody_can_accept_is_offered_to_nobody(asked: Callable[..., Any]) -> None:
    task = asked(file(FALLS, Finding("x", "ECO", "0.01", "Payé au-delà de l'engagé.", False)))
    assert task.options == ["Rejeter", "Laisser en attente"]
    assert "seul un fichier corrigé" in task.body


def test_nobody_is_asked_about_a_file_that_was_decided_meanwhile(asked: Callable[..., Any]) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="has decided"):
        asked(None)


@pytest.mark.parametrize(("option", "decision"), [("Accepter", "accepted"), ("Rejeter", "rejected")])
def test_an_answer_is_kept_with_who_and_why_and_of_the_findings_that_were_shown(
    task: Any, decided: list[tuple[str, ...]], option: str, decision: str
) -> None:
    assert f"ECO_2021-T2.xlsx: {decision} by claire" in answer(task, option)
    assert decided == [("aaaa000000000001", decision, "claire", "confirmé", "airflow", "0123abcd")]


@pytest.mark.parametrize("option", ["Accepter", "Rejeter"])
def test_an_answer_without_a_reason_is_none(task: Any, decided: list[tuple[str, ...]], option: str) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException, match="clear this task"):
        answer(task, option, " ")
    assert decided == []


@pytest.mark.parametrize(
    ("user", "said"), [("claire", "claire leaves the file"), (None, "Aucune réponse en 1\u202f200\u00a0minutes")]
)
def test_who_leaves_it_and_silence_decide_nothing(
    task: Any, decided: list[tuple[str, ...]], user: str | None, said: str
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match=said):
        answer(task, "Laisser en attente", None, user)
    assert decided == []


def test_the_first_decision_stands_and_the_answer_that_comes_later_is_skipped(
    task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    def decide_file(*given: str) -> None:
        raise NotWaitingError("paul had decided of it: rejected (erreur).")

    monkeypatch.setattr(stages, "decide_file", decide_file)
    with pytest.raises(AirflowSkipException, match="paul had decided"):
        answer(task, "Accepter")


def test_a_night_triggers_a_run_a_file_findings_and_night(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "file_questions", lambda build_id: [CONF] if build_id == "b1" else [])
    found = bag.dags["publish_reporting"].get_task("held_files").python_callable("b1")
    assert found == [{"trigger_run_id": "aaaa000000000001-0123abcd-2021-06-10", "conf": CONF}]
    ask = bag.dags["publish_reporting"].get_task("ask")
    assert ask.partial_kwargs["trigger_dag_id"] == "decide_files"
    assert ask.partial_kwargs["skip_when_already_exists"] is True
    assert ask.partial_kwargs["logical_date"] is None


def test_what_a_run_is_told_is_what_its_dag_asks_for(bag: Any) -> None:
    assert set(bag.dags["decide_files"].params) <= set(CONF)

"""What a person is told of a night that fails, and what becomes of its runs."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from relance.errors import RelanceError
from relance.local_airflow import night as night_module
from relance.local_airflow.client import TaskState
from relance.local_airflow.home import AirflowHome
from relance.local_airflow.night import Night
from relance.settings import Settings


class FakeAirflow:
    """Runs that end as told, one task each; remembers what was asked."""

    def __init__(self, states: dict[str, str], sentence: str | None = "Line [ITN6] is exceeded.") -> None:
        self.states = states
        self.sentence = sentence
        self.triggered: list[tuple[str, dict[str, Any]]] = []
        self.failed: list[str] = []
        self.is_gone = False

    def unpause(self, dag_id: str) -> None: ...

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, Any], note: str) -> None:
        self.triggered.append((dag_id, conf))

    def tasks(self, dag_id: str, run_id: str) -> list[TaskState]:
        begun = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
        return [TaskState(dag_id, run_id, "work", "Travail", self.states[dag_id], 1, begun, begun)]

    def run_state(self, dag_id: str, run_id: str) -> str:
        if self.is_gone:
            raise RelanceError("gone")
        return self.states[dag_id] if self.states[dag_id] in ("success", "failed") else "running"

    def fail_run(self, dag_id: str, run_id: str, note: str) -> None:
        self.failed.append(dag_id)

    def error_of(self, task: TaskState) -> str | None:
        return self.sentence


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_module, "POLL_SECONDS", 0)


def night_on(airflow: Any, tmp_path: Path, settings: Settings) -> tuple[Night, io.StringIO]:
    shown = io.StringIO()
    console = Console(file=shown, width=160)
    return Night(AirflowHome(tmp_path, settings), airflow, lambda: None, console), shown


def test_runs_that_succeed_are_shown_and_need_no_end(tmp_path: Path, settings: Settings) -> None:
    airflow = FakeAirflow({"one": "success", "two": "success"})
    night, shown = night_on(airflow, tmp_path, settings)
    night.run({"one": {"folder": None}, "two": {"folder": "/f"}})
    assert airflow.triggered == [("one", {"folder": None}), ("two", {"folder": "/f"})]
    assert "one.work" in shown.getvalue()
    assert "two.work" in shown.getvalue()
    assert night.fail_what_is_left()
    assert airflow.failed == []


@pytest.mark.parametrize("state", ["failed", "up_for_retry"])
def test_a_failed_task_gives_its_sentence_and_its_log(tmp_path: Path, settings: Settings, state: str) -> None:
    night, _ = night_on(FakeAirflow({"one": state}), tmp_path, settings)
    with pytest.raises(RelanceError) as raised:
        night.run({"one": {}})
    log = tmp_path / "logs" / "dag_id=one" / f"run_id={night.run_id}" / "task_id=work" / "attempt=1.log"
    assert str(raised.value) == f"one.work failed. Line [ITN6] is exceeded.\nLog: {log}"


def test_a_task_that_was_killed_says_so(tmp_path: Path, settings: Settings) -> None:
    night, _ = night_on(FakeAirflow({"one": "failed"}, sentence=None), tmp_path, settings)
    with pytest.raises(RelanceError, match="was it killed"):
        night.run({"one": {}})


def test_a_run_that_would_be_tried_again_is_ended_with_the_night(tmp_path: Path, settings: Settings) -> None:
    airflow = FakeAirflow({"one": "up_for_retry", "two": "success"})
    night, _ = night_on(airflow, tmp_path, settings)
    with pytest.raises(RelanceError):
        night.run({"one": {}, "two": {}})
    assert night.fail_what_is_left()
    assert airflow.failed == ["one"]


def test_runs_that_cannot_be_ended_are_left_to_the_next_start(tmp_path: Path, settings: Settings) -> None:
    airflow = FakeAirflow({"one": "up_for_retry"})
    night, _ = night_on(airflow, tmp_path, settings)
    with pytest.raises(RelanceError):
        night.run({"one": {}})
    airflow.is_gone = True
    assert not night.fail_what_is_left()

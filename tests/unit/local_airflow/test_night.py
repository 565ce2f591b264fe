"""What a person is told of a night, task by task, and of what it failed on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from relance.errors import PublicationHeldError, RelanceError
from relance.local_airflow import night as night_module
from relance.local_airflow.home import AirflowHome
from relance.local_airflow.night import Night
from relance.settings import Settings


@dataclass
class Task:
    """A task that ends as told, with Airflow's callbacks."""

    task_id: str
    state: str = "success"
    error: Exception | None = None
    retries: int = 3
    on_execute_callback: list[Any] = field(default_factory=list)
    on_success_callback: list[Any] = field(default_factory=list)
    on_skipped_callback: list[Any] = field(default_factory=list)
    on_failure_callback: list[Any] = field(default_factory=list)
    task_display_name = "Travail"


class Dag:
    """Runs its tasks as Airflow's `test` does: the callbacks of each, and a state at the end."""

    dag_id = "publish_reporting"
    deadline: Any = "in time"

    def __init__(self, *tasks: Task) -> None:
        self.tasks = tasks

    def test(self, run_conf: dict[str, Any]) -> Any:
        self.conf = run_conf
        for task in self.tasks:
            if task.state == "never begun":
                continue
            ti = SimpleNamespace(
                dag_id=self.dag_id, run_id="r", task_id=task.task_id, try_number=1, map_index=-1, task=task,
                xcom_pull=lambda task_ids: "/publications/r1",
            )  # fmt: skip
            ending = {"success": task.on_success_callback, "skipped": task.on_skipped_callback}
            for callback in (*task.on_execute_callback, *ending.get(task.state, task.on_failure_callback)):
                callback({"ti": ti, "exception": task.error})
        states = {"never begun": "skipped"}
        ended = [
            SimpleNamespace(
                task_id=t.task_id, task_display_name=t.task_display_name, state=states.get(t.state, t.state)
            )
            for t in self.tasks
        ]
        failed = any(task.state == "failed" for task in self.tasks)
        return SimpleNamespace(state="failed" if failed else "success", get_task_instances=lambda: ended)


# What a night begins with, and a task that logs the password of a connection.
LOGGING = """
import logging, sys
from pathlib import Path
from relance.local_airflow.night import log_as_tasks_do, log_to
log_to(Path(sys.argv[1]))
log_as_tasks_do()
from airflow.sdk.log import mask_secret
mask_secret("s3cret-of-ours")
try:
    raise ValueError("refused: s3cret-of-ours")
except ValueError:
    logging.getLogger("a stage").exception("no s3cret-of-ours")
"""


def test_no_log_of_a_night_shows_a_secret(tmp_path: Path, airflow_home: Path) -> None:
    log = tmp_path / "night.log"
    subprocess.run(
        [sys.executable, "-c", LOGGING, log], check=True, env=os.environ | {"AIRFLOW_HOME": str(airflow_home)}
    )
    event = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert event["event"] == "no ***"
    assert "s3cret" not in log.read_text(encoding="utf-8")


@pytest.fixture
def night(tmp_path: Path, settings: Settings, airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    monkeypatch.setattr(night_module, "tell_begun", lambda *_: None)
    kept = os.dup(1), os.dup(2)
    yield Night(AirflowHome(tmp_path, settings), Console(file=io.StringIO(), width=160))
    for number, duplicate in enumerate(kept, 1):
        os.dup2(duplicate, number)
        os.close(duplicate)


def shown(night: Night) -> str:
    assert isinstance(night.console.file, io.StringIO)
    return night.console.file.getvalue()


def log_of(night: Night, task: str) -> Path:
    return night.home.logs_dir / "dag_id=publish_reporting" / "run_id=r" / f"task_id={task}" / "attempt=1.log"


def test_a_night_is_tried_once_has_no_deadline_and_each_task_its_log_where_airflow_looks_for_it(night: Night) -> None:
    def work(context: Any) -> None:
        os.write(1, b"said by the task\n")

    dag = Dag(Task("publish", on_execute_callback=[work]), Task("serve", "skipped"), Task("ask", "never begun"))
    night.run(dag, {"as_of": None})
    assert (dag.deadline, [task.retries for task in dag.tasks], dag.conf) == (None, [0, 0, 0], {"as_of": None})
    assert night.publication == "/publications/r1"
    assert log_of(night, "publish").read_text() == "said by the task\n"
    lines = shown(night).splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["✓", "publish_reporting.publish"],
        ["–", "publish_reporting.serve"],
        ["–", "publish_reporting.ask"],
    ]


def test_the_first_failed_task_gives_its_sentence_and_its_log_and_no_secret(night: Night) -> None:
    from airflow.sdk.log import mask_secret

    mask_secret("s3cret-of-ours")
    errors = RelanceError("Line [ITN6] is exceeded, says s3cret-of-ours."), RelanceError("for what failed")
    dag = Dag(*(Task(name, "failed", error) for name, error in zip(("audit", "publish"), errors, strict=True)))
    with pytest.raises(RelanceError) as raised:
        night.run(dag, {})
    assert str(raised.value) == (
        f"publish_reporting.audit failed. Line [ITN6] is exceeded, says ***.\nLog: {log_of(night, 'audit')}"
    )
    assert raised.value.exit_code == 1


def test_a_held_build_is_told_alone_and_as_what_it_is(night: Night) -> None:
    task = Task("approve", "failed", RelanceError("Nothing is published."))
    assert task.error
    task.error.__cause__ = PublicationHeldError("Nothing is published.")
    told: list[Any] = []
    task.on_failure_callback = [told.append]
    task.waits = True  # type: ignore[attr-defined]
    with pytest.raises(PublicationHeldError, match=r"^Nothing is published\.$") as raised:
        night.run(Dag(task), {})
    assert (raised.value.exit_code, task.waits, told) == (3, False, [])  # type: ignore[attr-defined]


def test_a_run_that_fails_without_a_failed_task_says_so(night: Night) -> None:
    class Failing(Dag):
        def test(self, run_conf: dict[str, Any]) -> Any:
            return SimpleNamespace(state="failed", get_task_instances=lambda: [])

    with pytest.raises(RelanceError, match="ended as failed, though none of its tasks failed"):
        night.run(Failing(), {})

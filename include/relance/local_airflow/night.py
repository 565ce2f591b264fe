"""One night in this process, as `airflow dags test` runs a DAG: collect every feed, publish, and tell how it goes.

Airflow's `dag.test` runs each task here, with its callbacks, connections and lineage, and notes it in the metadata
database, where `make up` shows it. There is no other process of Airflow, so a night that is killed leaves none.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape

from relance.errors import PublicationHeldError, RelanceError
from relance.local_airflow.home import PORT, AirflowHome
from relance.local_airflow.metadata import fail_runs_left, tell_begun
from relance.processes import forks_end_with_us

DAGS = ("collect_panorama", "collect_submissions", "collect_applications", "publish_reporting")
COLLECT_PANORAMA, COLLECT_SUBMISSIONS, COLLECT_APPLICATIONS, PUBLISH = DAGS
COLLECT = (COLLECT_PANORAMA, COLLECT_SUBMISSIONS, COLLECT_APPLICATIONS)
MARKS = {"success": "[green]✓[/]", "skipped": "[dim]–[/]", "failed": "[red]✗[/]"}


def run_night(home: AirflowHome, console: Console, as_of: str | None, folders: dict[str, str | None]) -> str:
    """Run the four DAGs on this home, collecting from `folders` by DAG; the folder of the publication.

    Raises `RelanceError` with the failing task's sentence, `PublicationHeldError` when a person has to decide.
    """
    begun = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/]  {escape(text)}", highlight=False)

    with home.held():
        say("starting Airflow")
        home.enter(PORT, False, say)
        log_to(home.new_log("nightly"))
        log_as_tasks_do()
        forks_end_with_us()
        dags = load_dags(home)
        fail_runs_left()
        night = Night(home, console)
        for dag_id in COLLECT:
            night.run(dags[dag_id], {"folder": folders.get(dag_id)})
        night.run(dags[PUBLISH], {"as_of": as_of})
        say("all runs succeeded")
        return night.publication


def load_dags(home: AirflowHome) -> dict[str, Any]:
    """The DAGs by their names. Raises `RelanceError` when a DAG file cannot be loaded."""
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = home.settings.home / "dags"
    bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
    if bag.import_errors:
        lines = "\n".join(f"  - {name}: {error.strip().splitlines()[-1]}" for name, error in bag.import_errors.items())
        raise RelanceError(f"These DAG files cannot be loaded:\n{lines}")
    return dict(bag.dags)


def log_to(file: Path) -> None:
    """Have all that this process and its children print go to `file`."""
    sys.stdout.flush()
    sys.stderr.flush()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)


def log_as_tasks_do() -> None:
    """Log as Airflow has the process of a task do: secrets masked, and as its pages read it."""
    from airflow.sdk.log import configure_logging

    configure_logging(json_output=True, output=sys.stdout.buffer)


class Night:
    """The runs of one night, and what is shown of them."""

    def __init__(self, home: AirflowHome, console: Console) -> None:
        self.home = home
        self.console = console
        self.publication = ""
        self.failure: RelanceError | None = None
        self.begun = 0.0
        self.ongoing = self.title = ""
        self.seen: set[str] = set()

    def run(self, dag: Any, conf: dict[str, Any]) -> None:
        """Run a DAG to its end. Raises at a failed task: who is at a terminal does not wait for retries."""
        # A night by hand has none, and `test` of Airflow 3.3.2 cannot end a run whose DAG has one.
        dag.deadline = None
        for task in dag.tasks:
            task.retries = 0
            task.on_execute_callback = [self._begin, *task.on_execute_callback]
            for state, callback in (("success", "success"), ("skipped", "skipped"), ("failed", "failure")):
                name = f"on_{callback}_callback"
                setattr(task, name, [*getattr(task, name), partial(self._end, state)])
            if hasattr(task, "waits"):
                # Who is at a terminal decides with the command. That the build is held is told before it fails.
                task.waits, task.on_failure_callback = False, [partial(self._end, "failed")]
        with Live(
            console=self.console, get_renderable=self._line, refresh_per_second=4, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        ):  # fmt: skip
            ended = dag.test(run_conf=conf)
        log_to(self.home.log_of("nightly"))
        for one in ended.get_task_instances():
            name = f"{dag.dag_id}.{one.task_id}"
            if one.state == "skipped" and name not in self.seen:
                # For want of anything to do, before it began.
                self.console.print(_line(MARKS["skipped"], name, "skipped", one.task_display_name), highlight=False)
        if self.failure:
            raise self.failure
        if ended.state != "success":
            raise RelanceError(f"The run of {dag.dag_id} ended as {ended.state}, though none of its tasks failed.")

    def _begin(self, context: Any) -> None:
        """A task begins: its log goes where Airflow's pages look for it."""
        ti = context["ti"]
        log_to(self._log(ti))
        if not any(name.startswith(f"{ti.dag_id}.") for name in self.seen):
            tell_begun(ti.dag_id, ti.run_id, "make nightly")
        self.begun, self.ongoing = time.monotonic(), f"{ti.dag_id}.{ti.task_id}"
        self.title = ti.task.task_display_name
        self.seen.add(self.ongoing)

    def _end(self, state: str, context: Any) -> None:
        ti = context["ti"]
        self.console.print(self._line(MARKS[state]), highlight=False)
        self.ongoing = ""
        if state == "failed":
            self.failure = self.failure or self._failure(ti, context["exception"])
        elif ti.dag_id == PUBLISH and ti.task_id == "publish":
            self.publication = str(ti.xcom_pull(task_ids=ti.task_id))

    def _failure(self, ti: Any, error: BaseException | None) -> RelanceError:
        from airflow.providers.common.compat.sdk import redact

        # An error may have the address of a connection in it.
        sentence = str(redact(str(error or ""))) or "The task ended without saying why (was it killed?)."
        if error and isinstance(error.__cause__, PublicationHeldError):
            return PublicationHeldError(sentence)
        return RelanceError(f"{ti.dag_id}.{ti.task_id} failed. {sentence}\nLog: {self._log(ti)}")

    def _log(self, ti: Any) -> Path:
        return self.home.task_log(ti.dag_id, ti.run_id, ti.task_id, ti.try_number, ti.map_index)

    def _line(self, mark: str = "[cyan]▸[/]") -> str:
        seconds = f"{time.monotonic() - self.begun:5.1f} s"
        return _line(mark, self.ongoing, seconds, self.title) if self.ongoing else ""


def _line(mark: str, task: str, seconds: str, title: str) -> str:
    return f"         {mark} {task:<30} {seconds:>7}  [dim]{escape(title)}[/]"

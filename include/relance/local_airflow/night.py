"""One night through Airflow: collect every feed, publish, and tell a person at a terminal how it goes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from relance.decisions import require_approval
from relance.errors import RelanceError
from relance.local_airflow.client import ENDED, Client, TaskState
from relance.local_airflow.home import AirflowHome
from relance.local_airflow.instance import DAGS, running
from relance.settings import Settings

POLL_SECONDS = 0.4
COLLECT_PANORAMA, COLLECT_SUBMISSIONS, COLLECT_APPLICATIONS, PUBLISH = DAGS
COLLECT = (COLLECT_PANORAMA, COLLECT_SUBMISSIONS, COLLECT_APPLICATIONS)
NOTE = "make nightly"

ENDED_MARKS = {"success": "[green]✓[/]", "skipped": "[dim]–[/]", "failed": "[red]✗[/]", "up_for_retry": "[red]✗[/]"}


def run_night(
    home: AirflowHome,
    console: Console,
    as_of: str | None,
    folders: dict[str, str | None],
    conclude: Callable[[str], None],
) -> None:
    """Run the four DAGs on this home's Airflow, collecting from `folders` by DAG.

    `conclude` is given the folder of the publication that the night made.

    Raises `RelanceError` with the failing task's sentence; nothing is concluded then.
    """
    begun = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/]  {escape(text)}", highlight=False)

    with running(home, say) as (client, check_alive, stop):
        say(f"Airflow is ready at {client.address}")
        night = Night(home, client, check_alive, console)
        try:
            night.run({dag_id: {"folder": folders.get(dag_id)} for dag_id in COLLECT})
            night.run({PUBLISH: {"as_of": as_of}})
            publication = client.returned(PUBLISH, night.run_id, "publish")
        finally:
            if night.fail_what_is_left():
                stop()
        say("all runs succeeded")
        conclude(publication)


class Night:
    """The runs of one night, and what is shown of them."""

    def __init__(self, home: AirflowHome, client: Client, check_alive: Callable[[], None], console: Console) -> None:
        self.home = home
        self.client = client
        self.check_alive = check_alive
        self.console = console
        self.run_id = f"by_hand__{dt.datetime.now(dt.UTC):%Y-%m-%dT%H-%M-%S.%fZ}"
        self.open_runs: set[str] = set()
        self.seen: dict[tuple[str, str, int], str | None] = {}

    def run(self, confs: dict[str, dict[str, Any]]) -> None:
        """Trigger DAGs side by side and wait for all of them. Raises at the first failed task."""
        for dag_id, conf in confs.items():
            self.client.unpause(dag_id)
            self.client.trigger(dag_id, self.run_id, conf, NOTE)
            self.open_runs.add(dag_id)
        with Live(console=self.console, refresh_per_second=4, transient=True) as live:
            while self.open_runs & confs.keys():
                time.sleep(POLL_SECONDS)
                self.check_alive()
                tasks = [task for dag_id in confs for task in self.client.tasks(dag_id, self.run_id)]
                self._show(live, tasks)
                if failed := [task for task in tasks if task.state in ("failed", "up_for_retry")]:
                    raise RelanceError(self._failure(failed[0]))
                if any(task.state == "awaiting_input" for task in tasks):
                    # Who is at a terminal decides with the command; the run does not wait for that.
                    build_id = self.client.returned(PUBLISH, self.run_id, "audit")
                    require_approval(Settings.from_env().builds_dir / build_id)
                for dag_id in list(self.open_runs & confs.keys()):
                    if (state := self.client.run_state(dag_id, self.run_id)) in ENDED:
                        self.open_runs.remove(dag_id)
                        if state != "success":
                            raise RelanceError(
                                f"The run of {dag_id} ended as {state}, though none of its tasks failed."
                            )

    def fail_what_is_left(self) -> bool:
        """End the runs nobody waits for any more: who is at a terminal does not wait for retries.

        False if Airflow cannot be told: then the next start does it.
        """
        try:
            for dag_id in self.open_runs:
                if self.client.run_state(dag_id, self.run_id) not in ENDED:
                    self.client.fail_run(dag_id, self.run_id, f"{NOTE} gave up")
        except RelanceError:
            return False
        return True

    def _show(self, live: Live, tasks: list[TaskState]) -> None:
        for task in tasks:
            key = task.dag_id, task.task_id, task.map_index
            if task.state in ENDED_MARKS and self.seen.get(key) != task.state:
                self.console.print(_line(task), highlight=False)
            self.seen[key] = task.state
        ongoing = Table.grid()
        for task in tasks:
            if task.state in ("queued", "running"):
                ongoing.add_row(_line(task))
        live.update(ongoing)

    def _failure(self, task: TaskState) -> str:
        sentence = self.client.error_of(task) or "The task ended without saying why (was it killed?)."
        log = self.home.task_log(task.dag_id, task.run_id, task.task_id, task.attempt)
        return f"{task.dag_id}.{task.task_id} failed. {sentence}\nLog: {log}"


def _line(task: TaskState) -> str:
    mark = ENDED_MARKS.get(str(task.state), "[cyan]▸[/]")
    end = task.ended or dt.datetime.now(dt.UTC)
    seconds = f"{(end - task.started).total_seconds():5.1f} s" if task.started else str(task.state)
    return f"         {mark} {f'{task.dag_id}.{task.task_id}':<30} {seconds:>7}  [dim]{escape(task.title)}[/]"

"""One night through Airflow: collect both feeds, publish, and tell a person at a terminal how it goes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from relance.errors import RelanceError
from relance.local_airflow.client import ENDED, Client, TaskState
from relance.local_airflow.home import AirflowHome
from relance.local_airflow.instance import DAGS, running

POLL_SECONDS = 0.4
COLLECT_PANORAMA, COLLECT_SUBMISSIONS, PUBLISH = DAGS
NOTE = "make nightly"

MARKS = {"success": "[green]✓[/]", "failed": "[red]✗[/]", "up_for_retry": "[red]✗[/]", "running": "[cyan]▸[/]"}


def run_night(
    home: AirflowHome, console: Console, as_of: str | None, panorama: str | None, submissions: str | None
) -> None:
    """Run the three DAGs on this home's Airflow. Raises `RelanceError` with the failing task's sentence."""
    begun = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/]  {text}", highlight=False)

    with running(home, say) as (client, check_alive, tidy):
        say(f"Airflow is ready at {client.address}")
        night = Night(home, client, check_alive, console)
        try:
            night.run({COLLECT_PANORAMA: {"folder": panorama}, COLLECT_SUBMISSIONS: {"folder": submissions}})
            night.run({PUBLISH: {"as_of": as_of}})
        finally:
            night.fail_what_is_left()
            tidy()
        say("all runs succeeded; ending what was started")


class Night:
    """The runs of one night, and what is shown of them."""

    def __init__(self, home: AirflowHome, client: Client, check_alive: Callable[[], None], console: Console) -> None:
        self.home = home
        self.client = client
        self.check_alive = check_alive
        self.console = console
        self.run_id = f"by_hand__{dt.datetime.now(dt.UTC):%Y-%m-%dT%H-%M-%S.%fZ}"
        self.open_runs: set[str] = set()
        self.seen: dict[tuple[str, str], str | None] = {}

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
                for dag_id in list(self.open_runs & confs.keys()):
                    if (state := self.client.run_state(dag_id, self.run_id)) in ENDED:
                        self.open_runs.remove(dag_id)
                        if state != "success":
                            raise RelanceError(
                                f"The run of {dag_id} ended as {state}, though none of its tasks failed."
                            )

    def fail_what_is_left(self) -> None:
        """End the runs that nobody waits for any more: a person at a terminal is not left with retries."""
        for dag_id in list(self.open_runs):
            if self.client.run_state(dag_id, self.run_id) not in ENDED:
                self.client.fail_run(dag_id, self.run_id, f"{NOTE} gave up")
            self.open_runs.discard(dag_id)

    def _show(self, live: Live, tasks: Iterable[TaskState]) -> None:
        ongoing = Table.grid(padding=(0, 2))
        for task in tasks:
            if task.state in MARKS and task.state != "running":
                if self.seen.get((task.dag_id, task.task_id)) != task.state:
                    self.console.print(_line(task), highlight=False)
            elif task.state == "running":
                ongoing.add_row(_line(task))
            self.seen[task.dag_id, task.task_id] = task.state
        live.update(ongoing)

    def _failure(self, task: TaskState) -> str:
        sentence = self.client.error_of(task) or "The task ended without saying why (was it killed?)."
        log = self.home.task_log(task.dag_id, task.run_id, task.task_id, task.attempt)
        return f"{task.dag_id}.{task.task_id} failed. {sentence}\nLog: {log}"


def _line(task: TaskState) -> str:
    end = task.ended or dt.datetime.now(dt.UTC)
    seconds = f"{(end - task.started).total_seconds():5.1f} s" if task.started else ""
    return f"  {MARKS.get(str(task.state), ' ')} {task.dag_id}.{task.task_id:<10} {seconds}  [dim]{task.title}[/]"

"""Airflow's public REST API, as far as a night needs it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import requests

from relance.errors import RelanceError

ACTIVE = ("queued", "running")
ENDED = ("success", "failed")
# Its runs wait for a person, for hours: Airflow takes them up again after any end.
ASKING = "decide_files"


@dataclass(frozen=True)
class TaskState:
    """One task of a run, as Airflow sees it now. `state` is None before it is scheduled.

    `map_index` tells the instances of a mapped task apart; it is -1 of every other.
    """

    dag_id: str
    run_id: str
    task_id: str
    title: str
    state: str | None
    attempt: int
    started: dt.datetime | None
    ended: dt.datetime | None
    map_index: int = -1


class Client:
    """A session with one API server, logged in as the user of this home."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        # The server is on this machine: no proxy, no .netrc.
        self._session.trust_env = False

    def is_up(self) -> bool:
        """True once the server answers and its database does."""
        try:
            health = self._session.get(f"{self.address}/api/v2/monitor/health", timeout=5)
        except requests.RequestException:
            return False
        return bool(health.ok and health.json()["metadatabase"]["status"] == "healthy")

    def log_in(self) -> None:
        self._session.headers.pop("Authorization", None)
        answer = self._send("POST", f"{self.address}/auth/token", json=self._login)
        if not answer.ok:
            raise RelanceError(
                f"Airflow at {self.address} refuses the login of its own user (answer {answer.status_code}): "
                "another program may be listening on this port. Choose another with PORT=..."
            )
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def last_parsed(self) -> dict[str, dt.datetime]:
        """When each DAG was last read from its file."""
        dags = self._call("GET", "dags", params={"exclude_stale": "true"})["dags"]
        return {dag["dag_id"]: _instant(dag["last_parsed_time"]) for dag in dags if dag["last_parsed_time"]}

    def import_errors(self) -> dict[str, str]:
        """The DAG files that cannot be loaded, each with the last line of its error."""
        errors = self._call("GET", "importErrors")["import_errors"]
        return {error["filename"]: error["stack_trace"].strip().splitlines()[-1] for error in errors}

    def unpause(self, dag_id: str) -> None:
        self._call("PATCH", f"dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, Any], note: str) -> None:
        """Ask for a run of a DAG by hand, of this moment."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf, "note": note}
        self._call("POST", f"dags/{dag_id}/dagRuns", json=body)

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str(self._call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def active_runs(self) -> list[tuple[str, str]]:
        """The runs that are in the middle of their work: DAG and run."""
        runs = self._call("GET", "dags/~/dagRuns", params={"state": ACTIVE})["dag_runs"]
        return [(run["dag_id"], run["dag_run_id"]) for run in runs if run["dag_id"] != ASKING]

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Have a pool, unless there is one by that name, whose slots somebody chose."""
        if name not in {pool["name"] for pool in self._call("GET", "pools")["pools"]}:
            self._call("POST", "pools", json={"name": name, "slots": slots, "description": description})

    def fail_run(self, dag_id: str, run_id: str, note: str) -> None:
        """End a run as failed; Airflow ends its tasks."""
        self._call("PATCH", f"dags/{dag_id}/dagRuns/{run_id}", json={"state": "failed", "note": note})

    def tasks(self, dag_id: str, run_id: str) -> list[TaskState]:
        """The tasks of a run, in no particular order."""
        found = self._call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return [
            TaskState(
                dag_id,
                run_id,
                task["task_id"],
                task["task_display_name"],
                task["state"],
                task["try_number"],
                _instant(task["start_date"]) if task["start_date"] else None,
                _instant(task["end_date"]) if task["end_date"] else None,
                task["map_index"],
            )
            for task in found
        ]

    def returned(self, dag_id: str, run_id: str, task_id: str) -> str:
        """What a task of a run returned, as text."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        return str(self._call("GET", path)["value"])

    def error_of(self, task: TaskState) -> str | None:
        """The sentence of the error that ended a task's attempt, from its log; None if it says none."""
        run = f"dags/{task.dag_id}/dagRuns/{task.run_id}"
        path = f"{run}/taskInstances/{task.task_id}/logs/{task.attempt}"
        log = self._call("GET", path, params={"map_index": task.map_index})
        # The log is structured: an error is an event with its exception's type and text beside it.
        details = [e["error_detail"] for e in log["content"] if isinstance(e, dict) and e.get("error_detail")]
        return str(details[-1][0]["exc_value"]) if details else None

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        url = f"{self.address}/api/v2/{path}"
        answer = self._send(method, url, **arguments)
        if answer.status_code == requests.codes.unauthorized:
            # A login lasts for a day, `make up` may last longer.
            self.log_in()
            answer = self._send(method, url, **arguments)
        if not answer.ok:
            raise RelanceError(
                f"Airflow's API at {self.address} answered {answer.status_code} to {method} {path}: {answer.text[:500]}"
            )
        result: dict[str, Any] = answer.json()
        return result

    def _send(self, method: str, url: str, **arguments: Any) -> requests.Response:
        try:
            return self._session.request(method, url, timeout=60, **arguments)
        except requests.RequestException as error:
            raise RelanceError(
                f"Airflow's API server at {self.address} does not answer any more ({type(error).__name__}): "
                "was it ended? Run again."
            ) from error


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)

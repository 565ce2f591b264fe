"""An Airflow that `make up` starts, and its REST API as far as tests ask it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from relance.local_airflow.up import free_port

SECONDS = 300


def local_airflow(env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    """What `make nightly` and `make up` call, in a session of its own; its output in one pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "relance.local_airflow", *words],
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class UpAirflow:
    """Airflow kept up on a data folder (`env`), with `home` of its own."""

    def __init__(self, env: dict[str, str], home: Path) -> None:
        self.env, self.home = {**env, "AIRFLOW_HOME": str(home)}, home
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = local_airflow(self.env, "up", "--port", str(self.port))
        self.said = ""
        assert self.process.stdout
        while "Ctrl-C ends it." not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.password = json.loads((home / "passwords.json").read_text())["admin"]
        self.session = requests.Session()
        self.session.trust_env = False
        login = {"username": "admin", "password": self.password}
        token = self.session.post(f"{self.address}/auth/token", json=login, timeout=60).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def command(self, *words: str) -> tuple[int, str]:
        """Another command on the same home: its exit code and what it says."""
        process = local_airflow(self.env, *words)
        output, _ = process.communicate(timeout=SECONDS)
        return process.returncode, output

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self.session.request(method, f"{self.address}/api/v2/{path}", timeout=60, **arguments)
        answer.raise_for_status()
        return answer.json()

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, Any]) -> None:
        """Ask for a run by hand, once the DAG has been loaded."""
        until(lambda: dag_id in {dag["dag_id"] for dag in self.call("GET", "dags")["dags"]})
        self.call("POST", f"dags/{dag_id}/dagRuns", json={"dag_run_id": run_id, "logical_date": None, "conf": conf})

    def runs(self, dag_id: str) -> list[str]:
        return [run["dag_run_id"] for run in self.call("GET", f"dags/{dag_id}/dagRuns")["dag_runs"]]

    def states(self, dag_id: str, run_id: str, task_id: str) -> list[str | None]:
        """Of each instance of a task."""
        tasks = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return [task["state"] for task in tasks if task["task_id"] == task_id]


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.3)

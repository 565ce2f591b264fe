"""Airflow's own services on this machine, kept up until Ctrl-C: API server, scheduler, DAG processor, triggerer."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from rich.console import Console

from relance.errors import RelanceError
from relance.local_airflow.home import PORT, USER, AirflowHome
from relance.local_airflow.metadata import fail_runs_left, make_pool
from relance.local_airflow.night import load_dags, log_to

SERVICES = {
    "api-server": ("api-server", "--host", "127.0.0.1"),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
# It tells of a deadline that a night has missed, which one started by hand does not have.
TRIGGERER = {"triggerer": ("triggerer", "--skip-serve-logs")}
START_SECONDS = 180
# How long they may take to close their records in the database.
END_SECONDS = 5


def keep_up(home: AirflowHome, console: Console, port: int, plans_nights: bool) -> None:
    """Start Airflow on `port`, say where it is, and watch it. Raises `RelanceError` when one of its services ends."""
    address = f"http://127.0.0.1:{port}"
    with home.held(address) as lock:
        console.print("starting Airflow")
        home.enter(port, plans_nights, console.print)
        log_to(home.new_log("up"))
        load_dags(home)
        fail_runs_left()
        make_pool()
        with _services(home, lock.fileno(), SERVICES | (TRIGGERER if plans_nights else {})) as services:
            until = time.monotonic() + START_SECONDS
            while not _is_up(address):
                _require_alive(home, services)
                if time.monotonic() > until:
                    raise RelanceError(f"Waited {START_SECONDS} s in vain for Airflow. The logs are in {home.logs_dir}")
                time.sleep(0.2)
            console.print(f"Airflow is up: [bold]{address}[/]", highlight=False)
            console.print(f"  user      {USER}\n  password  in {home.passwords_file}", highlight=False)
            console.print(f"  data      {home.settings.data_dir}", highlight=False)
            nights = "run at their hours" if plans_nights else "run only when triggered (make up SCHEDULE=1 plans them)"
            console.print(f"  nights    {nights}\nCtrl-C ends it.", highlight=False)
            while True:
                time.sleep(1)
                _require_alive(home, services)


@contextmanager
def _services(
    home: AirflowHome, lock: int, commands: dict[str, tuple[str, ...]]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Airflow's services while they are needed. Each holds the lock too: a killed `make up` is over with the last."""
    services: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with home.new_log(name).open("wb") as out:
                services[name] = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *command],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    pass_fds=[lock],
                    # Ctrl-C is for us, who end them one after the other.
                    start_new_session=True,
                )
        yield services
    finally:
        for service in services.values():
            service.terminate()
        until = time.monotonic() + END_SECONDS
        for service in services.values():
            try:
                service.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()


def _require_alive(home: AirflowHome, services: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, service in services.items():
        if (code := service.poll()) is not None:
            raise RelanceError(
                f"Airflow's {name} ended by itself (exit status {code}). Its log says why: {home.log_of(name)}"
            )


def _is_up(address: str) -> bool:
    """True once the API server answers, and the scheduler and the DAG processor have told that they live."""
    try:
        # The server is on this machine, whatever proxy the shell is set up for.
        health = requests.get(f"{address}/api/v2/monitor/health", timeout=5, proxies={"http": ""})
    except requests.RequestException:
        return False
    needed = ("metadatabase", "scheduler", "dag_processor")
    return health.ok and all(health.json()[one]["status"] == "healthy" for one in needed)


def free_port(wanted: int | None = None) -> int:
    """A port nobody listens on: the one wanted, or any. Raises `RelanceError` if the one wanted is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise RelanceError(f"Port {wanted} is taken on this machine: choose another with PORT=...") from error
        return int(probe.getsockname()[1])


def usual_port() -> int:
    try:
        return free_port(PORT)
    except RelanceError:
        return free_port()

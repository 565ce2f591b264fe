"""One running Airflow for one home: started here and ended here, or found running and used."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from relance.errors import RelanceError
from relance.local_airflow.client import Client
from relance.local_airflow.home import USER, AirflowHome

DAGS = ("collect_panorama", "collect_submissions", "collect_applications", "publish_reporting")
# The tasks of publish_reporting: two builds side by side on two processors.
POOL, POOL_SLOTS = "publishing", 2
START_SECONDS = 180
# They close their records in the database; the API server has nothing to close.
GRACE_SECONDS = {"scheduler": 5, "dag-processor": 5, "triggerer": 5}
HELD_SECONDS = 60
Say = Callable[[str], None]


class Instance:
    """An Airflow that this process has a keeper run."""

    def __init__(self, home: AirflowHome, mode: str, port: int, say: Say, plans_nights: bool = False) -> None:
        self.home = home
        self.port = port
        self.say = say
        self.plans_nights = plans_nights
        me = psutil.Process()
        self.about = {
            "mode": mode,
            "port": port,
            "data_dir": str(home.settings.data_dir),
            "run": [me.pid, me.create_time()],
        }
        self.ended: dict[str, int] = {}
        self.is_after_kill = False

    def __enter__(self) -> Self:
        self.home.run_dir.mkdir(parents=True, exist_ok=True)
        self.keeper = subprocess.Popen(
            [sys.executable, "-m", "relance.local_airflow.keeper", self.home.run_dir, json.dumps(self.about)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.home.environment(),
            start_new_session=True,
        )
        self._events: list[dict[str, Any]] = []
        self._pending = b""
        try:
            self._wait_until(lambda: bool(self._events), "the keeper of Airflow's processes to start")
            if self._events[0].get("busy"):
                raise HomeTakenError(_busy_sentence(self.home))
            self.is_after_kill = self._events[0]["is_after_kill"]
            # A night has somebody waiting for it; an instance that is up for days should cost nothing.
            self.home.prepare(self.port, self.plans_nights, idle_seconds=1 if self.about["mode"] == "up" else 0.2)
            return self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Have everything ended, in order or at once, and wait for it."""
        if self.keeper.stdin:
            with suppress(BrokenPipeError):
                self.keeper.stdin.close()
        self.keeper.wait()

    def stop(self) -> None:
        """Begin to end everything in order; no run may be left in the middle.

        An instance that ends without this leaves its record, and the next one looks for such runs.
        """
        self._order(stop=True)

    @property
    def client(self) -> Client:
        return self._client

    def log_of(self, name: str) -> Path:
        return self.home.logs_dir / "components" / f"{name}.log"

    def check_alive(self) -> None:
        """Raise `RelanceError` if one of Airflow's processes has ended by itself."""
        self._read_events(0)
        if self.ended:
            name, code = next(iter(self.ended.items()))
            raise RelanceError(
                f"Airflow's {name} ended by itself (exit status {code}). Its log says why: {self.log_of(name)}"
            )

    def _start(self) -> Self:
        if not self.home.has_sound_database():
            self._build_database()
        self._client = Client(f"http://127.0.0.1:{self.port}", USER, self.home.password())
        since = dt.datetime.now(dt.UTC)
        self._run("api-server", "api-server", "--host", "127.0.0.1", "--port", str(self.port))
        self._run("dag-processor", "dag-processor")
        if self.is_after_kill:
            # The scheduler would take up the runs of the killed instance: they are failed before it starts.
            self._wait_until(self._client.is_up, "Airflow's API server")
            self._client.log_in()
            for dag_id, run_id in self._client.active_runs():
                self._client.fail_run(dag_id, run_id, "Its Airflow was ended from outside; a new run replaces it.")
        self._run("scheduler", "scheduler", "--skip-serve-logs")
        if self.plans_nights:
            # It tells of a deadline that a night has missed, which one started by hand does not have.
            self._run("triggerer", "triggerer", "--skip-serve-logs")
        self._wait_until(self._client.is_up, "Airflow's API server")
        self._client.log_in()
        self._client.make_pool(POOL, POOL_SLOTS, "Tasks of publish_reporting that run side by side")
        self._wait_until(lambda: self._has_dags(since), "the DAGs to be loaded")
        self._order(ready=True)
        return self

    def _build_database(self) -> None:
        self.say("building Airflow's metadata database")
        self.home.discard_new_database()
        path = f"sqlite:///{self.home.new_database}"
        self._run("db-migrate", "db", "migrate", settings={"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": path})
        self._wait_until(lambda: "db-migrate" in self.ended, "the metadata database", is_watching=False)
        if self.ended.pop("db-migrate") != 0 or not self.home.adopt_new_database():
            raise RelanceError(
                f"Airflow's metadata database could not be built; the log says why: {self.log_of('db-migrate')}"
            )

    def _has_dags(self, since: dt.datetime) -> bool:
        parsed = self._client.last_parsed()
        if all(dag in parsed and parsed[dag] >= since for dag in DAGS):
            return True
        if errors := self._client.import_errors():
            lines = "\n".join(f"  - {name}: {error}" for name, error in errors.items())
            raise RelanceError(f"These DAG files cannot be loaded:\n{lines}")
        return False

    def _run(self, name: str, *command: str, settings: dict[str, str] | None = None) -> None:
        log = self.log_of(name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        prefix = ["env", *(f"{key}={value}" for key, value in settings.items())] if settings else []
        self._order(
            start=name,
            argv=[*prefix, sys.executable, "-m", "airflow", *command],
            log=str(log),
            grace=GRACE_SECONDS.get(name, 0),
        )

    def _order(self, **order: Any) -> None:
        assert self.keeper.stdin is not None  # noqa: S101 - opened as a pipe above
        try:
            self.keeper.stdin.write(json.dumps(order).encode() + b"\n")
            self.keeper.stdin.flush()
        except BrokenPipeError as error:
            raise RelanceError("The keeper of Airflow's processes was ended from outside: run again.") from error

    def _read_events(self, timeout: float) -> None:
        assert self.keeper.stdout is not None  # noqa: S101 - opened as a pipe above
        with selectors.DefaultSelector() as selector:
            selector.register(self.keeper.stdout, selectors.EVENT_READ)
            while selector.select(timeout):
                block = os.read(self.keeper.stdout.fileno(), 65536)
                if not block:
                    raise RelanceError(
                        "The keeper of Airflow's processes was ended from outside, and they with it: run again."
                    )
                *lines, self._pending = (self._pending + block).split(b"\n")
                for event in map(json.loads, lines):
                    self._events.append(event)
                    if "ended" in event:
                        self.ended[event["ended"]] = event["code"]
                timeout = 0

    def _wait_until(self, is_so: Callable[[], bool], what: str, is_watching: bool = True) -> None:
        until = time.monotonic() + START_SECONDS
        while not is_so():
            self._read_events(0.2)
            if is_watching:
                self.check_alive()
            if time.monotonic() > until:
                raise RelanceError(
                    f"Waited {START_SECONDS} s in vain for {what}. The logs are in {self.log_of('x').parent}"
                )


class HomeTakenError(RelanceError):
    """Another run took the home between our look at it and our start."""


@contextmanager
def running(home: AirflowHome, say: Say) -> Iterator[tuple[Client, Callable[[], None], Callable[[], None]]]:
    """An Airflow for this home: the one of `make up` if it runs, else one of our own.

    Gives its client, a check that it is alive, and what to call once no run is left in the middle.
    """
    with ExitStack() as stack:
        while (found := wait_for_free(home)) is None:
            say("starting Airflow")
            with suppress(HomeTakenError):
                instance = stack.enter_context(Instance(home, "nightly", free_port(), say))
                yield instance.client, instance.check_alive, instance.stop
                return
        client = Client(f"http://127.0.0.1:{found['port']}", USER, home.password())
        client.log_in()
        say(f"using the Airflow that is up at {client.address}")
        yield client, lambda: None, lambda: None


def wait_for_free(home: AirflowHome) -> dict[str, Any] | None:
    """None when no Airflow runs on this home; what is known of it when `make up` does.

    Raises `RelanceError` when another run is using the home, or `make up` works on other data.
    """
    until = time.monotonic() + HELD_SECONDS
    while is_held(home):
        known = read_instance(home)
        if known and _is_alive(*known["run"]):
            if known["mode"] == "up" and known["is_ready"]:
                if known["data_dir"] != str(home.settings.data_dir):
                    raise RelanceError(
                        f"The Airflow that is running at http://127.0.0.1:{known['port']} works on "
                        f"{known['data_dir']}, and this run is for {home.settings.data_dir}. End it (Ctrl-C), or "
                        "set AIRFLOW_HOME to another folder for this run."
                    )
                return known
            if known["mode"] != "up":
                raise RelanceError(_busy_sentence(home))
        # A run that was killed is being cleaned up by its keeper, or `make up` is about to be ready.
        if time.monotonic() > until:
            raise RelanceError(_busy_sentence(home))
        time.sleep(0.2)
    return None


def is_held(home: AirflowHome) -> bool:
    """True while a keeper holds this home."""
    if not home.lock_file.exists():
        return False
    with home.lock_file.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def read_instance(home: AirflowHome) -> dict[str, Any] | None:
    try:
        known: dict[str, Any] = json.loads(home.instance_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return known


def free_port(wanted: int | None = None) -> int:
    """A port nobody listens on: the one wanted, or any. Raises `RelanceError` if the one wanted is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise RelanceError(f"Port {wanted} is taken on this machine: choose another with PORT=...") from error
        return int(probe.getsockname()[1])


def _is_alive(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        # A pid given anew has another start; the clock of the machine may have been set by a little.
        return bool(abs(process.create_time() - started) < 2 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _busy_sentence(home: AirflowHome) -> str:
    known = read_instance(home)
    who = f"process {known['run'][0]}, on {known['data_dir']}" if known else "a process that is just starting"
    return (
        f"Another run is using the Airflow in {home.path} ({who}). Wait until it has ended, or set AIRFLOW_HOME "
        "and RELANCE_DATA_DIR to other folders for this run."
    )

"""The same nights on Celery: `python -m benchmarks.celery_trial [spread|faults|night] [--nights N] [--workers N]`.

Starts PostgreSQL (Airflow's database), Redis, and Airflow's processes as the compose file does with the profile
`celery`: API server, scheduler, DAG processor, triggerer, and workers with one slot and a host name each, which are
told nothing of the database. What ends by itself is started again, as the compose file says. A range of nights of the
samples is then backfilled by `airflow backfill create`.

`spread` says who did what and how many nights a minute that were. `faults` meanwhile kills a worker and the scheduler,
restarts PostgreSQL, and at last kills everything at once, each with signal 9. `night` has the scheduler begin the night
of 03:00 in mid-backfill, and says how long that one waited. All end with: each night published once, all verify.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from benchmarks.backfill import FIRST, houses, published, run
from relance.local_airflow.home import AirflowHome
from relance.local_airflow.metadata import POOL
from relance.local_airflow.up import free_port
from relance.publication.reader import differences
from relance.settings import Settings
from tests.servers.postgres import PostgresServer

ROOT = Path(__file__).parents[1]
DAG = "publish_reporting"
REASON = "essai de reprise"
CORE = {
    "api-server": ("api-server", "--host", "127.0.0.1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
TOKEN = "RELANCE_TRIAL_TOKEN"  # noqa: S105 - the name of a variable
# A task whose worker was killed is tried again when it has not been heard of for so long (Airflow's own: 300).
HEARTBEAT_SECONDS = 60
POLL_SECONDS = 0.2
START_SECONDS = 240
END_SECONDS = 3600


@dataclass
class Part:
    """A program of the trial: killed with all that it started, started again when it ends by itself."""

    argv: list[str]
    env: dict[str, str]
    log: Path
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            # SPT_NOENV keeps the environment readable from outside when Airflow renames its processes.
            env = self.env | {TOKEN: self.token, "SPT_NOENV": "1"}
            self.process = subprocess.Popen(self.argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        end_all_with(self.token)


class CeleryAirflow:
    """PostgreSQL, Redis, Airflow's services and its workers, on 127.0.0.1, in a folder that is thrown away."""

    def __init__(self, workers: int, data_dir: Path) -> None:
        self.workers, self.data_dir = workers, data_dir
        self.folder = Path(tempfile.mkdtemp(prefix="relance-celery-"))
        self.home = AirflowHome(self.folder / "airflow", Settings(home=ROOT, data_dir=data_dir))
        self.parts: dict[str, Part] = {}
        self.restarts: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.postgres = PostgresServer("max_connections=100")
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for part in self.parts.values():
            part.kill()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        self.postgres.execute("create role airflow login password 'airflow'")
        self.postgres.execute("create database airflow owner airflow")
        port, redis = free_port(), free_port()
        self.home.prepare(port, plans_nights=False)
        worker = self.home.environment() | {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "true",
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{redis}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"redis://127.0.0.1:{redis}/1",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_SECONDS),
        }
        url = self.postgres.url("airflow", "airflow", "airflow").replace("postgresql:", "postgresql+psycopg2:")
        self.env = worker | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url}
        self.airflow("db", "migrate")
        self.airflow("pools", "set", POOL, str(self.workers), "Side by side")
        queue = ["redis-server", "--bind", "127.0.0.1", "--port", str(redis), "--appendonly", "yes"]
        self._add("redis", [*queue, "--dir", str(self.folder)], dict(os.environ))
        for name, words in CORE.items():
            self._add(name, self._words(*words, *(("--port", str(port)) if name == "api-server" else ())), self.env)
        self.wait_until(lambda: self.count(f"dag where dag_id = '{DAG}'") > 0, "the DAGs")
        self.airflow("dags", "unpause", "--yes", DAG)
        for number in range(1, self.workers + 1):
            name = f"worker-{number}"
            named = ["unshare", "--uts", *(["--map-root-user"] if os.geteuid() else [])]
            named += ["sh", "-c", 'hostname "$0" && exec "$@"', name]
            words = self._words("celery", "worker", "--concurrency", "1", "--skip-serve-logs", "--celery-hostname")
            self._add(name, [*named, *words, f"{name}@trial"], worker)
            ready = self.parts[name].log
            self.wait_until(lambda ready=ready: b" ready." in ready.read_bytes(), name)  # type: ignore[misc]

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "airflow", *words]

    def _add(self, name: str, argv: list[str], env: dict[str, str]) -> None:
        self.parts[name] = Part(argv, env, self.folder / f"{name}.log")
        self.parts[name].start()

    def plan_nights(self) -> None:
        """A second scheduler, which begins the runs of the timetables as well."""
        self._add(
            "planner", self._words(*CORE["scheduler"]), self.env | {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "true"}
        )

    def airflow(self, *words: str) -> str:
        done = subprocess.run(self._words(*words), env=self.env, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"airflow {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def backfill(self, dates: list[dt.date], *words: str) -> None:
        """Restate nights as docs/backfills.md says: Airflow's dates are those at which an interval begins."""
        first, last = (dates[0] - dt.timedelta(days=1)).isoformat(), dates[-1].isoformat()
        asked = ("--dag-id", DAG, "--from-date", first, "--to-date", last, "--reprocess-behavior", "completed")
        self.airflow("backfill", "create", *asked, "--dag-run-conf", json.dumps({"reason": REASON}), *words)

    def tend(self) -> None:
        """Start again what has ended by itself."""
        for name, part in self.parts.items():
            if part.process and part.process.poll() is not None:
                self.restarts[name] = self.restarts.get(name, 0) + 1
                # What it started may go on alone, as no container's process would.
                part.kill()
                part.start()

    def wait_until(self, is_so: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            self.tend()
            if time.monotonic() > until:
                raise RuntimeError(f"Waited {seconds} s in vain for {what}")
            time.sleep(POLL_SECONDS)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        return self.postgres.query(statement, "airflow")

    def count(self, statement: str) -> int:
        ((count,),) = self.query(f"select count(*) from {statement}")  # noqa: S608
        return int(count)

    def has_ended(self, nights: int) -> bool:
        return self.count("dag_run where run_type = 'backfill' and state in ('success', 'failed')") == nights


def end_all_with(token: str) -> None:
    """Kill every process whose environment has this token: what a part started may have left it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(TOKEN) == token:
                process.kill()
                process.wait()


def say(text: str) -> None:
    print(f"{dt.datetime.now(dt.UTC):%H:%M:%S}  {text}", flush=True)


def judge(house: CeleryAirflow, dates: list[dt.date]) -> bool:
    """Print what became of the nights; whether it is what it should be."""
    nights = {f"{date}/r1" for date in dates}
    found = {path.relative_to(house.data_dir / "publications").as_posix() for path in published(house.data_dir)}
    damaged = [path for path in published(house.data_dir) if differences(path)]
    states = dict(house.query("select state, count(*) from dag_run where run_type = 'backfill' group by 1"))
    run(house.data_dir, "publications", "verify")
    by_host = house.query(
        """
        select hostname, count(*), count(distinct run_id) from task_instance where hostname <> '' group by 1 order by 1
        """
    )
    by_task = house.query(
        """
        select task_id, round(avg(extract(epoch from t.end_date - t.start_date)), 1)
        from task_instance t where t.try_number = 1 and t.state in ('success', 'skipped') group by 1 order by 2 desc
        """
    )
    again = house.query("select task_id, sum(try_number - 1) from task_instance where try_number > 1 group by 1")
    say(
        f"runs {states}; {len(found & nights)} nights of {len(dates)} have r1, {len(found - nights)} other publications"
    )
    say(f"{len(damaged)} of {len(found)} publications do not verify; current verifies")
    say("done by: " + "; ".join(f"{host}: {tasks} tasks of {runs} nights" for host, tasks, runs in by_host))
    say("seconds a task: " + ", ".join(f"{task} {seconds}" for task, seconds in by_task))
    say(f"tries beyond the first: {dict(again)}; started again: {house.restarts}")
    return states == {"success": len(dates)} and nights <= found and not damaged and len(by_host) == house.workers


def kill_worker(house: CeleryAirflow) -> None:
    """In the middle of a build, so that something is lost."""
    running = "task_instance where state = 'running' and task_id = 'build' and hostname = 'worker-1'"
    house.wait_until(lambda: house.count(running) > 0, "a build on worker-1")
    house.parts["worker-1"].kill()


def kill_all(house: CeleryAirflow) -> None:
    for part in house.parts.values():
        part.kill()
    house.postgres.kill()
    house.postgres.start()
    for part in house.parts.values():
        part.start()


FAULTS: tuple[tuple[str, Callable[[CeleryAirflow], None]], ...] = (
    ("worker-1 killed while it built", kill_worker),
    ("scheduler killed", lambda house: house.parts["scheduler"].kill()),
    ("PostgreSQL killed and started again", lambda house: (house.postgres.kill(), house.postgres.start())[1]),
    ("everything killed at once and started again", kill_all),
)


def faults(house: CeleryAirflow, nights: int) -> None:
    """One fault after the other, each when its share of the nights is published."""
    for number, (what, happens) in enumerate(FAULTS, 1):
        share = nights * number // (len(FAULTS) + 1)
        house.wait_until(lambda share=share: len(published(house.data_dir)) >= share, what, END_SECONDS)  # type: ignore[misc]
        happens(house)
        say(f"{what} when {len(published(house.data_dir))} of {nights} nights were published")


def night(house: CeleryAirflow, nights: int) -> None:
    """Have the night of 03:00 begun once two nights are published, and say how long it waited."""
    house.wait_until(lambda: len(published(house.data_dir)) >= 2, "two nights", END_SECONDS)
    house.plan_nights()
    ended = "dag_run where run_type = 'scheduled' and state in ('success', 'failed')"
    house.wait_until(lambda: house.count(ended) > 0, "the night of 03:00", END_SECONDS)
    ((waited, lasted, left),) = house.query(
        """
        select extract(epoch from min(t.start_date) - min(r.queued_at)),
            extract(epoch from max(r.end_date) - min(t.start_date)),
            (select count(*) from dag_run b where b.run_type = 'backfill'
                and (b.end_date is null or b.end_date > max(r.end_date)))
        from dag_run r join task_instance t using (dag_id, run_id)
        where r.run_type = 'scheduled' and t.start_date is not null
        """
    )
    say(f"the night of 03:00 waited {waited:.1f} s for its first task, ended {lasted:.1f} s later, "
        f"before {left} of the backfill's {nights} nights")  # fmt: skip


def seconds_on_celery(data_dir: Path, dates: list[dt.date], workers: int) -> float:
    """How long Airflow's backfill of these nights took, its command included. Raises when a night is not published."""
    with CeleryAirflow(workers, data_dir) as house:
        begun = time.monotonic()
        house.backfill(dates)
        house.wait_until(lambda: house.has_ended(len(dates)), "the backfill", END_SECONDS)
        seconds = time.monotonic() - begun
    if len(published(data_dir)) != len(dates):
        raise RuntimeError(f"{len(published(data_dir))} of {len(dates)} nights are published")
    return seconds


def trial(what: str, nights: int, workers: int, keep: str | None) -> bool:
    dates = [FIRST + dt.timedelta(days=day) for day in range(nights)]
    with houses() as (_, data_dir), CeleryAirflow(workers, data_dir) as house:
        try:
            say(f"{workers} workers are up; a backfill of {nights} nights begins")
            begun = time.monotonic()
            house.backfill(dates)
            if what == "faults":
                faults(house, nights)
            if what == "night":
                night(house, nights)
            house.wait_until(lambda: house.has_ended(nights), "the backfill", END_SECONDS)
            say(f"{60 * nights / (time.monotonic() - begun):.1f} nights a minute")
            return judge(house, dates)
        finally:
            if keep:
                shutil.copytree(house.folder, keep, dirs_exist_ok=True, ignore_dangling_symlinks=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("spread", "faults", "night"), nargs="?", default="spread")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", help="copy the logs to this folder")
    if not trial(**vars(parser.parse_args())):
        sys.exit("not as it should be")


if __name__ == "__main__":
    main()

"""The folder Airflow lives in: its configuration, its secrets, its metadata database and its logs.

The metadata database is disposable: what was received lies in landing and every publication can be built from
it. So a database that is missing, unsound, or of another Airflow version is built anew, never repaired.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

from relance.errors import RelanceError
from relance.settings import Settings

USER = "admin"
PORT = 8080
# What was killed is over within that time, and so is what it had started.
LOCK_SECONDS = 3.0
# Airflow imports a module of this folder in each of its processes.
EACH_PROCESS = Path(__file__).with_name("each_process")


@dataclass(frozen=True)
class AirflowHome:
    """Paths under Airflow's home, and the data folder its tasks work on."""

    path: Path
    settings: Settings

    @classmethod
    def from_env(cls) -> AirflowHome:
        """`AIRFLOW_HOME`, or `.airflow` in the checkout."""
        settings = Settings.from_env()
        return cls(Path(os.environ.get("AIRFLOW_HOME") or settings.home / ".airflow").resolve(), settings)

    @property
    def lock_file(self) -> Path:
        """Held by whoever works on this home; says who that is."""
        return self.path / "run" / "lock"

    @property
    def logs_dir(self) -> Path:
        return self.path / "logs"

    @property
    def passwords_file(self) -> Path:
        return self.path / "passwords.json"

    @property
    def database(self) -> Path:
        """The metadata database of this Airflow version; another version makes another file."""
        return self.path / f"metadata-{version('apache-airflow-core')}.db"

    @property
    def new_database(self) -> Path:
        """Where the database is built before it is put into place."""
        return self.path / "metadata-new.db"

    def log_of(self, name: str) -> Path:
        """The log of one of Airflow's services, or of what is about a night and no task."""
        return self.logs_dir / "components" / f"{name}.log"

    def new_log(self, name: str) -> Path:
        """The same, to be begun; the one before is kept beside it."""
        log = self.log_of(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log

    def task_log(self, dag_id: str, run_id: str, task_id: str, attempt: int, map_index: int = -1) -> Path:
        """The log of one attempt of a task, at Airflow's default place; `map_index` is -1 of one that is not mapped."""
        task = self.logs_dir / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        return (task if map_index < 0 else task / f"map_index={map_index}") / f"attempt={attempt}.log"

    @contextmanager
    def held(self, address: str = "") -> Iterator[IO[str]]:
        """Hold this home alone, with an API server at `address` if any; gives the lock, for children to hold as well.

        Raises `RelanceError`, which says who works on it, where somebody does.
        """
        self.lock_file.parent.mkdir(parents=True, exist_ok=True)
        with self.lock_file.open("a+", encoding="utf-8") as lock:
            until = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > until:
                        raise RelanceError(self._busy_sentence()) from error
                time.sleep(0.1)
            lock.truncate(0)
            json.dump([os.getpid(), str(self.settings.data_dir), address], lock)
            lock.flush()
            yield lock

    def _busy_sentence(self) -> str:
        known = self.lock_file.read_text(encoding="utf-8")
        pid, data_dir, address = json.loads(known) if known else (None, None, "")
        if address:
            return (
                f"Airflow is already up at {address}, on {data_dir}. Trigger the collecting DAGs there and then "
                "publish_reporting, or end it first (Ctrl-C where make up runs)."
            )
        who = f"process {pid}, on {data_dir}" if pid else "a process that is just starting"
        return (
            f"Another run is using the Airflow in {self.path} ({who}). Wait until it has ended, or set AIRFLOW_HOME "
            "and RELANCE_DATA_DIR to other folders for this run."
        )

    def enter(self, port: int, plans_nights: bool, say: Callable[[str], None]) -> None:
        """Make this process one of this home's Airflow, which can be imported from here on."""
        self.prepare(port, plans_nights)
        environment = self.environment()
        os.environ.clear()
        os.environ.update(environment)
        if not self.has_sound_database():
            say("building Airflow's metadata database")
            self._build_database()

    def prepare(self, port: int, plans_nights: bool) -> None:
        """Write the configuration for an API server on `port`; make the secrets if they are not there yet."""
        self.lock_file.parent.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        # The provider of lineage writes there before any task does.
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        keys = self._secret(
            self.path / "secrets.json",
            {
                "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "jwt_secret": secrets.token_urlsafe(48),
                "secret_key": secrets.token_urlsafe(48),
            },
        )
        self._secret(self.passwords_file, {USER: secrets.token_urlsafe(18)})
        sections = _configuration(self, port, plans_nights, keys)
        text = "".join(
            f"[{section}]\n"
            # The file is read with interpolation, so that a percent sign has to be doubled.
            + "".join(f"{key} = {value}\n".replace("%", "%%") for key, value in options.items())
            for section, options in sections.items()
        )
        write_private(self.path / "airflow.cfg", text)

    def environment(self) -> dict[str, str]:
        """What Airflow's processes get: this shell's environment, this home, and nobody else's settings."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW_")}
        local = "127.0.0.1,localhost"
        return inherited | {
            "AIRFLOW_HOME": str(self.path),
            "RELANCE_HOME": str(self.settings.home),
            "RELANCE_DATA_DIR": str(self.settings.data_dir),
            # Tasks reach the API server over the loopback, whatever proxy the shell is set up for.
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), local])),
            "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), local])),
            "DO_NOT_TRACK": "1",
            "SCARF_ANALYTICS": "false",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(EACH_PROCESS), os.environ.get("PYTHONPATH")])),
        }

    def has_sound_database(self) -> bool:
        """True if the metadata database is there, whole, and migrated."""
        return self.database.is_file() and _is_sound(self.database)

    def _build_database(self) -> None:
        """Have Airflow build its database aside, and put it into place."""
        _remove_database(self.new_database)
        settings = os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.new_database}"}
        log = self.new_log("db-migrate")
        with log.open("wb") as out:
            command = [sys.executable, "-m", "airflow", "db", "migrate"]
            ended = subprocess.run(command, env=settings, stdout=out, stderr=subprocess.STDOUT, check=False)
        if ended.returncode != 0 or not _is_sound(self.new_database):
            raise RelanceError(f"Airflow's metadata database could not be built; the log says why: {log}")
        # A log left by another database under this name would be replayed into the new one.
        _remove_database(self.database)
        self.new_database.replace(self.database)

    @staticmethod
    def _secret(file: Path, fresh: dict[str, str]) -> dict[str, str]:
        if not file.exists():
            write_private(file, json.dumps(fresh) + "\n")
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return kept


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, aside and renamed."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    aside.replace(file)


def _remove_database(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            # Everything into the one file, so that it can be renamed alone.
            connection.execute("pragma wal_checkpoint(truncate)")
            checked = connection.execute("pragma quick_check(1)").fetchone()
            migrated = connection.execute("select count(*) from alembic_version").fetchone()
    except sqlite3.DatabaseError:
        return False
    return bool(checked[0] == "ok" and migrated[0] == 1)


def _configuration(
    home: AirflowHome, port: int, plans_nights: bool, keys: dict[str, str]
) -> dict[str, dict[str, object]]:
    told = {"type": "file", "log_file_path": str(home.settings.lineage_file), "append": True, "priority": 1}
    return {
        "core": {
            "dags_folder": home.settings.home / "dags",
            "executor": "LocalExecutor",
            "parallelism": 4,
            "load_examples": False,
            "dags_are_paused_at_creation": False,
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": home.passwords_file,
            "fernet_key": keys["fernet_key"],
        },
        # Four processes write one SQLite file: each waits for its turn instead of giving up after five seconds.
        "database": {"sql_alchemy_conn": f"sqlite:///{home.database}?timeout=60"},
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": f"http://127.0.0.1:{port}",
            "workers": 1,
            "secret_key": keys["secret_key"],
        },
        "api_auth": {"jwt_secret": keys["jwt_secret"]},
        "scheduler": {"use_job_schedule": plans_nights},
        "dag_processor": {"refresh_interval": 30, "min_file_process_interval": 30},
        "openlineage": {
            "namespace": home.settings.lineage_namespace,
            # The provider adds the address in OPENLINEAGE_URL, where there is one, and would ask it first.
            "transport": json.dumps({"type": "composite", "sort_transports": True, "transports": {"file": told}}),
            # A task waits so long for an address that does not answer, and goes on beside it.
            "execution_timeout": 2,
            "execute_in_thread": True,
            "disable_source_code": True,
        },
    }

"""The folder Airflow lives in: its configuration, its secrets, its metadata database and its logs.

The metadata database is disposable: what was received lies in landing and every publication can be built from
it. So a database that is missing, unsound, or of another Airflow version is built anew, never repaired.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from relance.settings import Settings

USER = "admin"


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
    def run_dir(self) -> Path:
        return self.path / "run"

    @property
    def lock_file(self) -> Path:
        return self.run_dir / "lock"

    @property
    def instance_file(self) -> Path:
        """Who runs, or who ended without tidying up."""
        return self.run_dir / "instance.json"

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

    def task_log(self, dag_id: str, run_id: str, task_id: str, attempt: int) -> Path:
        """The log of one attempt of a task, at Airflow's default place."""
        run = self.logs_dir / f"dag_id={dag_id}" / f"run_id={run_id}"
        return run / f"task_id={task_id}" / f"attempt={attempt}.log"

    def prepare(self, port: int, plans_nights: bool, idle_seconds: float = 1) -> None:
        """Write the configuration for an instance on `port`; make the secrets if they are not there yet.

        The scheduler looks for something to do every `idle_seconds`.
        """
        self.run_dir.mkdir(parents=True, exist_ok=True)
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
        sections = _configuration(self, port, plans_nights, idle_seconds, keys)
        text = "".join(
            f"[{section}]\n"
            # The file is read with interpolation, so that a percent sign has to be doubled.
            + "".join(f"{key} = {value}\n".replace("%", "%%") for key, value in options.items())
            for section, options in sections.items()
        )
        write_private(self.path / "airflow.cfg", text)

    def password(self) -> str:
        passwords: dict[str, str] = json.loads(self.passwords_file.read_text(encoding="utf-8"))
        return passwords[USER]

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
            # Keeps the environment readable from outside when Airflow renames its processes: the keeper knows
            # its own by a token in it.
            "SPT_NOENV": "1",
        }

    def has_sound_database(self) -> bool:
        """True if the metadata database is there, whole, and migrated."""
        return self.database.is_file() and _is_sound(self.database)

    def adopt_new_database(self) -> bool:
        """Put the database built aside into place; False if it is not sound."""
        if not _is_sound(self.new_database):
            return False
        # A log left by another database under this name would be replayed into the new one.
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        self.new_database.replace(self.database)
        return True

    def discard_new_database(self) -> None:
        """Remove what a database build that was killed left."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.new_database}{suffix}").unlink(missing_ok=True)

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
    home: AirflowHome, port: int, plans_nights: bool, idle_seconds: float, keys: dict[str, str]
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
        "scheduler": {"use_job_schedule": plans_nights, "scheduler_idle_sleep_time": idle_seconds},
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

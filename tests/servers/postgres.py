"""A real PostgreSQL server on 127.0.0.1, of Debian's binaries, in a folder of its own that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from relance.local_airflow.up import free_port
from relance.publication.served import Loaded, load_current

PASSWORD = "p@ss:w%rd é/1"  # noqa: S105 - of the server that is started here, with what a URL has to escape
READER, READER_PASSWORD = "reader", "lecture"


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """Listens on a free port; `postgres` is its superuser, and `reader` a role without any right."""

    def __init__(self, *settings: str) -> None:
        bin_ = binaries()
        assert bin_ is not None
        self._bin = bin_
        self._settings = settings
        self.port = free_port()
        # Not below pytest's folder, which nobody but its owner may enter: the server refuses to run as root.
        self._folder = Path(tempfile.mkdtemp(prefix="relance-postgres-"))
        self._as: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        options = [
            "--username=postgres",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--encoding=UTF8",
            "--no-sync",
        ]
        self._run("initdb", f"--pgdata={self._data}", "--locale=C.UTF-8", *options)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.execute(
            sql.SQL("create role {} login password {}").format(sql.Identifier(READER), sql.Literal(READER_PASSWORD))
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self._bin / program, *words], cwd="/", capture_output=True, text=True, check=False, **self._as
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def url(self, database: str = "postgres", user: str = "postgres", password: str = PASSWORD) -> str:
        from urllib.parse import quote

        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def reader_url(self, database: str) -> str:
        return self.url(database, READER, READER_PASSWORD)

    def start(self) -> None:
        fixed = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=60")
        settings = [word for setting in (*fixed, *self._settings) for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-p", str(self.port), *settings],
                cwd="/",
                stdout=log,
                stderr=log,
                **self._as,
            )
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None and time.monotonic() < until, (self._folder / "log").read_text()
                time.sleep(0.05)

    def kill(self) -> None:
        """End the server and each of its processes at once, as a power cut would; `start` brings it back."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self._process.kill()
        self._process.wait()
        for child in map(int, children):
            try:
                os.kill(child, 9)
            except ProcessLookupError:
                continue
            while Path(f"/proc/{child}").exists() and "postgres" in _command(child):
                time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(3)  # SIGQUIT: at once, without a checkpoint
            self._process.wait(timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def query(self, statement: str, database: str, user: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.reader_url(database) if user == READER else self.url(database)) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]


@dataclass(frozen=True)
class Copy:
    """A database of the test's own, and the publications that are loaded into it."""

    server: PostgresServer
    database: str
    publications: Path

    def load(self, is_forced: bool = False, reader: str | None = READER) -> Loaded:
        return load_current(self.publications, self.server.url(self.database), reader, is_forced)

    def query(self, statement: str, user: str = "postgres") -> list[tuple[Any, ...]]:
        return self.server.query(statement, self.database, user)

    def execute(self, statement: str) -> None:
        self.server.execute(statement, self.database)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""

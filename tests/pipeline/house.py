"""Real runs of the `relance` command, each in a process and a data folder of its own.

Most are forks of one process in which what takes seconds to load is loaded already; `start` starts the program itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import duckdb

from relance.settings import Settings

PROJECT = Path(__file__).parents[2]
RELANCE = Path(sys.executable).with_name("relance")
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["great_expectations", "relance.cli", "relance.audit", "relance.feedback", "relance.gate.hold", "relance.parsing",
     "relance.publication.write", "relance.warehouse.answers", "relance.warehouse.dbt"]
)  # fmt: skip


def _relance(words: tuple[str, ...], env: dict[str, str], output: str) -> None:
    """The command in this fork, what it prints in the file `output`."""
    os.chdir(PROJECT)
    os.environ.clear()
    os.environ.update(env)
    stream = os.open(output, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(stream, descriptor)
    from relance.cli import main

    main(words, prog_name="relance")


class House:
    """A data folder, and the command working on it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.before: set[Path] = set()
        self.env = {**os.environ, "RELANCE_DATA_DIR": str(data_dir)}

    @property
    def publications(self) -> Path:
        return self.data_dir / "publications"

    @property
    def current(self) -> Path:
        return self.publications / "current"

    @property
    def settings(self) -> Settings:
        return replace(Settings.from_env(), data_dir=self.data_dir)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [RELANCE, *words],
            env=self.env,
            cwd=PROJECT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *words: str, expect: int = 0) -> str:
        """Run the command; its whole output. A stack trace is a failure whatever the exit code."""
        code, output = self.ended(*words)
        assert code == expect, output
        assert "Traceback" not in output, output
        return output

    def ended(self, *words: str) -> tuple[int | None, str]:
        """The exit code of the command and its output."""
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
            process = FORKS.Process(target=_relance, args=(words, self.env, file.name))
            process.start()
            process.join(300)
            return process.exitcode, file.read()

    def collect_samples(self) -> None:
        for feed in ("panorama", "submissions", "applications_sample"):
            self.run("collect", feed)

    def query(self, sql: str, publication: Path | None = None) -> list[tuple[Any, ...]]:
        """Ask a publication (default: the current one) as a BI tool would: read-only, in its own connection."""
        with duckdb.connect(str((publication or self.current) / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def copy(self, data_dir: Path) -> Self:
        shutil.copytree(self.data_dir, data_dir, symlinks=True)
        return type(self)(data_dir)


def marts_hashes(publication: Path) -> dict[str, str]:
    """The hash of each mart's Parquet file, as the publication's manifest says it."""
    files = json.loads((publication / "manifest.json").read_text())["files"]
    return {name: file["sha256"] for name, file in files.items() if name.endswith(".parquet")}


def receipts_by_file(house: House) -> dict[str, list[str]]:
    """The receipts of the current publication by the name of their file."""
    found: dict[str, list[str]] = {}
    for receipt in json.loads((house.current / "manifest.json").read_text())["receipts"]:
        found.setdefault(receipt["file_name"], []).append(receipt["receipt_id"])
    return found


def parsed_files(house: House) -> dict[Path, int]:
    """Every parsed file, with the time it was written."""
    return {path: path.stat().st_mtime_ns for path in (house.data_dir / "parsed").rglob("*") if path.is_file()}

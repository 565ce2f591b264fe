"""What readers see when runs are killed: `python benchmarks/kill_sweep.py [--kills 50] [--seed 5]`.

Kills `relance publish` with signal 9 at moments drawn evenly over a run's duration, while a reader opens `current`
again and again and holds what it reads against the publication's manifest; after each kill every publication is
verified and a whole run has to succeed. Beside it the same on what a user would do instead: `dbt build` of the same
project into one live DuckDB file that readers open, `dbt test` after it.

Before each run a dossier asks for one euro less than before, so that every generation is told from the others by two
marts: how many files were received, and what the dossiers ask for. A read that finds two generations is mixed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import numpy as np

from relance.files import sha256_of
from relance.publication.reader import differences

PROJECT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
DOSSIER = "dossier-4100003.json"
ASKED_EUR = 450_000
PAUSE_SECONDS = 0.2
SEEN = (
    "select (select count(*) from quality.received_files), "
    "(select sum(requested_eur)::bigint from fund.fct_application)"
)
# A patient user's profile: dbt waits for readers that have the file open, 63 seconds at most.
PROFILE = """
relance:
  target: build
  outputs:
    build:
      {type: duckdb, path: "{{ env_var('RELANCE_BUILD_FILE') }}", schema: main, threads: 2,
       retries: {connect_attempts: 6}, settings: {TimeZone: UTC}}
"""


class RunFailedError(Exception):
    """A run did not succeed."""


class Generations:
    """What tells one generation of the data from another: files received and euros asked for, from a first reading."""

    def __init__(self, files: int, asked_eur: int) -> None:
        self.files, self.asked_eur = files, asked_eur

    def of(self, files: int, asked_eur: int) -> int | None:
        """The generation that both figures tell; None when they tell two."""
        return files - self.files if files - self.files == self.asked_eur - asked_eur else None


def read_publication(current: Path, generations: Generations) -> str:
    """One reading of `current`, as a BI tool: the database and a Parquet file against the manifest."""
    place = current.resolve()
    manifest = json.loads((place / "manifest.json").read_text())
    parquet = "marts/fund.fct_application.parquet"
    with duckdb.connect(str(place / "warehouse.duckdb"), read_only=True) as connection:
        files, asked = connection.execute(SEEN).fetchall()[0]
        rows, same = connection.execute(
            "select count(*), sum(requested_eur)::bigint from read_parquet(?)", [str(place / parquet)]
        ).fetchall()[0]
    if sha256_of(place / parquet) != manifest["files"][parquet]["sha256"] or same != asked:
        return "mixed"
    if rows != manifest["marts"]["fund.fct_application"]["rows"] or files != len(manifest["receipts"]):
        return "mixed"
    return "mixed" if generations.of(files, asked) is None else "good"


def read_live(live: Path, generations: Generations, tested: int) -> str:
    with duckdb.connect(str(live), read_only=True) as connection:
        files, asked = connection.execute(SEEN).fetchall()[0]
    generation = generations.of(files, asked or 0)
    if generation is None:
        return "mixed"
    return "good" if generation <= tested else "of figures not tested yet"


def keep_reading(read: Callable[..., str], place: Path, generations: Generations, tested, stop: Event, found) -> None:  # type: ignore[no-untyped-def]
    """Read until told to stop; what was found goes into the queue `found`."""
    counts: Counter[str] = Counter()
    while not stop.is_set():
        try:
            counts[read(place, generations, *([tested.value] if tested is not None else []))] += 1
        except Exception as error:
            message = str(error)
            kind = "the file is locked" if "lock on file" in message else type(error).__name__
            kind = "a table is missing" if "does not exist" in message else kind
            counts[f"failed: {kind}"] += 1
        time.sleep(PAUSE_SECONDS)
    found.put(counts)


class Reader:
    """A reader in a process of its own."""

    def __init__(self, read: Callable[..., str], place: Path, generations: Generations, tested: object = None) -> None:
        context = multiprocessing.get_context("spawn")
        self.stop, self.found = context.Event(), context.Queue()
        self.process = context.Process(
            target=keep_reading, args=(read, place, generations, tested, self.stop, self.found), daemon=True
        )
        self.process.start()

    def counts(self) -> Counter[str]:
        self.stop.set()
        counts: Counter[str] = self.found.get(timeout=60)
        self.process.join()
        return counts


def relance(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [BIN / "relance", *words], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def timed(start: Callable[..., subprocess.Popen[bytes]], *arguments: str | Path) -> float:
    """How many seconds a run takes; what is killed next is killed within as many."""
    begun = time.monotonic()
    must(start(*arguments))
    return time.monotonic() - begun


def must(process: subprocess.Popen[bytes]) -> None:
    if process.wait() != 0:
        raise RunFailedError(f"{process.args!r} ended with {process.returncode}")


def receive(data_dir: Path, generation: int) -> None:
    """The dossier as it is in a generation: collected."""
    text = (PROJECT / "samples" / "applications" / DOSSIER).read_text()
    folder = data_dir.parent / "drop"
    folder.mkdir(exist_ok=True)
    (folder / DOSSIER).write_text(text.replace(f"{ASKED_EUR}.00", f"{ASKED_EUR - generation}.00"))
    must(relance("collect", "applications_sample", "--from", str(folder)))


def kill_during(start: Callable[[], subprocess.Popen[bytes]], seconds: float, whole_group: bool) -> bool:
    """Start a run and kill it after some seconds; False when it had ended before."""
    process = start()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        if whole_group:
            os.killpg(process.pid, 9)
        else:
            process.kill()
        process.wait()
        return True
    return False


def sweep_ours(data_dir: Path, kills: int, dice: np.random.Generator) -> None:
    publications = data_dir / "publications"
    for feed in ("panorama", "submissions", "applications_sample"):
        must(relance("collect", feed))
    must(relance("publish"))
    receive(data_dir, 0)
    duration = timed(relance, "publish")
    with duckdb.connect(str(publications / "current" / "warehouse.duckdb"), read_only=True) as connection:
        generations = Generations(*connection.execute(SEEN).fetchall()[0])
    reader = Reader(read_publication, publications / "current", generations)
    done = torn = lost = unfinished = refused = 0
    while done < kills:
        receive(data_dir, done + 1)
        before = set(publications.glob("*/r*"))
        if not kill_during(partial(relance, "publish"), dice.uniform(0, duration), whole_group=False):
            unfinished += 1
        else:
            done += 1
        lost += len(before - set(publications.glob("*/r*")))
        torn += sum(bool(differences(one)) for one in {*publications.glob("*/r*"), publications / "current"})
        place = (publications / "current").resolve()
        try:
            duration = timed(relance, "publish")
        except RunFailedError:
            refused += 1
        else:
            refused += (publications / "current").resolve() == place
        if unfinished > kills:
            raise SystemExit("Runs end before they are killed: the machine's speed changed too much.")
        print(f"relance: {done} of {kills} kills", file=sys.stderr, flush=True)
    say("relance publish", done, duration, torn, lost, refused, reader.counts())


def run_live(live: Path, raw: Path, scratch: Path) -> int:
    """What a user would run: the raw tables into the live file, `dbt build` on it, then the tests."""
    for attempt in range(100):
        try:
            connection = duckdb.connect(str(live))
            break
        except duckdb.IOException:
            if attempt == 99:
                return 1
            time.sleep(0.05)
    with connection:
        connection.execute(f"attach '{raw}' as fresh (read_only); begin; drop schema if exists raw cascade")
        connection.execute("create schema raw")
        tables = connection.execute(
            "select table_name from information_schema.tables where table_catalog = 'fresh' and table_schema = 'raw'"
        ).fetchall()
        # Its views name the Parquet files in full: they are made tables.
        for (name,) in tables:
            connection.execute(f'create table raw."{name}" as from fresh.raw."{name}"')
        connection.execute("commit")
    common: list[str | Path] = [
        "--project-dir",
        PROJECT / "dbt_project",
        "--profiles-dir",
        scratch,
        "--target-path",
        scratch / "target",
    ]
    common += ["--log-path", scratch / "logs", "--quiet"]
    environment = {**os.environ, "RELANCE_BUILD_FILE": str(live)}
    for step in (
        ["build", "--exclude-resource-type", "test", "unit_test"],
        ["test", "--exclude-resource-type", "unit_test"],
    ):
        code = subprocess.run([BIN / "dbt", *step, *common], env=environment, check=False).returncode
        if code != 0:
            return code
    return 0


def sweep_live(data_dir: Path, kills: int, dice: np.random.Generator) -> None:
    scratch, live = data_dir.parent / "plain", data_dir.parent / "plain" / "warehouse.duckdb"
    scratch.mkdir()
    (scratch / "profiles.yml").write_text(PROFILE)
    for feed in ("panorama", "submissions", "applications_sample"):
        must(relance("collect", feed))

    def prepared(generation: int) -> Path:
        from relance import asof, stages
        from relance.settings import Settings
        from relance.warehouse.manifest import read_manifest
        from relance.warehouse.raw import create_build_file

        receive(data_dir, generation)
        settings = Settings.from_env()
        build_dir = settings.builds_dir / stages.prepare(asof.now())
        raw = scratch / f"warehouse-raw-{generation}.duckdb"
        create_build_file(settings, read_manifest(build_dir), raw)
        return raw

    def start(raw: Path) -> subprocess.Popen[bytes]:
        words = [sys.executable, __file__, "--live", str(live), str(raw), str(scratch)]
        log = (scratch / "log").open("ab")
        return subprocess.Popen(words, cwd=PROJECT, start_new_session=True, stdout=log, stderr=log)

    must(start(prepared(0)))
    with duckdb.connect(str(live), read_only=True) as connection:
        generations = Generations(*connection.execute(SEEN).fetchall()[0])
    duration = timed(start, prepared(0))
    tested = multiprocessing.get_context("spawn").Value("i", 0)
    reader = Reader(read_live, live, generations, tested)
    done = torn = refused = left_wal = ended = 0
    at_rest: Counter[str] = Counter()
    while done < kills:
        generation = done + 1
        raw = prepared(generation)
        if kill_during(partial(start, raw), dice.uniform(0, duration), whole_group=True):
            done += 1
        else:
            ended += 1
        left_wal += live.with_name(f"{live.name}.wal").exists()
        try:
            found = read_live(live, generations, tested.value)
        except Exception as error:
            found = f"failed: {'a table is missing' if 'does not exist' in str(error) else type(error).__name__}"
        at_rest[found] += 1
        torn += found == "mixed" or found.startswith("failed")
        try:
            duration = timed(start, raw)
        except RunFailedError:
            refused += 1
        else:
            tested.value = generation
        if ended > kills:
            raise SystemExit("Runs end before they are killed: the machine's speed changed too much.")
        print(f"dbt build: {done} of {kills} kills", file=sys.stderr, flush=True)
    say("dbt build into the live file, then dbt test", done, duration, torn, None, refused, reader.counts())
    print(f"  a .wal left beside the file: {left_wal}")
    print(f"  what the live file held after a kill, until the next run: {dict(at_rest)}")


def say(name: str, kills: int, seconds: float, torn: int, lost: int | None, refused: int, reads: Counter[str]) -> None:
    bad = reads.total() - reads["good"]
    print(f"{name} (the last run took {seconds:.0f} s)")
    print(f"  kills: {kills}")
    print(f"  torn: {torn}" + (f", lost: {lost}" if lost is not None else ""))
    print(f"  next runs that failed: {refused}")
    why = {kind: count for kind, count in reads.items() if kind != "good"}
    print(f"  bad reads: {bad} of {reads.total()} ({bad / max(reads.total(), 1):.1%}) {why or ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--only", choices=("relance", "dbt"))
    parser.add_argument("--live", nargs=3, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.live:
        sys.exit(run_live(*given.live))
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, seed {given.seed}, one reader, {PAUSE_SECONDS} s between its reads")
    for name, sweep in (("relance", sweep_ours), ("dbt", sweep_live)):
        if given.only in (None, name):
            folder = Path(tempfile.mkdtemp())
            os.environ["RELANCE_DATA_DIR"] = str(folder / "data")
            try:
                sweep(folder / "data", given.kills, np.random.default_rng(given.seed))
            finally:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()

"""`kill -9` at every step: the last publication stays readable and whole, and the same again succeeds as it is."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from relance import asof, decisions, stages
from relance.files import leftovers
from relance.publication.current import CURRENT, all_folders, journal, switch
from relance.publication.reader import differences
from relance.publication.shelf import remove, shelved
from tests.marts import manifest_of
from tests.pipeline.house import PROJECT, House
from tests.pipeline.steps import carried_out, killed_before_each_step
from tests.unit.publication.test_publication import build_file, write

pytestmark = pytest.mark.xdist_group("kill")

BUILD, OLD, NEW = "b3", "2021-02-01/r1", "2021-02-01/r2"


def assert_whole(publications: Path) -> None:
    """`current` and everything placed beside it is as its manifest says."""
    assert (publications / CURRENT / "manifest.json").is_file()
    for folder in all_folders(publications):
        assert differences(folder) == []


def assert_swept(data_dir: Path) -> None:
    """What the killed process left beside can be told from everything else, all of it."""
    for path in leftovers(data_dir, time.time() + 60):
        subprocess.run(["rm", "-r", str(path)], check=True)
    assert [path for path in data_dir.rglob(".*") if path.name not in (".lock", ".aside")] == []


# -- collecting and preparing: nothing is published yet


def deposit(data_dir: Path) -> Path:
    """Two files of a ministry, beside the data folder."""
    folder = data_dir.parent / "deposit"
    folder.mkdir(exist_ok=True)
    for name in ("COT_2021-T1_execution.csv", "ECO_2021-T1.xlsx"):
        (folder / name).write_bytes((PROJECT / "samples" / "submissions" / name).read_bytes())
    return folder


def collect(data_dir: Path) -> None:
    stages.collect("submissions", str(deposit(data_dir)))


def prepare(data_dir: Path) -> None:
    """At the last reception: the feedback says for which instant it speaks."""
    stages.prepare(max(dt.datetime.fromisoformat(one["received_at"]) for one in receipts_of(data_dir)))


def receipts_of(data_dir: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in (data_dir / "landing" / "receipts").glob("*/[!.]*.json")]


def landed(data_dir: Path) -> list[tuple[str, str]]:
    receipts = receipts_of(data_dir)
    assert all((data_dir / "landing" / "objects" / receipt["sha256"]).is_file() for receipt in receipts)
    return sorted((receipt["file_name"], receipt["sha256"]) for receipt in receipts)


def derived(data_dir: Path) -> dict[str, bytes]:
    """What parsing and feedback made, by path."""
    return {
        path.relative_to(data_dir).as_posix(): path.read_bytes()
        for name in ("parsed", "feedback")
        for path in (data_dir / name).rglob("*")
        if path.is_file() and path.name != "feedback.json"
    }


def test_killed_while_collecting(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    for data_dir in killed_before_each_step(template, collect, tmp_path):
        known = landed(data_dir)
        assert_swept(data_dir)
        carried_out(data_dir, collect)
        once = landed(data_dir)
        assert len(once) == 2
        assert set(known) <= set(once)
        carried_out(data_dir, collect)
        assert landed(data_dir) == once


def test_killed_while_preparing(tmp_path: Path) -> None:
    template, whole = tmp_path / "template", tmp_path / "whole"
    template.mkdir()
    carried_out(template, collect)
    subprocess.run(["cp", "-r", str(template), str(whole)], check=True)
    carried_out(whole, prepare)
    for data_dir in killed_before_each_step(template, prepare, tmp_path):
        assert_swept(data_dir)
        carried_out(data_dir, prepare)
        assert derived(data_dir) == derived(whole)


# -- publishing, going back, tagging, pruning, deciding


@pytest.fixture
def audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a small publication that is current, and an audited build of the same date."""
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path / "home"))
    data_dir = tmp_path / "template"
    builds, publications = data_dir / "builds", data_dir / "publications"
    for number, label in ((1, "2020-12-01"), (2, "2021-02-01")):
        from relance.publication.current import place

        switch(publications, place(publications, label, write(builds, f"b{number}", asof.parse_as_of(label))))
    build_file(builds / BUILD, "(2, 20.00), (1, 10.01)")
    manifest = manifest_of(BUILD, asof.parse_as_of("2021-02-01"))
    (builds / BUILD / "manifest.json").write_text(json.dumps(manifest))
    (builds / BUILD / "verdict.json").write_text(json.dumps({"outcome": "pass", "counts": {}, "sentences": []}))
    return data_dir


def publish(data_dir: Path) -> None:
    stages.publish(BUILD)


def approve(data_dir: Path) -> None:
    stages.decided(BUILD, decisions.APPROVED, "personne", "vu")


def roll_back(data_dir: Path) -> None:
    if (data_dir / "publications" / CURRENT).resolve().parent.name != "2020-12-01":
        stages.roll_back("2020-12-01/r1", "personne", "essai")


def tag(data_dir: Path) -> None:
    from relance.publication.shelf import named, tag

    tag(data_dir / "publications", "conseil", named(data_dir / "publications", None))


def prune(data_dir: Path) -> None:
    stages.remove_leftovers()
    for one in shelved(data_dir / "publications"):
        if one.name == "2020-12-01/r1":
            remove(data_dir / "publications", one)


def place_of_current(data_dir: Path) -> str:
    return (data_dir / "publications" / CURRENT).readlink().as_posix()


@pytest.mark.parametrize("act", [publish, approve])
def test_killed_while_publishing(audited: Path, tmp_path: Path, act: Callable[[Path], None]) -> None:
    if act is approve:
        verdict = {"outcome": "hold", "counts": {}, "sentences": ["à voir"]}
        (audited / "builds" / BUILD / "verdict.json").write_text(json.dumps(verdict))
    moves = len(journal(audited / "publications"))
    for data_dir in killed_before_each_step(audited, act, tmp_path):
        publications = data_dir / "publications"
        assert_whole(publications)
        assert place_of_current(data_dir) in (OLD, NEW)
        assert len(journal(publications)) - moves == (place_of_current(data_dir) == NEW)
        assert_swept(data_dir)
        carried_out(data_dir, act)
        assert_whole(publications)
        assert place_of_current(data_dir) == NEW
        assert len(all_folders(publications)) == 3
        assert len(journal(publications)) - moves == 1
        left = {path.name for path in (data_dir / "builds" / BUILD).iterdir()}
        assert left <= {"manifest.json", "verdict.json", "decision.json"}


def test_killed_while_going_back(audited: Path, tmp_path: Path) -> None:
    moves = len(journal(audited / "publications"))
    for data_dir in killed_before_each_step(audited, roll_back, tmp_path):
        publications = data_dir / "publications"
        assert_whole(publications)
        has_moved = place_of_current(data_dir) == "2020-12-01/r1"
        assert len(journal(publications)) - moves == has_moved, "a note without its move, or the other way round"
        assert_swept(data_dir)
        carried_out(data_dir, roll_back)
        assert place_of_current(data_dir) == "2020-12-01/r1"
        assert [move["reason"] for move in journal(publications)[moves:]] == ["essai"]


def test_killed_while_tagging(audited: Path, tmp_path: Path) -> None:
    for data_dir in killed_before_each_step(audited, tag, tmp_path):
        assert_whole(data_dir / "publications")
        assert_swept(data_dir)
        carried_out(data_dir, tag)
        assert [one.tags for one in shelved(data_dir / "publications")] == [[], ["conseil"]]


def test_killed_while_pruning(audited: Path, tmp_path: Path) -> None:
    for data_dir in killed_before_each_step(audited, prune, tmp_path):
        assert_whole(data_dir / "publications")
        assert_swept(data_dir)
        carried_out(data_dir, prune)
        assert [one.name for one in shelved(data_dir / "publications")] == [OLD]
        assert place_of_current(data_dir) == OLD


# -- whole runs: what DuckDB, dbt and Great Expectations write by themselves


def stage(house: House, name: str, build_id: str) -> subprocess.Popen[str]:
    """A stage in a process of its own, as a task of Airflow."""
    code = f"import sys; from relance import stages; stages.{name}(sys.argv[1])"
    return subprocess.Popen([sys.executable, "-c", code, build_id], env=house.env, cwd=PROJECT, text=True)


def kill_when(process: subprocess.Popen[str], seen: Callable[[], bool]) -> bool:
    """Kill a process, its own only, once the moment is seen; False when it ended first."""
    while process.poll() is None:
        if seen():
            process.kill()
            process.wait()
            return True
        time.sleep(0.001)
    return False


def seconds_after(seen: Callable[[], bool], seconds: float) -> Callable[[], bool]:
    """Some time after a moment was first seen: in the middle of a stage rather than at its start."""
    first: list[float] = []

    def later() -> bool:
        if not first and seen():
            first.append(time.monotonic())
        return bool(first) and time.monotonic() - first[0] >= seconds

    return later


def there(folder: Path, pattern: str) -> Callable[[], bool]:
    return lambda: any(folder.glob(pattern))


def test_killed_in_every_stage(house: House) -> None:
    """Kill after kill on one data folder: each goes on over what those before it left, and so does the last run."""
    place, expected = house.current.resolve(), house.query("from fund.fund_overview order by scope")
    prepared = subprocess.run(
        [sys.executable, "-c", "from relance import asof, stages; print(stages.prepare(asof.now()))"],
        env=house.env, cwd=PROJECT, text=True, check=True, capture_output=True,
    )  # fmt: skip
    build_id = prepared.stdout.strip()
    folder = house.data_dir / "builds" / build_id
    moments: dict[str, dict[str, Callable[[], bool]]] = {
        "build": {
            "raw schema being made": there(folder, "warehouse.duckdb"),
            "dbt starting": there(folder, "dbt/dbt.log"),
            "dbt building": seconds_after(there(folder, "dbt/dbt.log"), 4),
            "dbt ended": there(folder, "dbt/dbt-outcome.json"),
        },
        "audit": {"auditing": seconds_after(lambda: True, 3), "verdict written": there(folder, "verdict.json")},
        "publish": {
            "database being written": there(folder, "publication/warehouse.duckdb"),
            "marts being written": there(folder, "publication/marts/*.parquet"),
        },
    }
    for name, of_stage in moments.items():
        for moment, seen in of_stage.items():
            assert kill_when(stage(house, name, build_id), seen), f"{name} ended before {moment!r} was seen"
            assert_whole(house.publications)
            assert house.current.resolve() == place
        assert stage(house, name, build_id).wait() == 0, f"{name} does not succeed when it is tried again"
    assert house.current.resolve() != place
    assert_whole(house.publications)
    assert house.query("from fund.fund_overview order by scope") == expected

"""Nights after housekeeping: one of an old date is made again, and a kill in the middle of it harms nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

from relance import stages
from relance.housekeeping import tidy
from relance.settings import Settings
from tests.pipeline.house import PROJECT
from tests.pipeline.steps import carried_out, killed_before_each_step

OLD = 1_600_000_000
AS_OF = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def collect(data_dir: Path) -> None:
    folder = data_dir.parent / "deposit"
    folder.mkdir(exist_ok=True)
    for name in ("COT_2021-T1_execution.csv", "ECO_2021-T1.xlsx"):
        (folder / name).write_bytes((PROJECT / "samples" / "submissions" / name).read_bytes())
    stages.collect("submissions", str(folder))


def prepare(data_dir: Path) -> None:
    stages.prepare(AS_OF)


def clean(data_dir: Path) -> None:
    tidy(Settings.from_env())


def grown_old(data_dir: Path) -> None:
    """A night of long ago, with what it was parsed into by other code, and the record of a backfill."""
    carried_out(data_dir, collect)
    carried_out(data_dir, prepare)
    for build in (data_dir / "builds").iterdir():
        manifest = json.loads((build / "manifest.json").read_text())
        (data_dir / "parsed" / manifest["contract_version"]).rename(data_dir / "parsed" / "0ther")
        (build / "manifest.json").write_text(json.dumps({**manifest, "contract_version": "0ther"}))
    record = data_dir / "backfills" / "b" / "backfill.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    for path in [*data_dir.rglob("*")]:
        os.utime(path, (OLD, OLD))


def content(data_dir: Path, *names: str) -> dict[str, bytes]:
    return {
        path.relative_to(data_dir).as_posix(): path.read_bytes()
        for name in names
        for path in (data_dir / name).rglob("*")
        if path.is_file()
    }


def inputs(data_dir: Path) -> list[tuple[str, str, str]]:
    """The files of the only build, with what became of each."""
    [build] = (data_dir / "builds").iterdir()
    receipts = json.loads((build / "manifest.json").read_text())["receipts"]
    return sorted((one["file_name"], one["sha256"], one["status"]) for one in receipts)


def test_a_night_of_an_old_date_after_housekeeping_killed_anywhere(tmp_path: Path) -> None:
    template, fresh = tmp_path / "template", tmp_path / "fresh"
    for data_dir in (template, fresh):
        data_dir.mkdir()
    carried_out(fresh, collect)
    carried_out(fresh, prepare)
    grown_old(template)
    landing = content(template, "landing")
    for data_dir in killed_before_each_step(template, clean, tmp_path):
        carried_out(data_dir, clean)
        assert content(data_dir, "landing") == landing
        # All that nobody can read is gone, nothing half removed is left under a name that a run would read.
        assert [one for name in ("builds", "parsed", "backfills") for one in (data_dir / name).glob("[!.]*")] == []
    carried_out(template, clean)
    carried_out(template, prepare)
    assert content(template, "parsed") == content(fresh, "parsed")
    assert inputs(template) == inputs(fresh)

"""What a machine does to runs: disks that are full or read-only, runs at once, a clock gone back, damaged files.

After each: `current` is a complete publication that verifies, and the next run succeeds. Deaths are in `test_kill.py`,
the copy in PostgreSQL is in `tests/unit/publication/test_served.py`. `docs/reliability.md` lists them all.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relance import asof, stages
from relance.errors import RelanceError
from tests.pipeline.house import PROJECT, House

pytestmark = pytest.mark.xdist_group("faults")
LATER, EARLIER = "2021-06-30", "2021-06-01"


class Disk:
    """A small file system of its own, whose size and mode a test changes."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.place)], check=True)

    def leave_free(self, megabytes: float) -> None:
        usage = shutil.disk_usage(self.place)
        self.remount(f"size={int(usage.used + megabytes * 1e6)}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a file system of the test's own (it takes root)")
    yield Disk(place)
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def on_disk(published_once: House, disk: Disk) -> House:
    """The samples, published, on a file system of their own."""
    return published_once.copy(disk.place / "data")


def assert_sound(house: House) -> None:
    """Everything placed is as its manifest says; a stranger's reading, by the command."""
    house.run("publications", "verify", "--all")
    house.run("publications", "verify")


def refused(output: str) -> None:
    assert "The machine refused" in output or "MB are free" in output, output
    assert "again" in output


def test_a_full_disk_is_said_and_the_next_run_succeeds(on_disk: House, disk: Disk) -> None:
    place = on_disk.current.resolve()
    for free_mb in (0.02, 12):
        disk.leave_free(free_mb)
        refused(on_disk.run("publish", expect=1))
        assert on_disk.current.resolve() == place
        assert_sound(on_disk)
        disk.remount("size=2g")
    on_disk.run("publish")
    assert on_disk.current.resolve() != place
    assert_sound(on_disk)


def test_a_full_disk_while_collecting_loses_nothing_and_sets_nothing_aside(on_disk: House, disk: Disk) -> None:
    shutil.rmtree(on_disk.data_dir / "parsed")
    shutil.rmtree(on_disk.data_dir / "landing")
    disk.leave_free(0.3)
    refused(on_disk.run("collect", "submissions", expect=1))
    refused(on_disk.run("publish", expect=1))
    assert_sound(on_disk)
    disk.remount("size=2g")
    on_disk.collect_samples()
    on_disk.run("publish")
    assert on_disk.query("select count(*), count(*) filter (status = 'set_aside') from quality.received_files") == [
        (61, 0)
    ]


def test_a_read_only_disk_is_said_and_the_next_run_succeeds(on_disk: House, disk: Disk) -> None:
    place = on_disk.current.resolve()
    disk.remount("ro")
    for words in (("collect", "submissions", "--from", "samples/applications"), ("publish",)):
        refused(on_disk.run(*words, expect=1))
    refused(on_disk.run("publications", "tag", "conseil", expect=1))
    assert on_disk.current.resolve() == place
    on_disk.run("publications", "verify")
    disk.remount("rw")
    on_disk.run("publish")
    assert_sound(on_disk)


def test_runs_at_once_all_publish_and_the_later_date_is_current(house: House) -> None:
    shutil.rmtree(house.publications)
    runs = [house.start("publish", "--as-of", date) for date in (LATER, LATER, EARLIER)]
    for run in runs:
        output, _ = run.communicate(timeout=300)
        assert run.returncode == 0, output
    names = sorted(path.relative_to(house.publications).as_posix() for path in house.publications.glob("20*/r*"))
    assert names == [f"{EARLIER}/r1", f"{LATER}/r1", f"{LATER}/r2"]
    assert house.current.resolve().parent.name == LATER
    assert_sound(house)


def test_a_clock_gone_back_receives_nothing_and_moves_nothing_back(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is set back within this process: by `asof.now`, which every stage asks."""
    monkeypatch.setenv("RELANCE_DATA_DIR", str(house.data_dir))
    place, moves = house.current.resolve(), json.loads(house.run("publications", "list", "--json"))["moves"]
    new = tmp_path / "drop"
    new.mkdir()
    text = (PROJECT / "samples" / "applications" / "dossier-4100003.json").read_text()

    def send(amount: str) -> None:
        (new / "dossier-4100003.json").write_text(text.replace("450000.00", amount))
        os.utime(new / "dossier-4100003.json", (0, 0))

    send("449999.00")
    assert "1 new" in house.run("collect", "applications_sample", "--from", str(new))
    before = asof.now() - dt.timedelta(days=1)
    monkeypatch.setattr(asof, "now", lambda: before)
    send("449998.00")
    with pytest.raises(RelanceError, match="the clock went back"):
        stages.collect("applications_sample", str(new))
    monkeypatch.undo()
    monkeypatch.setenv("RELANCE_DATA_DIR", str(house.data_dir))
    assert house.current.resolve() == place
    assert "1 new" in house.run("collect", "applications_sample", "--from", str(new))
    house.run("publish")
    assert json.loads(house.run("publications", "list", "--json"))["moves"][:-1] == moves
    assert_sound(house)


def _truncate(folder: Path) -> None:
    file = folder / "marts" / "fund.fct_award.parquet"
    os.truncate(file, file.stat().st_size - 1)


def _flip(folder: Path) -> None:
    file = folder / "warehouse.duckdb"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _remove(folder: Path) -> None:
    (folder / "marts" / "fund.fct_award.csv").unlink()


def _add(folder: Path) -> None:
    (folder / "marts" / "autre.csv").write_text("1")


def _spoil_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (_truncate, "fund.fct_award.parquet"),
    "flipped": (_flip, "warehouse.duckdb"),
    "removed": (_remove, "fund.fct_award.csv"),
    "added": (_add, "autre.csv"),
    "manifest": (_spoil_manifest, "manifest.json"),
}


def test_each_damage_is_found_and_named_refused_as_a_goal_and_survived(house: House, tmp_path: Path) -> None:
    target = house.current.resolve()
    house.run("publish")
    sound = tmp_path / "sound"
    shutil.copytree(target, sound)
    for damage, named in DAMAGE.values():
        damage(target)
        # By its path: a publication whose manifest is damaged has no other name.
        assert named in house.run("publications", "verify", str(target), expect=1)
        assert named in house.run("publications", "verify", "--all", expect=1)
        house.run("publications", "rollback", "--to", str(target), "--reason", "essai", expect=1)
        house.run("publications", "verify")
        shutil.rmtree(target)
        shutil.copytree(sound, target)
    # The current one itself: the next night is published, compared with the one before it.
    place = house.current.resolve()
    _truncate(place)
    house.run("publish")
    assert house.current.resolve() != place
    house.run("publications", "verify")

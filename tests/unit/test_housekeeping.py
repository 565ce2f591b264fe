"""What housekeeping removes, and what it never does."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

from relance.housekeeping import tidy, tidy_logs
from relance.parsing import contract_version
from relance.settings import Settings

OLD = 1_600_000_000


def put(path: Path, text: str = "{}", at: int = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for one in (path, *list(path.parents)[:3]):
        os.utime(one, (at, at))
    return path


def test_old_builds_go_and_landing_and_what_waits_stay(settings: Settings) -> None:
    data = settings.data_dir
    landed = put(data / "landing" / "objects" / "ab")
    published = put(data / "builds" / "2020-02-01-0123abcd" / "manifest.json")
    held = put(
        data / "builds" / "2020-02-02-0123abcd" / "verdict.json", json.dumps({"outcome": "hold", "sentences": []})
    )
    recent = put(data / "builds" / "2020-02-03-0123abcd" / "manifest.json")
    os.utime(recent)
    feedback = put(data / "feedback" / "submissions" / "r1" / "index.html")
    cached = put(settings.dbt_cache_dir / "abc.msgpack")
    left = put(data / "builds" / f".x.{'0' * 32}")
    removed = tidy(settings)
    assert sorted(removed) == [f"builds/{left.name}", f"builds/{published.parent.name}", "cache/dbt/abc.msgpack"]
    assert all(path.is_file() for path in (landed, held, recent, feedback))
    assert not published.exists()
    assert not cached.exists()
    assert tidy(settings) == []


def test_what_other_code_parsed_goes_once_nothing_can_read_it(settings: Settings) -> None:
    def parsed(version: str, at: int = OLD) -> Path:
        return put(settings.parsed_dir / version / "submission" / "ab" / "file.json", at=at)

    ours, old, read, recent = parsed(contract_version()), parsed("0ld"), parsed("r3ad"), parsed("r3cent")
    os.utime(recent.parents[1])
    held = json.dumps({"outcome": "hold", "sentences": []})
    manifest = json.dumps({"contract_version": "r3ad"})
    for name, text in (("manifest.json", manifest), ("verdict.json", held)):
        put(settings.builds_dir / "2020-02-02-0123abcd" / name, text)
    assert tidy(settings) == ["parsed/0ld"]
    assert not old.parents[2].exists()
    assert all(path.is_file() for path in (ours, read, recent))


def test_a_build_that_goes_takes_what_it_alone_could_read_with_it(settings: Settings) -> None:
    put(settings.parsed_dir / "0ld" / "submission" / "ab" / "file.json")
    put(settings.builds_dir / "2020-02-01-0123abcd" / "manifest.json", json.dumps({"contract_version": "0ld"}))
    assert tidy(settings) == ["builds/2020-02-01-0123abcd", "parsed/0ld"]


def test_records_of_backfills_go_except_where_a_night_waits(settings: Settings) -> None:
    over, waits, recent = (put(settings.backfills_dir / name / "backfill.json") for name in ("over", "waits", "recent"))
    fifty_days_ago = dt.datetime.now(dt.UTC).timestamp() - 50 * 86_400
    for one in (recent, recent.parent):
        os.utime(one, (fifty_days_ago, fifty_days_ago))
    build = settings.builds_dir / "2020-02-02-0123abcd"
    put(build / "manifest.json", json.dumps({"backfill": {"id": "waits"}}))
    put(build / "verdict.json", json.dumps({"outcome": "hold", "sentences": []}))
    assert tidy(settings) == ["backfills/over"]
    assert not over.exists()
    assert waits.is_file()
    assert recent.is_file()


def test_old_log_files_go_and_the_folders_left_empty(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    old = put(logs / "dag_id=a" / "run_id=1" / "task_id=t" / "attempt=1.log")
    recent = put(logs / "dag_id=a" / "run_id=2" / "task_id=t" / "attempt=1.log")
    os.utime(recent)
    elsewhere = put(tmp_path / "elsewhere" / "kept.log")
    (logs / "latest").symlink_to(elsewhere.parent)
    (logs / "linked.log").symlink_to(elsewhere)
    fresh = logs / "dag_id=b" / "run_id=1"
    fresh.mkdir(parents=True)
    before = dt.datetime.fromtimestamp(OLD + 1, dt.UTC)
    assert tidy_logs(logs, before) == 1
    assert not old.parents[1].exists()
    assert recent.is_file()
    assert elsewhere.is_file()
    assert fresh.is_dir()
    assert tidy_logs(logs, before) == 0
    assert tidy_logs(tmp_path / "none", before) == 0


def test_lineage_begins_a_new_file_and_the_old_go(settings: Settings) -> None:
    old = put(settings.old_lineage_dir / "2020-01-05.jsonl")
    told = put(settings.lineage_file, '{"told": "today"}')
    os.utime(told)
    assert tidy(settings) == [f"lineage/{old.name}"]
    assert not told.exists()
    (kept,) = settings.old_lineage_dir.iterdir()
    assert kept.read_text() == '{"told": "today"}'
    assert tidy(settings) == []
    assert kept.exists()

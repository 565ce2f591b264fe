"""What housekeeping removes, and what it never does."""

from __future__ import annotations

import json
import os
from pathlib import Path

from relance.housekeeping import tidy
from relance.settings import Settings

OLD = 1_600_000_000


def put(path: Path, text: str = "{}") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for one in (path, path.parent):
        os.utime(one, (OLD, OLD))
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

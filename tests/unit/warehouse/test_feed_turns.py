"""How long ago each feed was looked at, as of a night: told with turns that are literally written."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from relance.errors import RelanceError
from relance.landing.store import Landed
from relance.landing.turns import write_turn
from relance.settings import Settings
from relance.warehouse.feed_turns import feed_records

AS_OF = dt.datetime(2021, 6, 10, 1, 0, tzinfo=dt.UTC)  # 03:00 in Paris
FEED = {"kind": "panorama", "title_fr": "Panorama", "folder": "x", "name_pattern": "^(?P<key>x)$"}


@pytest.fixture(autouse=True)
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feeds.yml"
    entries = {
        "nightly": FEED,
        "weekly": {**FEED, "expected_within_hours": 168},
        "by_hand": {**FEED, "is_nightly": False},
    }
    path.write_text(yaml.safe_dump({"feeds": entries}), encoding="utf-8")
    monkeypatch.setenv("RELANCE_FEEDS", str(path))


def turn(settings: Settings, feed: str, hours_ago: float, *problems: str) -> None:
    ended_at = AS_OF - dt.timedelta(hours=hours_ago)
    write_turn(settings.landing_dir, feed, f"{feed}-{hours_ago}", ended_at, ended_at, Landed(problems=list(problems)))


def records(settings: Settings) -> dict[str, dict[str, Any]]:
    return {record["feed"]: record for record in feed_records(settings, AS_OF)}


def test_the_last_turn_and_the_last_complete_one_are_told_apart(settings: Settings) -> None:
    turn(settings, "nightly", 49.5)
    turn(settings, "nightly", 25.5, "Première anomalie.", "Seconde anomalie.")
    record = records(settings)["nightly"]
    assert record == {
        "feed": "nightly",
        "kind": "panorama",
        "title_fr": "Panorama",
        "is_nightly": True,
        "expected_within_hours": 36,
        "has_turns": True,
        "last_turn_days_ago": 1,
        "last_complete_turn_days_ago": 2,
        "last_complete_turn_hours_ago": 50,
        "problem_count": 2,
        "last_problem": "Seconde anomalie.",
    }


def test_days_are_those_of_the_calendar_in_paris(settings: Settings) -> None:
    turn(settings, "nightly", 3.5)  # 23:30 of the day before
    assert records(settings)["nightly"]["last_turn_days_ago"] == 1


def test_a_turn_after_the_as_of_date_is_not_looked_at(settings: Settings) -> None:
    turn(settings, "nightly", -0.1)
    record = records(settings)["nightly"]
    assert (record["has_turns"], record["last_turn_days_ago"], record["problem_count"]) == (False, None, 0)


def test_a_feed_without_a_turn_stands_beside_one_that_has_some(settings: Settings) -> None:
    turn(settings, "weekly", 1)
    found = records(settings)
    assert {feed: (one["has_turns"], one["last_complete_turn_hours_ago"]) for feed, one in found.items()} == {
        "nightly": (True, None),
        "weekly": (True, 1),
        "by_hand": (True, None),
    }
    assert {feed: one["expected_within_hours"] for feed, one in found.items()} == {
        "nightly": 36,
        "weekly": 168,
        "by_hand": None,
    }


def test_a_record_that_cannot_be_read_is_named(settings: Settings) -> None:
    turn(settings, "weekly", 1)
    (path,) = (settings.landing_dir / "turns" / "weekly").iterdir()
    path.write_text(json.dumps({"feed": "weekly"}), encoding="utf-8")
    with pytest.raises(RelanceError, match=path.name):
        records(settings)

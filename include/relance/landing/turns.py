"""Turns: one small record for each time that a feed was collected, whether or not anything new was there.

A receipt says that something came; only a turn says that somebody looked and nothing had, so it is what tells
a quiet feed from a late one.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from relance.errors import RelanceError
from relance.files import write_json
from relance.landing.store import Landed


@dataclass(frozen=True)
class Turn:
    """What is read of a turn; `problems` are the sentences of what the source could not give."""

    feed: str
    ended_at: dt.datetime
    is_complete: bool
    problems: list[str]


def read_turns(landing_dir: Path) -> list[Turn]:
    """Every turn of every feed, in the order in which they ended.

    Raises `RelanceError` naming a record that cannot be read.
    """
    turns = []
    for path in (landing_dir / "turns").glob("*/[!.]*.json"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            ended_at = dt.datetime.fromisoformat(record["ended_at"])
            turns.append(Turn(record["feed"], ended_at, bool(record["is_complete"]), list(record["problems"])))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RelanceError(
                f"The record of a turn {path} cannot be read ({error}): delete it; at worst its feed shows as late "
                "until it is collected again."
            ) from error
    return sorted(turns, key=lambda turn: (turn.ended_at, turn.feed))


def last_look(landing_dir: Path, feed: str, place: str) -> dt.datetime | None:
    """When the last complete turn of a feed that looked at this place began; None where no record says so."""
    begun = []
    for path in (landing_dir / "turns" / feed).glob("[!.]*.json"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.get("place") == place and record["is_complete"]:
                begun.append(dt.datetime.fromisoformat(record["begun_at"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue  # `read_turns` says it
    return max(begun, default=None)


def write_turn(
    landing_dir: Path,
    feed: str,
    run: str,
    begun_at: dt.datetime,
    ended_at: dt.datetime,
    landed: Landed,
    place: str | None = None,
) -> None:
    """Record a turn under `turns/<feed>/<run>.json`; `is_complete` when the source gave all that it has.

    `place` is where it looked, as it may be shown.
    """
    record = {
        "feed": feed,
        "place": place,
        "run": run,
        "begun_at": begun_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "is_complete": not landed.problems,
        "new": len(landed.new),
        "known": len(landed.known),
        "left": len(landed.left),
        "problems": landed.problems,
    }
    write_json(landing_dir / "turns" / feed / f"{run}.json", record)

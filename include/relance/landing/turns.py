"""Turns: one small record for each time that a feed was collected, whether or not anything new was there.

A receipt says that something came; only a turn says that somebody looked and nothing had, so it is what tells
a quiet feed from a late one.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from relance.files import write_json
from relance.landing.store import Landed


def write_turn(
    landing_dir: Path, feed: str, run: str, begun_at: dt.datetime, ended_at: dt.datetime, landed: Landed
) -> None:
    """Record a turn under `turns/<feed>/<run>.json`; `is_complete` when the source gave all that it has."""
    record = {
        "feed": feed,
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

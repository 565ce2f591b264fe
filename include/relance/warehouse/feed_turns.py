"""How long ago each feed was looked at, as of a build: what tells a quiet feed from a late one.

Ages and no instants: two nights on which the same was received then say the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from relance.asof import PARIS
from relance.landing.turns import Turn, read_turns
from relance.settings import Settings
from relance.sources.feeds import load_feeds

HOUR = dt.timedelta(hours=1)


def feed_records(settings: Settings, as_of: dt.datetime) -> list[dict[str, Any]]:
    """One record a feed of feeds.yml; turns that ended after `as_of` are not looked at.

    `…_hours_ago` are whole hours begun (0: at that instant), `…_days_ago` days of the calendar in Paris; both are
    None where there was no such turn. `has_turns` is False where no feed had one: nobody can say who was late then.
    """
    turns = [turn for turn in read_turns(settings.landing_dir) if turn.ended_at <= as_of]
    records = []
    for feed in load_feeds(settings).values():
        own = [turn for turn in turns if turn.feed == feed.id]
        last = own[-1] if own else None
        complete = next((turn for turn in reversed(own) if turn.is_complete), None)
        records.append(
            {
                "feed": feed.id,
                "kind": feed.kind,
                "title_fr": feed.title_fr,
                "is_nightly": feed.is_nightly,
                "expected_within_hours": feed.expected_within_hours,
                "has_turns": bool(turns),
                "last_turn_days_ago": _days(last, as_of),
                "last_complete_turn_days_ago": _days(complete, as_of),
                "last_complete_turn_hours_ago": -((complete.ended_at - as_of) // HOUR) if complete else None,
                "problem_count": len(last.problems) if last else 0,
                "last_problem": last.problems[-1] if last and last.problems else None,
            }
        )
    return records


def is_late(record: dict[str, Any]) -> bool:
    """Whether the feed of a record is late, as `quality.feed_status` says it (where nobody can say, it is not)."""
    expected, ago = record["expected_within_hours"], record["last_complete_turn_hours_ago"]
    return expected is not None and bool(record["has_turns"]) and (ago is None or ago > expected)


def _days(turn: Turn | None, as_of: dt.datetime) -> int | None:
    return (as_of.astimezone(PARIS).date() - turn.ended_at.astimezone(PARIS).date()).days if turn else None

"""What a backfill leaves beside the data: who asked for which nights and why, and what became of each.

`data/backfills/<id>/backfill.json` is written before the first night, `<date>.json` when a night has ended. What was
published stands in the publications' own manifests, which count: a run killed between the two loses nothing.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relance import asof, decisions
from relance.errors import RelanceError
from relance.files import write_json
from relance.publication.current import read_publication
from relance.settings import Settings

RECORD = "backfill.json"
PUBLISHED, UNCHANGED, EMPTY, HELD, BLOCKED, FAILED = "published", "unchanged", "empty", "held", "blocked", "failed"
# A night that ended so is done: the same command does not do it again.
DONE = (PUBLISHED, UNCHANGED, EMPTY)


@dataclass(frozen=True)
class Backfill:
    """The nights from `first` to `last`, both included; `sources_sha256` is the code that they are restated with.

    `is_committed`: whether a commit holds that code, or nobody can say.
    """

    id: str
    first: dt.date
    last: dt.date
    reason: str
    who: str
    begun_at: dt.datetime
    sources_sha256: str
    is_committed: bool = True

    @property
    def dates(self) -> list[dt.date]:
        return [self.first + dt.timedelta(days=days) for days in range((self.last - self.first).days + 1)]

    def for_manifest(self) -> dict[str, Any]:
        """What each publication's manifest keeps of it."""
        return {
            "id": self.id,
            "reason": self.reason,
            "who": self.who,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
        }


@dataclass(frozen=True)
class Outcome:
    """What became of one night: `outcome` is one of the words above; `publication` is `<date>/r<N>`."""

    date: str
    outcome: str
    sentence: str
    build_id: str | None = None
    publication: str | None = None
    seconds: float | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome in DONE


def open_backfill(settings: Settings, asked: Backfill) -> Backfill:
    """The backfill to work on: one with the same range, reason and code that was interrupted, or else `asked`, noted.

    With other code the nights that are done already would not be what the rest is, so it is begun anew.
    """
    for known in reversed(all_backfills(settings)):
        same = ("first", "last", "reason", "sources_sha256")
        if all(getattr(known, name) == getattr(asked, name) for name in same):
            ended = outcomes(settings, known)
            if not all(day in ended and ended[day].is_done for day in known.dates):
                return known
            break
    write_json(
        _folder(settings, asked) / RECORD,
        {
            **asdict(asked),
            "first": asked.first.isoformat(),
            "last": asked.last.isoformat(),
            "begun_at": asked.begun_at.isoformat(),
        },
    )
    return asked


def new_id(first: dt.date, last: dt.date) -> str:
    return f"{first.isoformat()}_{last.isoformat()}-{uuid.uuid4().hex[:8]}"


def all_backfills(settings: Settings) -> list[Backfill]:
    """Every backfill, in the order in which they began."""
    found = []
    for path in settings.backfills_dir.glob(f"[!.]*/{RECORD}"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            record |= {name: dt.date.fromisoformat(record[name]) for name in ("first", "last")}
            found.append(Backfill(**{**record, "begun_at": dt.datetime.fromisoformat(record["begun_at"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise RelanceError(
                f"The record of a backfill {path} cannot be read ({error}): remove its folder; the nights that it "
                "published stay, and the same command finds them unchanged."
            ) from error
    return sorted(found, key=lambda one: (one.begun_at, one.id))


def outcomes(settings: Settings, backfill: Backfill) -> dict[dt.date, Outcome]:
    """What became of each night that has ended; what the publications say counts more than what was noted."""
    ended = {}
    for day in backfill.dates:
        if (made := _published(settings, backfill, day)) is not None:
            ended[day] = made
            continue
        try:
            known = json.loads((_folder(settings, backfill) / f"{day}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        ended[day] = Outcome(**known)
    return ended


def _published(settings: Settings, backfill: Backfill, day: dt.date) -> Outcome | None:
    for folder in sorted(settings.publications_dir.joinpath(day.isoformat()).glob("r*")):
        manifest = read_publication(folder) or {}
        if manifest.get("backfill", {}).get("id") == backfill.id:
            name = f"{day}/{folder.name}"
            return Outcome(day.isoformat(), PUBLISHED, f"published as {name}", manifest["build_id"], name)
    return None


def note(settings: Settings, backfill: Backfill, outcome: Outcome) -> None:
    """Keep what became of a night."""
    write_json(_folder(settings, backfill) / f"{outcome.date}.json", asdict(outcome))


def is_waiting(settings: Settings, outcome: Outcome) -> bool:
    """Whether a held night still waits for a person: it is not built again before somebody decided."""
    return (
        outcome.outcome == HELD
        and outcome.build_id is not None
        and decisions.held_by(settings.builds_dir / outcome.build_id) is not None
    )


@contextmanager
def held(settings: Settings, backfill: Backfill) -> Iterator[None]:
    """One process works on a backfill at a time; the kernel releases the lock of one that is killed."""
    folder = _folder(settings, backfill)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RelanceError(
                f"This backfill is running already ({backfill.id}): wait until it has ended, or end it; the same "
                "command then goes on where it stopped."
            ) from error
        yield


def asked_for(settings: Settings, first: dt.date, last: dt.date, reason: str, who: str) -> Backfill:
    """The backfill that a person asks for now.

    Raises `RelanceError` without a reason, or when the range is none or has not passed yet.
    """
    from relance.warehouse.manifest import code_identity

    if not reason.strip():
        raise RelanceError(
            "A backfill needs its reason: say why these nights are restated in a few words (--reason). Each "
            "publication keeps it."
        )
    if last < first:
        raise RelanceError(f"The range ends ({last}) before it begins ({first}): give the earlier date with --from.")
    if asof.night_of(last) > asof.now():
        raise RelanceError(
            f"The night of {last} has not come yet (a night is published at 03:00 in Paris): end with a date that has "
            "passed."
        )
    code = code_identity(settings)
    return Backfill(
        new_id(first, last), first, last, reason.strip(), who, asof.now(), code["sources_sha256"],
        is_committed=code["is_committed"] is not False,
    )  # fmt: skip


def _folder(settings: Settings, backfill: Backfill) -> Path:
    return settings.backfills_dir / backfill.id

"""One process of a backfill: builds the nights that it is given, and concludes each when it is told to.

What it imports (Great Expectations takes seconds) stays for the next night. It ends when the backfill does.
"""

from __future__ import annotations

import datetime as dt
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from relance import asof, decisions, stages
from relance.backfill.record import BLOCKED, EMPTY, FAILED, HELD, PUBLISHED, UNCHANGED, Outcome
from relance.errors import NothingReceivedError, PublicationBlockedError, PublicationHeldError, RelanceError
from relance.processes import end_with_parent
from relance.settings import Settings

BUILT, ENDED, GO_ON = "built", "ended", "go on"


def work(connection: Connection, parent: int, backfill: dict[str, Any]) -> None:
    """Take dates for as long as the backfill runs; after each build, say so and wait for the word to go on."""
    end_with_parent(parent)
    # Ctrl-C reaches the whole group: the backfill ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (date := _next(connection)) is not None:
        begun, build_id = time.monotonic(), None
        try:
            build_id = stages.prepare(asof.night_of(date), backfill=backfill)
            stages.build(build_id)
            connection.send((BUILT, None))
            connection.recv()
            outcome, sentence, publication = _conclude(build_id)
        except Exception as error:  # whatever it is, the other nights go on
            outcome, sentence, publication = _failed(error)
        seconds = round(time.monotonic() - begun, 1)
        connection.send((ENDED, Outcome(date.isoformat(), outcome, sentence, build_id, publication, seconds)))


def _next(connection: Connection) -> dt.date | None:
    """The next date; None once the backfill has closed its end."""
    try:
        date: dt.date = connection.recv()
    except EOFError:
        return None
    return date


def _conclude(build_id: str) -> tuple[str, str, str | None]:
    """Audit and publish a build: what became of it, in a sentence, and the publication's name."""
    stages.audit(build_id)
    decisions.require_approval(Settings.from_env().builds_dir / build_id)
    folder = Path(stages.publish(build_id))
    name = f"{folder.parent.name}/{folder.name}"
    if unchanged := stages.unchanged(build_id):
        return UNCHANGED, unchanged, name
    return PUBLISHED, f"published as {name}", name


def _failed(error: Exception) -> tuple[str, str, None]:
    kinds = ((NothingReceivedError, EMPTY), (PublicationBlockedError, BLOCKED), (PublicationHeldError, HELD))
    for kind, outcome in kinds:
        if isinstance(error, kind):
            return outcome, str(error), None
    return FAILED, str(error) if isinstance(error, RelanceError) else f"{type(error).__name__}: {error}", None

"""What every source gives: files as their senders show them, not read yet.

The one interface: a source is told what the landing already holds of the feed (`Known`) and gives `Arrival`s.
Asking an arrival for its bytes ends in one of three ways: a readable file, `UnchangedError` when what the
landing holds is still what the sender has, or an error, and then the others are still asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

# Programs that keep no time write the start of their calendar: 1970, or in a ZIP 1980.
NO_TIME_BEFORE = dt.datetime(1980, 1, 2, tzinfo=dt.UTC)


class UnchangedError(Exception):
    """The sender says, or lets us see without a download, that nothing changed since the known reception."""


@dataclass(frozen=True)
class Origin:
    """What the sender's system said of a file when it was taken: kept in the receipt, asked for by the next turn.

    `id` names the thing at its place for good, whatever its file is called. `checksum` is `<algorithm>:<hex>`
    and was verified. `changed_at` and `watermark` are ISO instants: everything changed there up to `watermark`
    had been landed when this was. No field ever holds a secret or a query string.
    """

    id: str
    url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    checksum: str | None = None
    changed_at: str | None = None
    watermark: str | None = None

    @property
    def sent_at(self) -> dt.datetime | None:
        """The instant (UTC) that the sender's system gives for this version; None where it gives none to be read."""
        from email.utils import parsedate_to_datetime  # not above: it takes as long to load as a small file to parse

        for text, read in (
            (self.changed_at, dt.datetime.fromisoformat),
            (self.last_modified, parsedate_to_datetime),
        ):
            try:
                instant = read(text) if text else None
            except (TypeError, ValueError):
                continue
            if instant is not None:
                return sender_time(instant.replace(tzinfo=instant.tzinfo or dt.UTC))
        return None


@dataclass(frozen=True)
class Known:
    """A reception that the landing has, as far as a source needs it; `open` gives its bytes."""

    name: str
    origin: Origin | None
    open: Callable[[], BinaryIO]


def sender_time(instant: dt.datetime) -> dt.datetime | None:
    """An instant as a sender's own time, in UTC; None for the start of a calendar, which says nothing."""
    try:
        told = instant.astimezone(dt.UTC)
    except OverflowError:
        return None
    return told if told >= NO_TIME_BEFORE else None


def no_origin() -> Origin | None:
    return None


def stays() -> None:
    """The sender's file stays where it is: what every feed does that does not say otherwise."""


@dataclass(frozen=True)
class Arrival:
    """One file at its sender's place.

    `received_at` is set only where a reception index says when the file counts as received; otherwise the
    landing dates it. `sent_at` (UTC) is the file's own time at its sender's place; what an index dates has none, since
    its folder is a reconstruction. `is_given` says that a person pointed at its folder. `sender` is whose folder it is
    where the feed says who may speak for whom; a subfolder stands at the beginning of `name` too. `key` and `period`
    are what the source knows better than the file's name. `is_settled` and `origin` are asked after the bytes were
    read: False means that the file changed meanwhile and is left for the next turn. `release` is called once its
    receipt is kept: it moves the file out of the drop place of a feed that says so. `open` may raise `UnchangedError`,
    `SourceError` (its sentence is reported), or `OSError`.
    """

    name: str
    uri: str
    open: Callable[[], BinaryIO]
    is_settled: Callable[[], bool]
    received_at: dt.datetime | None = None
    key: str | None = None
    period: str | None = None
    sent_at: dt.datetime | None = None
    is_given: bool = False
    sender: str | None = None
    origin: Callable[[], Origin | None] = no_origin
    release: Callable[[], None] = stays

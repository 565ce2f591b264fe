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


@dataclass(frozen=True)
class Known:
    """A reception that the landing has, as far as a source needs it; `open` gives its bytes."""

    name: str
    origin: Origin | None
    open: Callable[[], BinaryIO]


def no_origin() -> Origin | None:
    return None


def stays() -> None:
    """The sender's file stays where it is: what every feed does that does not say otherwise."""


@dataclass(frozen=True)
class Arrival:
    """One file at its sender's place.

    `received_at` is set only where a reception index says when the file counts as received; otherwise the
    landing dates it. `key` and `period` are what the source knows better than the file's name. `is_settled`
    and `origin` are asked after the bytes were read: False means that the file changed meanwhile and is left
    for the next turn. `release` is called once its receipt is kept: it moves the file out of the drop place of a feed
    that says so. `open` may raise `UnchangedError`, `SourceError` (its sentence is reported), or `OSError`.
    """

    name: str
    uri: str
    open: Callable[[], BinaryIO]
    is_settled: Callable[[], bool]
    received_at: dt.datetime | None = None
    key: str | None = None
    period: str | None = None
    origin: Callable[[], Origin | None] = no_origin
    release: Callable[[], None] = stays

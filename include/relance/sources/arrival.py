"""What every source gives: files as their senders show them, not read yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class Arrival:
    """One file at its sender's place.

    `received_at` is set only where a reception index says when the file counts as received; otherwise the
    landing dates it. `is_settled` is asked after the bytes were read: False means that the file changed
    meanwhile and is left for the next turn.
    """

    name: str
    uri: str
    open: Callable[[], BinaryIO]
    is_settled: Callable[[], bool]
    received_at: dt.datetime | None = None

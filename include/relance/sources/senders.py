"""Who may speak for which ministry: the senders of a drop place are its subfolders, and what lies in it directly."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from relance.errors import SourceError
from relance.sources.arrival import Arrival

# The sender of what lies directly in the feed's folder.
DEFAULT = "default"


def read_speaks_for(feed_id: str, entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """`speaks_for` of a feed's entry: ministry codes by sender. Raises `ValueError` saying what is wrong in it."""
    told, kind, moved_to = entry["speaks_for"], entry["kind"], entry.get("moved_to")
    expected = "expected lists of ministry codes by subfolder or `default`, such as collectivites: [COT]"
    if kind != "submission" or "folder" not in entry:
        raise ValueError(f"{feed_id} has speaks_for, which only a folder of submissions has")
    if not isinstance(told, dict) or not told:
        raise ValueError(f"{feed_id} has speaks_for: {told!r}; {expected}")
    for name, codes in told.items():
        if not isinstance(name, str) or name in ("", ".", "..") or PurePosixPath(name).name != name:
            raise ValueError(f"{feed_id} has speaks_for of {name!r}; expected the name of a subfolder, or `default`")
        if moved_to is not None and same_name(name) == same_name(moved_to):
            raise ValueError(f"{feed_id} has speaks_for of {name!r}, to which it moves what was landed")
        if not isinstance(codes, list) or not all(isinstance(code, str) and code.strip() for code in codes):
            raise ValueError(f"{feed_id} has speaks_for of {name!r}: {codes!r}; {expected}")
    if len({same_name(name) for name in told}) < len(told):
        raise ValueError(f"{feed_id} has speaks_for of one subfolder twice, its case or its accents aside")
    return {name: tuple(code.strip().upper() for code in codes) for name, codes in told.items()}


def same_name(name: str) -> str:
    """The form in which names of senders are compared: case, and how an accent is encoded, do not count."""
    return unicodedata.normalize("NFC", name.casefold())


def sender_named(name: str, senders: Iterable[str]) -> str | None:
    """The one of `senders` whose subfolder this is; None where it is nobody's."""
    return next((one for one in senders if one != DEFAULT and same_name(one) == same_name(name)), None)


def unread(place: str, unnamed: Sequence[str], unreadable: Sequence[str]) -> Iterator[Arrival]:
    """Arrivals that only say which subfolders of a place are not read: nobody's with files in them, or out of reach."""
    for folders, why in (
        (
            unnamed,
            "hold(s) files that are not read: the feed does not say for whom that folder may speak, or it is a "
            "link. Name it under speaks_for of the feed, or move the files into the folder of their sender.",
        ),
        (unreadable, "cannot be listed: give the right to read there. The other folders are read."),
    ):
        if folders:
            names = ", ".join(folders)
            yield Arrival(names, place, partial(_say, f"{names} in {place} {why}"), is_settled=lambda: True)


def _say(sentence: str) -> BinaryIO:
    raise SourceError(sentence)

"""From a feed to its arrivals: which way in it takes, and with which token."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from relance.errors import RelanceError
from relance.sources import applications, portal
from relance.sources.arrival import Arrival, Known
from relance.sources.feeds import APPLICATIONS, PORTAL, Feed
from relance.sources.folder import scan
from relance.sources.http import Client
from relance.sources.objects import scan_url


def place_of(feed: Feed, folder: str | None = None) -> str:
    """Where a turn looks, as it may be shown: `folder` if a person gave one, else the feed's own place."""
    if folder:
        return folder if "://" in folder else str(Path(folder).resolve())
    return str(feed.folder if feed.folder is not None else feed.api)


def arrivals_of(
    feed: Feed, known: Sequence[Known], folder: str | None = None, token: str | None = None
) -> Iterator[Arrival]:
    """What the feed's source has, or another `folder` (whose files count as received now).

    `token` is for a caller that keeps it elsewhere than in the feed's environment variable. Raises
    `RelanceError` when the place, or a token that the source needs, is not there.
    """
    if folder is None and feed.source == PORTAL:
        with _client(feed, token) as client:
            yield from portal.arrivals(feed, client, known)
    elif folder is None and feed.source == APPLICATIONS:
        if feed.demarche is None:
            raise RelanceError(
                f"The feed {feed.id} names no procedure: set its `demarche` in the feeds file to its number."
            )
        with _client(feed, token or _token(feed)) as client:
            yield from applications.arrivals(feed, client, known)
    else:
        yield from _dropped(feed, folder)


def _dropped(feed: Feed, folder: str | None) -> Iterator[Arrival]:
    place = place_of(feed, folder)
    # What a person points at is finished.
    settle_seconds, senders, is_given = 0.0 if folder else feed.settle_seconds, feed.speaks_for, folder is not None
    if "://" in place:
        yield from scan_url(place, feed.connection, settle_seconds, feed.moved_to, is_given, senders)
    else:
        index = None if folder else feed.reception_index
        yield from scan(Path(place), index, settle_seconds, feed.moved_to, is_given, senders)


def _client(feed: Feed, token: str | None) -> closing[Client]:
    if feed.http is None or feed.api is None:
        raise RelanceError(f"The feed {feed.id} has no api or no http rules: see the shipped feeds.yml.")
    return closing(Client(feed.http, feed.api, token))


def _token(feed: Feed) -> str:
    token = os.environ.get(str(feed.token_variable), "").strip()
    if not token:
        raise RelanceError(
            f"The feed {feed.id} needs a token, and the environment variable {feed.token_variable} that should hold it "
            "is not set: set it (never in a file under git)."
        )
    return token

"""The feeds: what is collected, from where, read from `feeds.yml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from relance.errors import RelanceError
from relance.settings import Settings

KINDS = ("panorama", "submission")


@dataclass(frozen=True)
class Feed:
    """One feed. `kind` chooses the contracts; `name_pattern` says what a file's name tells."""

    id: str
    kind: str
    title_fr: str
    folder: Path
    reception_index: str | None
    name_pattern: re.Pattern[str]

    def read_name(self, file_name: str) -> tuple[str | None, str | None]:
        """The key (edition `YYYY-MM`, or ministry code) and the period that a file's name announces."""
        match = self.name_pattern.search(file_name)
        groups = match.groupdict() if match else {}
        return groups.get("key"), groups.get("period")


def load_feeds(settings: Settings) -> dict[str, Feed]:
    """Every feed by its id. Raises `RelanceError` when the file does not say what a feed needs."""
    path = settings.feeds_file
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["feeds"]
        feeds = {
            feed_id: Feed(
                id=feed_id,
                kind=entry["kind"],
                title_fr=entry["title_fr"],
                folder=settings.home / entry["folder"],
                reception_index=entry.get("reception_index"),
                name_pattern=re.compile(entry["name_pattern"]),
            )
            for feed_id, entry in entries.items()
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, re.error) as error:
        raise RelanceError(
            f"The feeds file {path} cannot be used ({type(error).__name__}: {error}): every feed needs kind, "
            "title_fr, folder and name_pattern, as the shipped feeds.yml shows."
        ) from error
    for feed in feeds.values():
        if feed.kind not in KINDS:
            raise RelanceError(
                f"The feed {feed.id} in {path} has the kind {feed.kind!r}; expected one of {', '.join(KINDS)}."
            )
    return feeds


def get_feed(settings: Settings, feed_id: str) -> Feed:
    """One feed. Raises `RelanceError` naming the known ones when there is none of that id."""
    feeds = load_feeds(settings)
    if feed_id not in feeds:
        raise RelanceError(f"There is no feed {feed_id!r}; the feeds are {', '.join(sorted(feeds))}.")
    return feeds[feed_id]

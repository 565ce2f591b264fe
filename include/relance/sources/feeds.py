"""The feeds: what is collected, from where, read from `feeds.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from relance.errors import RelanceError
from relance.french import MONTHS
from relance.settings import Settings
from relance.sources.http import HttpRules
from relance.sources.senders import DEFAULT, read_speaks_for, same_name

KINDS = ("panorama", "submission", "application")
FOLDER, PORTAL, APPLICATIONS = "folder", "portal", "applications"
# A night, and half a day for whoever is on call.
NIGHTLY_WITHIN_HOURS = 36
# What an entry of each source has to say, beside kind, title_fr and name_pattern.
REQUIRED = {
    FOLDER: {"folder"},
    PORTAL: {"api", "dataset", "http"},
    APPLICATIONS: {"api", "demarche", "token_variable", "http"},
}
# One mailbox and nothing else: a list or a header line cannot hide in it.
_ADDRESS = re.compile(r"[^\s@,;:<>\"()]+@[^\s@,;:<>\"()]+\.[^\s@,;:<>\"()]+")


@dataclass(frozen=True)
class Feed:
    """One feed. `kind` chooses the contracts, `source` the way in; `name_patterns` say what a name tells.

    `folder` is a path, or the URL of an object store. A file there waits for the next turn while somebody wrote to it
    less than `settle_seconds` ago, and is moved to the subfolder `moved_to`, where one is named, once it is landed;
    else nothing is ever moved. `token_variable` names the environment variable that holds the token, which itself
    stands nowhere, `token_connection` the Airflow connection whose password it is. `expected_within_hours`: how long
    ago the last complete turn may be before the feed is late (None: any time). `decision_index`: decisions on files
    that come with samples. `contacts`: to whom a file's feedback is sent, addresses by ministry code, and by `default`
    for every other file. `speaks_for`: the ministry codes that each subfolder of `folder`, and by `default` what lies
    in it directly, may speak for; without it only the latter is read.
    """

    id: str
    kind: str
    title_fr: str
    name_patterns: tuple[re.Pattern[str], ...]
    source: str = FOLDER
    is_nightly: bool = True
    folder: Path | str | None = None
    reception_index: str | None = None
    decision_index: Path | None = None
    settle_seconds: float = 60
    moved_to: str | None = None
    connection: str | None = None
    api: str | None = None
    dataset: str | None = None
    formats: tuple[str, ...] = ()
    demarche: int | None = None
    page_size: int = 50
    overlap_seconds: int = 3600
    token_variable: str | None = None
    token_connection: str | None = None
    expected_within_hours: int | None = None
    contacts: Mapping[str, tuple[str, ...]] | None = None
    speaks_for: Mapping[str, tuple[str, ...]] | None = None
    http: HttpRules | None = None

    def read_name(self, *names: str) -> tuple[str | None, str | None]:
        """The key (edition `YYYY-MM`, or ministry code) and the period that the first telling name announces.

        A pattern says the key whole (`key`), or an edition by `year` and `month` (a number or a French word).
        """
        for name in names:
            for pattern in self.name_patterns:
                if match := pattern.search(name):
                    groups = match.groupdict()
                    return groups.get("key") or _edition(groups), groups.get("period")
        return None, None

    def may_speak_for(self, sender: str) -> tuple[str, ...] | None:
        """The ministry codes that a sender (`Arrival.sender`) may speak for; None: any."""
        told = {same_name(name): codes for name, codes in (self.speaks_for or {}).items()}
        return told.get(same_name(sender), None if sender == DEFAULT else ())


def load_feeds(settings: Settings) -> dict[str, Feed]:
    """Every feed by its id. Raises `RelanceError` when the file does not say what a feed needs."""
    path = settings.feeds_file
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["feeds"]
        feeds = {feed_id: _feed(feed_id, entry, settings) for feed_id, entry in entries.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError, re.error) as error:
        raise RelanceError(
            f"The feeds file {path} cannot be used ({type(error).__name__}: {error}): every feed needs kind, "
            "title_fr, name_pattern and what its source asks for, as the shipped feeds.yml shows."
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


def _feed(feed_id: str, entry: Mapping[str, Any], settings: Settings) -> Feed:
    source = entry.get("source", FOLDER)
    if source not in REQUIRED:
        raise ValueError(f"{feed_id} has the source {source!r}; expected one of {', '.join(REQUIRED)}")
    needed = {"kind", "title_fr", "name_pattern"} | REQUIRED[source]
    if missing := sorted(needed - entry.keys()):
        raise KeyError(f"{feed_id} has no {missing[0]}")
    known = {field.name for field in fields(Feed)} - {"id", "name_patterns"} | {"name_pattern"}
    if unknown := sorted(entry.keys() - known):
        raise ValueError(f"{feed_id} has a setting {unknown[0]!r}, which no feed has")
    patterns = entry["name_pattern"]
    told = {name: value for name, value in entry.items() if name != "name_pattern"}
    told["name_patterns"] = tuple(re.compile(text) for text in ([patterns] if isinstance(patterns, str) else patterns))
    if "folder" in told and "://" not in told["folder"]:
        told["folder"] = settings.home / told["folder"]
    if "decision_index" in told:
        told["decision_index"] = settings.home / told["decision_index"]
    if "formats" in told:
        told["formats"] = tuple(text.lower() for text in told["formats"])
    moved_to = told.get("moved_to")
    if moved_to is not None and (not isinstance(moved_to, str) or moved_to in ("", ".", "..") or "/" in moved_to):
        raise ValueError(f"{feed_id} has moved_to: {moved_to!r}; expected the name of a subfolder of its folder")
    if "contacts" in told:
        told["contacts"] = _contacts(feed_id, told["contacts"])
    if "speaks_for" in told:
        told["speaks_for"] = read_speaks_for(feed_id, entry)
    if "http" in told:
        told["http"] = _rules(feed_id, told["http"])
    if told.get("is_nightly", True):
        told.setdefault("expected_within_hours", NIGHTLY_WITHIN_HOURS)
    hours = told.get("expected_within_hours")
    if hours is not None and (type(hours) is not int or hours < 1):
        raise ValueError(f"{feed_id} has expected_within_hours: {hours!r}; expected a whole number from 1")
    return Feed(id=feed_id, **told)


def _contacts(feed_id: str, entry: Any) -> dict[str, tuple[str, ...]]:
    expected = "expected lists of addresses by ministry code or `default`, such as ECO: [suivi@exemple.gouv.fr]"
    if not isinstance(entry, dict):
        raise ValueError(f"{feed_id} has contacts: {entry!r}; {expected}")
    for code, addresses in entry.items():
        if not isinstance(addresses, list) or not all(_ADDRESS.fullmatch(str(address)) for address in addresses):
            raise ValueError(f"{feed_id} has contacts for {code}: {addresses!r}; {expected}")
    return {str(code): tuple(addresses) for code, addresses in entry.items()}


def _rules(feed_id: str, entry: Mapping[str, Any]) -> HttpRules:
    expected = {field.name for field in fields(HttpRules)}
    if unknown := sorted(entry.keys() - expected):
        raise ValueError(
            f"http of {feed_id} has a setting {unknown[0]!r}; expected some of {', '.join(sorted(expected))}"
        )
    hosts = entry["allowed_hosts"]
    if not isinstance(hosts, list) or not hosts:
        raise ValueError(f"http of {feed_id} allows no host; expected a list of them in allowed_hosts")
    for name, value in entry.items():
        is_switch = name == "is_plain_http_allowed"
        if name != "allowed_hosts" and (isinstance(value, bool) != is_switch or value < 0):
            raise ValueError(
                f"http of {feed_id} has {name}: {value!r}; expected a number from 0 or, for is_…, a boolean"
            )
    return HttpRules(**{**entry, "allowed_hosts": tuple(str(host).lower() for host in hosts)})


def _edition(groups: Mapping[str, str | None]) -> str | None:
    year, month = groups.get("year"), groups.get("month")
    if not year or not month:
        return None
    number = int(month) if month.isdigit() else _month_number(month)
    return f"{year}-{number:02d}" if number and 1 <= number <= 12 else None


def _month_number(word: str) -> int | None:
    """A French month's number, however it is cased and with or without its accents."""
    from unicodedata import combining, normalize

    def plain(text: str) -> str:
        return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))

    return next((number for number, month in enumerate(MONTHS, start=1) if plain(month) == plain(word)), None)

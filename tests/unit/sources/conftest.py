"""Feeds that call the servers of `tests/servers`, with waits of milliseconds instead of minutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from relance.errors import CollectionIncompleteError
from relance.landing.receipts import Receipt, read_receipts
from relance.landing.store import object_path
from relance.settings import Settings
from relance.sources.http import HttpRules
from relance.stages import CollectSummary, collect
from tests.servers.applications import DEMARCHE, TOKEN, ApplicationsServer
from tests.servers.portal import DATASET, PortalServer

FAST = {
    "connect_seconds": 2,
    "read_seconds": 2,
    "deadline_seconds": 4,
    "attempts": 3,
    "backoff_seconds": 0.02,
    "backoff_max_seconds": 0.05,
    "retry_after_max_seconds": 1,
    "max_file_bytes": 20_000,
    "is_plain_http_allowed": True,
}
TOKEN_VARIABLE = "RELANCE_TEST_TOKEN"  # noqa: S105 - a name


def fast_rules(*hosts: str, **changes: Any) -> HttpRules:
    return HttpRules(allowed_hosts=hosts, **{**FAST, **changes})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    server = PortalServer()
    yield server
    server.stop()


@pytest.fixture
def platform() -> Iterator[ApplicationsServer]:
    server = ApplicationsServer()
    yield server
    server.stop()


class House:
    """A landing of its own and a feeds file that tests fill."""

    def __init__(self, settings: Settings, feeds_file: Path) -> None:
        self.settings = settings
        self.feeds: dict[str, Any] = {}
        self._feeds_file = feeds_file

    def add(self, feed: str, **entry: Any) -> None:
        self.feeds[feed] = {"title_fr": feed, "name_pattern": "^(?P<key>x)$", **entry}
        self._feeds_file.write_text(yaml.safe_dump({"feeds": self.feeds}), encoding="utf-8")

    def add_portal(self, server: PortalServer, feed: str = "portal", *hosts: str, **http: Any) -> None:
        rules = {**FAST, "allowed_hosts": [server.place, *hosts], **http}
        patterns = [
            r"(?<!\d)(?P<year>20\d\d)[-_ ](?P<month>0[1-9]|1[0-2])(?!\d)",
            r"(?i)(?P<month>juillet|ao[ûu]t) (?P<year>20\d\d)",
        ]
        api = f"{server.address}/api/1"
        self.add(feed, kind="panorama", source="portal", api=api, dataset=DATASET, name_pattern=patterns, http=rules)

    def add_applications(self, server: ApplicationsServer, **changes: Any) -> None:
        rules = {**FAST, "max_answer_bytes": 1_000_000, "allowed_hosts": [server.place], **changes.pop("http", {})}
        entry = {"api": server.api, "demarche": DEMARCHE, "token_variable": TOKEN_VARIABLE, "page_size": 2, **changes}
        self.add("applications", kind="application", source="applications", http=rules, **entry)

    def turn(self, feed: str) -> CollectSummary:
        return collect(feed)

    def broken_turn(self, feed: str) -> str:
        """A turn that has to end with a problem: what it says."""
        with pytest.raises(CollectionIncompleteError) as caught:
            collect(feed)
        return str(caught.value)

    def receipts(self) -> list[Receipt]:
        return read_receipts(self.settings.landing_dir)

    def landed(self) -> list[tuple[str, bytes]]:
        """Name and bytes of each reception, in the order of names."""
        receipts = sorted(self.receipts(), key=lambda receipt: (receipt.file_name, receipt.received_at))
        return [
            (receipt.file_name, object_path(self.settings.landing_dir, receipt.sha256).read_bytes())
            for receipt in receipts
        ]

    def every_byte(self) -> bytes:
        """All that a run wrote, to look for what must not be there."""
        return b"".join(path.read_bytes() for path in self.settings.data_dir.rglob("*") if path.is_file())


@pytest.fixture
def house(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    feeds_file = tmp_path / "feeds.yml"
    monkeypatch.setenv("RELANCE_FEEDS", str(feeds_file))
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    return House(settings, feeds_file)

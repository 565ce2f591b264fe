"""OpenLineage events: an endpoint that collects them, and a walk along what they say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.servers.loopback import LoopbackServer, Reply, Request

Event = dict[str, Any]


class Catalogue(LoopbackServer):
    """Takes events as a catalogue of lineage does."""

    def answer(self, request: Request) -> Reply:
        return Reply(201)

    @property
    def events(self) -> list[Event]:
        return [json.loads(request.body) for request in self.seen]


def told(data_dir: Path) -> list[Event]:
    """The events in the file of a data folder."""
    return [json.loads(line) for line in (data_dir / "lineage.jsonl").read_text(encoding="utf-8").splitlines()]


def names(data_sets: Iterable[dict[str, Any]]) -> set[str]:
    """Each by namespace and name, as one text."""
    return {f"{one['namespace']} {one['name']}" for one in data_sets}


def downstream(events: list[Event], start: str) -> set[str]:
    """Every data set that came of `start`, by one run after the other."""
    reached, new = set(), {start}
    while new:
        reached |= new
        new = {
            name for event in events if reached & names(event["inputs"]) for name in names(event["outputs"])
        } - reached
    return reached - {start}

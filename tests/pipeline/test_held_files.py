"""A file that a control holds, through the command: who else is published, and what each decision does."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from relance import asof
from relance.gate.hold import counted_entries
from relance.publication.reader import differences
from tests.pipeline.house import PROJECT, House
from tests.pipeline.submissions import SAMPLE, write_lower

TOTAL = "select awarded_eur from fund.ministry_execution where ministry_code = 'ECO'"
OTHERS = "select ministry_code, awarded_eur from fund.ministry_execution where ministry_code <> 'ECO' order by all"
FALL = Decimal(1000)


class Ministry:
    """ECO, which sends its last file again and again, and the house that receives it."""

    def __init__(self, house: House, drop: Callable[[str], Path]) -> None:
        self.house, self.drop = house, drop
        self.first = self.total()
        self.sent = 0

    def send_lower(self, by: Decimal) -> str:
        """Send the sample with an award lowered; the award."""
        folder = self._folder()
        award = write_lower(self.samples, folder, by)
        self.house.run("collect", "submissions", "--from", str(folder))
        return award

    def send_corrected(self) -> None:
        folder = self._folder()
        (folder / SAMPLE).write_bytes((PROJECT / "samples" / "submissions" / SAMPLE).read_bytes())
        self.house.run("collect", "submissions", "--from", str(folder))

    def _folder(self) -> Path:
        self.sent += 1
        return self.drop(f"sent-{self.sent}")

    samples: House

    def total(self) -> Any:
        ((total,),) = self.house.query(TOTAL)
        return total

    def pending(self) -> list[dict[str, Any]]:
        return list(json.loads(self.house.run("files", "pending", "--json")))

    def published(self) -> dict[str, Any]:
        """What the current publication says of the files that were sent here, by receipt."""
        manifest = json.loads((self.house.current / "manifest.json").read_text())
        return {one["receipt_id"]: one for one in manifest["receipts"]}


@pytest.fixture
def ministry(published_once: House, house: House, drop: Callable[[str], Path]) -> Ministry:
    one = Ministry(house, drop)
    one.samples = published_once
    return one


def test_a_fall_waits_and_counts_when_a_person_accepts_it_until_it_changes_by_a_cent(ministry: Ministry) -> None:
    house, others = ministry.house, ministry.house.query(OTHERS)
    award = ministry.send_lower(FALL)
    (waiting,) = ministry.pending()
    assert waiting["file_name"] == waiting["meanwhile"][0]["file_name"] == SAMPLE
    assert f"{award} " in waiting["findings"][0]["sentence"]

    assert "needs its reason" in house.run("files", "accept", SAMPLE, "--reason", " ", expect=1)
    output = house.run("files", "accept", waiting["receipt_id"][:6], "--reason", "baisse confirmée par le SG")
    assert "the next run counts ECO_2021-T3.xlsx" in " ".join(output.split())
    assert ministry.pending() == []
    house.run("publish")
    assert differences(house.current) == []
    assert (ministry.total(), house.query(OTHERS)) == (ministry.first - FALL, others)
    record = ministry.published()[waiting["receipt_id"]]
    assert record["status"] == "counted"
    decision = {name: record["decision"][name] for name in ("decision", "by", "reason")}
    assert decision == {"decision": "accepted", "by": "command", "reason": "baisse confirmée par le SG"}
    assert record["decision"]["findings"][0]["difference"] == "1000"
    explained = house.run("explain", "fund.award_execution", "ECO", award)
    assert "Held by a control, and accepted by" in explained
    assert "baisse confirmée par le SG" in explained

    ministry.send_lower(FALL)
    assert ministry.pending() == []
    ministry.send_lower(FALL + Decimal("0.01"))
    (changed,) = ministry.pending()
    assert changed["receipt_id"] != waiting["receipt_id"]
    assert changed["findings"][0]["difference"] == "0.01"


def test_a_rejected_file_never_counts_and_a_corrected_one_takes_the_place_of_one_that_waits(ministry: Ministry) -> None:
    house, others = ministry.house, ministry.house.query(OTHERS)
    ministry.send_lower(FALL)
    (first,) = ministry.pending()
    output = house.run("files", "reject", SAMPLE, "--reason", "erreur de saisie")
    assert "The next run goes on with: ECO_2021-T3.xlsx" in " ".join(output.split())
    again = house.run("files", "accept", first["receipt_id"], "--reason", "tant pis", expect=1)
    assert "rejected (erreur de saisie). The first decision stands" in again
    ministry.send_lower(2 * FALL)
    (second,) = ministry.pending()
    house.run("publish")
    assert (ministry.total(), house.query(OTHERS)) == (ministry.first, others)
    published = ministry.published()
    assert (published[first["receipt_id"]]["status"], published[second["receipt_id"]]["status"]) == (
        "rejected",
        "pending",
    )
    assert published[first["receipt_id"]]["decision"]["reason"] == "erreur de saisie"
    assert "! 1 received file(s) wait for a decision" in house.run("status", "--check", expect=1)

    ministry.send_corrected()
    assert ministry.pending() == []
    statuses = {entry.receipt.receipt_id: entry.status for entry in counted_entries(house.settings, asof.now())}
    assert (statuses[first["receipt_id"]], statuses[second["receipt_id"]]) == ("rejected", "superseded")


def test_a_decision_that_somebody_changed_stops_the_run_with_its_sentence(ministry: Ministry) -> None:
    house, place = ministry.house, ministry.house.current.resolve()
    ministry.send_lower(FALL)
    house.run("files", "reject", SAMPLE, "--reason", "erreur de saisie")
    (path,) = (
        one for one in house.data_dir.glob("landing/decisions/*/*.json") if "erreur de saisie" in one.read_text()
    )
    path.write_text(path.read_text().replace('"rejected"', '"accepted"'))
    assert "is not as it was written" in house.run("publish", expect=1)
    assert "is not as it was written" in house.run("landing", "verify", expect=1)
    assert house.current.resolve() == place

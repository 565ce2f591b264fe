"""Which files wait for a decision, and what a decision keeps; what holds them is made up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from click.testing import CliRunner

from relance import asof
from relance.cli import main
from relance.errors import DamagedError, NotWaitingError, RelanceError
from relance.gate.answering import (
    asked_about,
    decide_file,
    pending_files,
    pending_of,
    questions,
    still_pending,
)
from relance.landing.file_decisions import ACCEPTED, REJECTED, FileDecision, latest_by_receipt, read_decisions
from relance.landing.receipts import Receipt
from relance.parsing import ParsedFile
from relance.settings import Settings
from relance.status import status_of
from relance.warehouse.manifest import Entry, Finding, choose, record_of, write_manifest

FALLS = Finding("awarded-amounts-do-not-fall", "ECO ITN1", "-2700000.00", "L'accordé de la ligne ITN1 baisse.")
PAID = Finding("award-paid-within-committed", "ECO-2021-0001", "0.01", "Payé au-delà de l'engagé.", False)
WITH = Finding("", "aaaa000000000001", "", "Ce fichier attend avec ECO_2021-T2.xlsx.")


def entry(receipt_id: str, name: str, day: int, period: str = "2021-T2", *findings: Finding) -> Entry:
    received = dt.datetime(2021, 7, day, 1, 30, tzinfo=dt.UTC)
    receipt = Receipt(
        receipt_id, "submissions", "submission", name, "file:///x", receipt_id * 4, 1, received, "ECO", period, "run"
    )
    facts = {"reason": None, "notes": [], "facts": {}, "tables": {"awards": {}}, "record_sha256": "0" * 64}
    parsed = ParsedFile(Settings.from_env().parsed_dir / receipt_id, facts)
    return Entry(
        receipt, parsed, ministry_code="ECO", period=period, findings=list(findings), is_pending=bool(findings)
    )


@dataclass
class Received:
    """What has been received, as the gate would find it; what was decided is looked up as the gate does."""

    settings: Settings
    entries: list[Entry] = field(default_factory=list)

    def counted(self, settings: Settings, as_of: dt.datetime) -> list[Entry]:
        decided = latest_by_receipt(read_decisions(settings.landing_dir, as_of))
        for one in self.entries:
            one.decision = decided.get(one.receipt.receipt_id)
            one.is_pending = any(not self.accepts(one, finding) for finding in one.findings)
        choose(self.entries)
        return self.entries

    @staticmethod
    def accepts(one: Entry, finding: Finding) -> bool:
        asked = finding.control_id, finding.subject, finding.difference
        return one.decision is not None and one.decision.accepts(*asked)

    def records(self) -> list[dict[str, Any]]:
        return [record_of(one, self.settings) for one in self.counted(self.settings, asof.now())]


@pytest.fixture
def received(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Received:
    """ECO's file of T1 counts; that of T2 waits for two findings, and the CSV that came beside it with it."""
    house = Received(settings)
    monkeypatch.setattr("relance.gate.hold.counted_entries", house.counted)
    house.entries = [
        entry("bbbb000000000001", "ECO_2021-T1.xlsx", 1, "2021-T1"),
        entry("aaaa000000000001", "ECO_2021-T2.xlsx", 2, "2021-T2", FALLS, replace(FALLS, subject="ECO ITN2")),
        entry("aabb000000000001", "ECO_2021-T2_suivi.csv", 2, "2021-T2", WITH),
    ]
    return house


def accept(settings: Settings, receipt: str, reason: str = "confirmé par le SG", **options: Any) -> FileDecision:
    return decide_file(settings, receipt, ACCEPTED, "claire", reason, "command", **options)[0]


def test_the_files_that_wait_are_told_with_what_holds_them_and_what_counts_meanwhile(received: Received) -> None:
    workbook, beside = pending_files(received.settings)
    assert (workbook.receipt_id, workbook.whose, workbook.received_at.day) == ("aaaa000000000001", "ECO 2021-T2", 2)
    assert [finding.subject for finding in workbook.findings] == ["ECO ITN1", "ECO ITN2"]
    assert [(one.file_name, one.period) for one in workbook.meanwhile] == [("ECO_2021-T1.xlsx", "2021-T1")]
    assert beside.meanwhile == workbook.meanwhile
    assert workbook.can_be_accepted
    assert not beside.can_be_accepted


def test_of_the_same_period_the_file_before_counts_meanwhile(received: Received) -> None:
    received.entries.insert(0, entry("cccc000000000001", "ECO_2021-T2_v1.xlsx", 1))
    assert pending_files(received.settings)[0].meanwhile[0].file_name == "ECO_2021-T2_v1.xlsx"


def test_an_acceptance_keeps_who_why_and_exactly_what_holds_the_file(received: Received) -> None:
    kept = accept(received.settings, "aaaa", " confirmé par le SG ")
    (read,) = read_decisions(received.settings.landing_dir, asof.now())
    assert read == kept
    assert (read.receipt_id, read.sha256, read.file_name) == (
        "aaaa000000000001",
        "aaaa000000000001" * 4,
        "ECO_2021-T2.xlsx",
    )
    assert (read.decision, read.who, read.by, read.reason) == ("accepted", "claire", "command", "confirmé par le SG")
    assert [(one.control_id, one.subject, one.difference) for one in read.findings] == [
        ("awarded-amounts-do-not-fall", "ECO ITN1", "-2700000.00"),
        ("awarded-amounts-do-not-fall", "ECO ITN2", "-2700000.00"),
    ]


def test_a_cent_more_waits_again_and_what_was_accepted_beside_it_stands(received: Received) -> None:
    accept(received.settings, "aaaa000000000001")
    workbook = received.entries[1]
    workbook.findings[0] = replace(FALLS, difference="-2700000.01")
    received.counted(received.settings, asof.now())
    assert workbook.is_pending
    # The gate tells only what nobody accepted.
    workbook.findings = workbook.findings[:1]
    kept = accept(received.settings, "aaaa000000000001")
    assert [(one.subject, one.difference) for one in kept.findings] == [
        ("ECO ITN2", "-2700000.00"),
        ("ECO ITN1", "-2700000.01"),
    ]


def test_a_rejection_accepts_nothing(received: Received) -> None:
    kept, _ = decide_file(received.settings, "aaaa", REJECTED, "claire", "erreur de saisie", "airflow")
    assert (kept.decision, kept.findings, kept.by) == ("rejected", (), "airflow")
    assert received.counted(received.settings, asof.now())[1].status == "rejected"


@pytest.mark.parametrize("name", ["aaaa000000000001", "aaaa", "ECO_2021-T2.xlsx"])
def test_a_file_is_named_by_its_receipt_the_start_of_it_or_its_name(received: Received, name: str) -> None:
    assert accept(received.settings, name).receipt_id == "aaaa000000000001"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.xlsx", r"(?s)No received file is named 'nothing.xlsx'.*aaaa000000000001  ECO_2021-T2.xlsx"),
        ("", r"No received file is named ''"),
        ("aa", r"(?s)several files that wait.*aaaa000000000001.*aabb000000000001"),
        ("bbbb", r"ECO_2021-T1.xlsx \(bbbb000000000001\) waits for no decision: it is counted"),
    ],
)
def test_what_names_no_file_that_waits_is_told_what_does(received: Received, name: str, said: str) -> None:
    with pytest.raises(NotWaitingError, match=said):
        accept(received.settings, name)
    assert read_decisions(received.settings.landing_dir, asof.now()) == []


def test_without_a_reason_nothing_is_decided(received: Received) -> None:
    with pytest.raises(RelanceError, match="needs its reason"):
        accept(received.settings, "aaaa", "  ")


def test_what_nobody_can_accept_is_named_and_can_be_rejected(received: Received) -> None:
    received.entries[1].findings.append(PAID)
    with pytest.raises(RelanceError, match=r"(?s)only a corrected file helps.*\n  - Payé au-delà de l'engagé\.$"):
        accept(received.settings, "aaaa")
    decide_file(received.settings, "aaaa", REJECTED, "claire", "erreur", "command")


def test_a_file_that_waits_with_another_is_freed_by_that_one(received: Received) -> None:
    with pytest.raises(RelanceError, match=r"(?s)waits only with.*aaaa000000000001  ECO_2021-T2\.xlsx"):
        accept(received.settings, "aabb")


def test_the_first_decision_stands(received: Received) -> None:
    accept(received.settings, "aaaa")
    with pytest.raises(NotWaitingError, match=r"claire had decided .*: accepted \(confirmé par le SG\)"):
        decide_file(received.settings, "aaaa", REJECTED, "paul", "non", "airflow")
    assert [one.who for one in read_decisions(received.settings.landing_dir, asof.now())] == ["claire"]


def test_an_answer_to_other_findings_than_those_that_were_shown_decides_nothing(received: Received) -> None:
    shown = pending_files(received.settings)[0].digest
    received.entries[1].findings[0] = replace(FALLS, difference="-2700000.01")
    with pytest.raises(NotWaitingError, match="has changed since it was asked about"):
        accept(received.settings, "aaaa", digest=shown)
    accept(received.settings, "aaaa", digest=pending_files(received.settings)[0].digest)


def prepared(received: Received, as_of: dt.datetime, **more: Any) -> str:
    manifest = {"as_of": as_of.isoformat(), "receipts": received.records(), **more}
    write_manifest(received.settings.builds_dir / "b1", manifest)
    return "b1"


def test_a_night_asks_about_each_file_that_has_findings(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    night = dt.datetime(2021, 7, 2, 23, 30, tzinfo=dt.UTC)
    monkeypatch.setattr(asof, "now", lambda: night)
    build_id = prepared(received, night)
    digest = pending_of(received.records())[0].digest
    asked = {"build_id": "b1", "receipt_id": "aaaa000000000001", "digest": digest, "night": "2021-07-03"}
    assert questions(received.settings, build_id) == [asked]
    file = asked_about(received.settings, build_id, "aaaa000000000001")
    assert file is not None
    assert file.digest == digest
    accept(received.settings, "aaaa")
    assert questions(received.settings, build_id) == []
    assert asked_about(received.settings, build_id, "aaaa000000000001") is None


@pytest.mark.parametrize("more", [{}, {"backfill": {"reason": "barème"}}], ids=["older date", "backfill"])
def test_a_night_that_is_made_again_asks_nothing(received: Received, more: dict[str, Any]) -> None:
    as_of = asof.now() - dt.timedelta(days=0 if more else 2)
    assert questions(received.settings, prepared(received, as_of, **more)) == []


def test_what_waited_is_over_for_what_was_decided_since(received: Received) -> None:
    manifest = {"receipts": received.records()}
    assert [one.file_name for one in still_pending(received.settings, manifest)] == [
        "ECO_2021-T2.xlsx",
        "ECO_2021-T2_suivi.csv",
    ]
    accept(received.settings, "aaaa")
    assert still_pending(received.settings, manifest) == []


def test_a_damaged_decision_stops_with_its_sentence(received: Received) -> None:
    accept(received.settings, "aaaa")
    (path,) = received.settings.landing_dir.glob("decisions/submissions/*.json")
    path.write_text(path.read_text().replace("claire", "paul"))
    with pytest.raises(DamagedError, match="is not as it was written"):
        pending_files(received.settings)


def test_the_status_lists_what_waits_with_its_age_until_it_is_decided(received: Received) -> None:
    manifest = {"as_of": "2021-07-02T01:00:00+00:00", "build_id": "b1", "receipts": received.records()}
    current = received.settings.publications_dir / "2021-07-02" / "r1"
    write_manifest(current, manifest)
    (received.settings.publications_dir / "current").symlink_to("2021-07-02/r1")
    at = dt.datetime(2021, 7, 3, 2, 0, tzinfo=dt.UTC)
    status = status_of(received.settings, at)
    assert [(one["file_name"], one["hours_old"]) for one in status.pending] == [
        ("ECO_2021-T2.xlsx", 24),
        ("ECO_2021-T2_suivi.csv", 24),
    ]
    assert "2 received file(s) wait for a decision: `relance files pending`." in status.attention
    accept(received.settings, "aaaa")
    decided = status_of(received.settings, at)
    assert decided.pending == []
    assert not [one for one in decided.attention if "decision" in one]
    (path,) = received.settings.landing_dir.glob("decisions/submissions/*.json")
    path.write_text("{")
    assert f"The decision {path} cannot be read" in status_of(received.settings, at).attention[-1]


@pytest.fixture
def relance(received: Received) -> Callable[..., Any]:
    return lambda *words: CliRunner().invoke(main, ["files", *words])


def test_the_command_shows_what_waits_in_eighty_columns(relance: Callable[..., Any], received: Received) -> None:
    received.entries[1].findings.append(PAID)
    output = relance("pending").output
    assert max(map(len, output.splitlines())) <= 80
    lines = [line.strip() for line in output.splitlines()]
    assert "aaaa000000000001  ECO_2021-T2.xlsx" in lines
    assert "submissions ECO 2021-T2, received 02/07/2021 03:30 (Paris)" in lines
    assert "Meanwhile counts: ECO_2021-T1.xlsx (2021-T1, received 01/07/2021)" in lines
    assert "- L'accordé de la ligne ITN1 baisse." in lines
    assert "Payé au-delà de l'engagé. [Nobody can accept this: have the file corrected.]" in " ".join(lines)


def test_the_command_tells_programs_the_same(relance: Callable[..., Any]) -> None:
    workbook, beside = json.loads(relance("pending", "--json").output)
    assert (workbook["receipt_id"], workbook["can_be_accepted"]) == ("aaaa000000000001", True)
    assert workbook["findings"][0]["difference"] == "-2700000.00"
    assert workbook["meanwhile"][0]["received_at"] == "2021-07-01T01:30:00+00:00"
    assert beside["can_be_accepted"] is False


def test_the_command_decides_and_says_what_the_next_run_does(relance: Callable[..., Any], received: Received) -> None:
    done = relance("accept", "ECO_2021-T2.xlsx", "--reason", "confirmé")
    assert done.exit_code == 0
    assert "the next run counts ECO_2021-T2.xlsx (aaaa000000000001)" in " ".join(done.output.split())
    (kept,) = read_decisions(received.settings.landing_dir, asof.now())
    assert (kept.decision, kept.by, kept.reason) == ("accepted", "command", "confirmé")


def test_the_command_rejects_and_says_what_goes_on_counting(relance: Callable[..., Any]) -> None:
    output = " ".join(relance("reject", "aaaa", "--reason", "erreur").output.split())
    assert "The next run goes on with: ECO_2021-T1.xlsx (2021-T1" in output


def test_the_command_tells_what_it_cannot_do_in_a_sentence(relance: Callable[..., Any]) -> None:
    done = relance("accept", "nothing", "--reason", "x")
    assert done.exit_code == 1
    assert "No received file is named 'nothing'" in " ".join(done.output.split())


def test_nothing_waits(relance: Callable[..., Any], received: Received) -> None:
    received.entries = received.entries[:1]
    assert relance("pending").output == "No file waits for a decision.\n"

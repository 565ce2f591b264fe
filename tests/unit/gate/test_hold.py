"""Files that wait for a person: small files, landed as they come, judged before anything is built of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from relance.errors import DamagedError
from relance.gate.hold import accepted_differences, counted_entries
from relance.landing.file_decisions import ACCEPTED, REJECTED, AcceptedFinding, FileDecision, write_decision
from relance.landing.store import receive
from relance.settings import Settings
from relance.sources.feeds import get_feed
from relance.sources.folder import scan
from relance.warehouse.manifest import Entry, Finding, record_of

T1, T2, T3 = "2021-T1", "2021-T2", "2021-T3"
APRIL, JULY, OCTOBER = (dt.datetime(2021, month, 5, 8, tzinfo=dt.UTC) for month in (4, 7, 10))
DAY = dt.timedelta(days=1)
LESS = "awarded-amounts-do-not-fall"


def awards(period: str, *rows: str, ministry: str = "ECO") -> str:
    """A sheet of awards with its cover; each row is its number, line and amount (`A1;ITN1;1000`)."""
    full = (
        f"{number};{line};CNAF;Projet;01/02/2021;{amount}\n" for number, line, amount in (r.split(";") for r in rows)
    )
    columns = "N° de subvention;Ligne du fonds;Bénéficiaire;Intitulé du projet;Date de décision;Montant accordé (€)"
    return f"Code du ministère;{ministry}\nPériode;{period}\n\n{columns}\n{''.join(full)}"


def execution(period: str, *rows: str, ministry: str = "ECO") -> str:
    """A sheet of execution with its cover; each row is a number, AE, CP and observation (`A1;10;5;`)."""
    columns = "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€);Observations"
    return f"Code du ministère;{ministry}\nPériode;{period}\n\n" + "\n".join([columns, *rows, ""])


class Inbox:
    """A feed's folder, and what a night makes of what was received and decided."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        folder.mkdir()

    def receive(self, at: dt.datetime, **files: str) -> None:
        """Land files (names without `.csv`) in one collection run."""
        for name, content in files.items():
            (self.folder / f"{name}.csv").write_text(content, encoding="utf-8")
        receive(self.settings.landing_dir, get_feed(self.settings, "submissions"), scan(self.folder, None), "run", at)

    def night(self, as_of: dt.datetime = OCTOBER + 30 * DAY) -> dict[str, Entry]:
        entries = counted_entries(self.settings, as_of)
        return {entry.receipt.file_name.removesuffix(".csv"): entry for entry in entries}

    def decide(self, entry: Entry, decision: str, at: dt.datetime, findings: Iterable[Finding] | None = None) -> None:
        """Decide on a file, accepting what was found of it unless told what."""
        accepted = entry.findings if findings is None else findings
        write_decision(
            self.settings.landing_dir,
            FileDecision(
                receipt_id=entry.receipt.receipt_id,
                sha256=entry.receipt.sha256,
                feed=entry.receipt.feed,
                file_name=entry.receipt.file_name,
                decision=decision,
                who="A. Agent",
                by="command",
                at=at,
                reason="Confirmé par le ministère.",
                findings=tuple(AcceptedFinding(one.control_id, one.subject, one.difference) for one in accepted),
            ),
        )


def states(night: dict[str, Entry]) -> dict[str, str]:
    return {name: f"{entry.status}, stale" if entry.is_stale else entry.status for name, entry in night.items()}


def found(entry: Entry) -> list[tuple[str, str, str]]:
    return [(one.control_id, one.subject, one.difference) for one in entry.findings]


@pytest.fixture
def inbox(settings: Settings, tmp_path: Path) -> Inbox:
    return Inbox(settings, tmp_path / "inbox")


@pytest.fixture
def shrunk(inbox: Inbox) -> Inbox:
    """An award of 20.50 € that is in the first file and not in the second."""
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN1;1000", "A2;ITN2;20,50")})
    inbox.receive(JULY, **{"ECO_2021-T2": awards(T2, "A1;ITN1;1000")})
    return inbox


def test_a_first_file_with_nothing_before_counts(inbox: Inbox) -> None:
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN1;1000", "A2;ITN2;20,50")})
    night = inbox.night()
    assert states(night) == {"ECO_2021-T1": "counted"}
    assert night["ECO_2021-T1"].findings == []


def test_a_file_without_an_award_of_the_one_before_waits_and_other_ministries_do_not(shrunk: Inbox) -> None:
    shrunk.receive(JULY, **{"INT_2021-T2": awards(T2, "I1;ITN3;7", ministry="INT")})
    night = shrunk.night()
    assert states(night) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T2": "pending", "INT_2021-T2": "counted"}
    assert found(night["ECO_2021-T2"]) == [(LESS, "ECO/A2/2021-T2", "20.5")]
    (finding,) = night["ECO_2021-T2"].findings
    assert finding.can_be_accepted
    assert finding.sentence == (
        "Subvention A2 (ministère ECO, 2021-T2, fichier ECO_2021-T2.csv) : elle disparaît, baisse de 20,50\u00a0€ "
        "(0,00\u00a0€ accordés, 20,50\u00a0€ dans le fichier précédent, ECO_2021-T1.csv)."
    )


def test_a_file_emptied_of_its_rows_does_not_count(inbox: Inbox) -> None:
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN1;1000")})
    inbox.receive(JULY, **{"ECO_2021-T2": awards(T2)})
    night = inbox.night()
    assert states(night) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T2": "pending"}
    assert found(night["ECO_2021-T2"]) == [(LESS, "ECO/A1/2021-T2", "1000")]


def test_an_impossible_amount_cannot_be_accepted(inbox: Inbox) -> None:
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN4;6000000,01")})
    (entry,) = inbox.night().values()
    assert entry.status == "pending"
    assert {(one.control_id, one.can_be_accepted) for one in entry.findings} == {
        ("award-within-its-line", False),
        ("line-awards-within-allocation", False),
    }


@pytest.mark.parametrize(
    ("third", "expected"),
    [
        pytest.param("1000", [], id="what the file that waits would have made a fall"),
        pytest.param("999,99", [(LESS, "ECO/A1/2021-T3", "0.01")], id="a fall against what counts"),
    ],
)
def test_the_earliest_file_waits_first_and_the_next_is_judged_without_it(
    shrunk: Inbox, third: str, expected: list[tuple[str, str, str]]
) -> None:
    shrunk.receive(JULY + DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;5000")})
    shrunk.receive(OCTOBER, **{"ECO_2021-T3": awards(T3, f"A1;ITN1;{third}", "A2;ITN2;20,50")})
    night = shrunk.night()
    assert (night["ECO_2021-T2"].status, night["ECO_2021-T2_b"].status) == ("pending", "pending")
    assert found(night["ECO_2021-T3"]) == expected
    assert night["ECO_2021-T3"].status == ("pending" if expected else "counted")


def test_files_of_one_reception_wait_together(inbox: Inbox) -> None:
    first = {"ECO_2021-T1_a": awards(T1, "A1;ITN1;1000", "A2;ITN2;20"), "ECO_2021-T1_e": execution(T1, "A1;10;5;")}
    second = {"ECO_2021-T2_a": awards(T2, "A1;ITN1;1000"), "ECO_2021-T2_e": execution(T2, "A1;20;5;")}
    inbox.receive(APRIL, **first)
    inbox.receive(JULY, **second)
    night = inbox.night()
    assert states(night) == {
        "ECO_2021-T1_a": "counted, stale",
        "ECO_2021-T1_e": "counted, stale",
        "ECO_2021-T2_a": "pending",
        "ECO_2021-T2_e": "pending",
    }
    assert [one.control_id for one in night["ECO_2021-T2_e"].findings] == [""]
    assert night["ECO_2021-T2_e"].findings[0].sentence == (
        "Ce fichier attend avec ECO_2021-T2_a.csv, reçu en même temps, sur lequel il faut décider."
    )
    inbox.decide(night["ECO_2021-T2_a"], ACCEPTED, JULY + DAY)
    assert set(states(inbox.night()).values()) == {"counted"}


def test_a_corrected_file_takes_the_place_of_the_one_that_waits(shrunk: Inbox) -> None:
    shrunk.receive(JULY + DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;1000", "A2;ITN2;20,50")})
    night = shrunk.night()
    assert states(night) == {"ECO_2021-T1": "counted", "ECO_2021-T2": "superseded", "ECO_2021-T2_b": "counted"}
    assert states(shrunk.night(JULY + DAY / 2)) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T2": "pending"}


def test_a_correction_is_not_held_against_the_file_that_never_counted(inbox: Inbox) -> None:
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN4;1000")})
    inbox.receive(JULY, **{"ECO_2021-T2": awards(T2, "A1;ITN4;6000000,01")})
    inbox.receive(JULY + DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN4;1001")})
    assert states(inbox.night()) == {"ECO_2021-T1": "counted", "ECO_2021-T2": "superseded", "ECO_2021-T2_b": "counted"}


def test_what_a_file_lacks_is_found_again_in_the_one_that_takes_its_place(shrunk: Inbox) -> None:
    shrunk.receive(JULY + DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;1001")})
    shrunk.receive(JULY + 2 * DAY, **{"ECO_2021-T2_c": awards(T2, "A1;ITN1;1002")})
    night = shrunk.night()
    assert night["ECO_2021-T2_c"].status == "pending"
    assert found(night["ECO_2021-T2_c"]) == [(LESS, "ECO/A2/2021-T2", "20.5")]
    assert states(night)["ECO_2021-T1"] == "counted, stale"
    # Once the first is accepted, the others lack nothing that counts.
    shrunk.decide(shrunk.night(JULY + DAY / 2)["ECO_2021-T2"], ACCEPTED, JULY + 3 * DAY)
    assert states(shrunk.night())["ECO_2021-T2_c"] == "counted"


def test_a_table_sent_again_lets_the_rest_of_the_file_count(inbox: Inbox) -> None:
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN1;1000", "A2;ITN2;20,50")})
    both = {"ECO_2021-T2_a": awards(T2, "A1;ITN1;1000"), "ECO_2021-T2_e": execution(T2, "A1;10;5;")}
    inbox.receive(JULY, **both)
    inbox.receive(JULY + DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;1000", "A2;ITN2;20,50")})
    assert states(inbox.night()) == {
        "ECO_2021-T1": "counted",
        "ECO_2021-T2_a": "superseded",
        "ECO_2021-T2_e": "counted",
        "ECO_2021-T2_b": "counted",
    }


def test_a_correction_that_waits_itself_leaves_the_first_file_waiting(shrunk: Inbox) -> None:
    shrunk.receive(JULY + DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;999", "A2;ITN2;20,50")})
    night = shrunk.night()
    assert states(night) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T2": "pending", "ECO_2021-T2_b": "pending"}
    assert found(night["ECO_2021-T2_b"]) == [(LESS, "ECO/A1/2021-T2", "1")]


def test_what_counted_before_it_was_restated_is_what_a_restatement_is_held_against(inbox: Inbox) -> None:
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN1;1000")})
    inbox.receive(APRIL + DAY, **{"ECO_2021-T1_b": awards(T1, "A1;ITN1;999,99")})
    night = inbox.night()
    assert states(night) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T1_b": "pending"}
    assert found(night["ECO_2021-T1_b"]) == [(LESS, "ECO/A1/2021-T1", "0.01")]


def test_an_acceptance_stands_for_these_bytes_and_this_very_difference(shrunk: Inbox) -> None:
    held = shrunk.night()["ECO_2021-T2"]
    shrunk.decide(held, ACCEPTED, JULY + DAY)
    night = shrunk.night()
    assert states(night) == {"ECO_2021-T1": "counted", "ECO_2021-T2": "counted"}
    assert night["ECO_2021-T2"].decision is not None

    # The same bytes under another name, then others that lack a cent more.
    shrunk.receive(JULY + 2 * DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;1000")})
    assert states(shrunk.night())["ECO_2021-T2_b"] == "counted"
    shrunk.receive(JULY + 3 * DAY, **{"ECO_2021-T2_c": awards(T2, "A1;ITN1;999,99")})
    assert states(shrunk.night())["ECO_2021-T2_c"] == "pending"


def test_a_cent_more_than_was_accepted_is_asked_again(shrunk: Inbox) -> None:
    held = shrunk.night()["ECO_2021-T2"]
    shrunk.decide(held, ACCEPTED, JULY + DAY)
    # The file before is restated: now the accepted file lacks a cent more, and the restatement brought that.
    shrunk.receive(JULY + 2 * DAY, **{"ECO_2021-T1_b": awards(T1, "A1;ITN1;1000", "A2;ITN2;20,51")})
    night = shrunk.night()
    assert states(night) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T1_b": "pending", "ECO_2021-T2": "counted"}
    assert found(night["ECO_2021-T1_b"]) == [(LESS, "ECO/A2/2021-T2", "20.51")]


def test_what_is_accepted_of_other_findings_holds_still(shrunk: Inbox) -> None:
    other = Finding(LESS, "ECO/A2/2021-T2", "20.49", "")
    shrunk.decide(shrunk.night()["ECO_2021-T2"], ACCEPTED, JULY + DAY, [other])
    assert states(shrunk.night())["ECO_2021-T2"] == "pending"


def test_a_rejected_file_does_not_count(shrunk: Inbox) -> None:
    shrunk.decide(shrunk.night()["ECO_2021-T2"], REJECTED, JULY + DAY)
    assert states(shrunk.night()) == {"ECO_2021-T1": "counted, stale", "ECO_2021-T2": "rejected"}


def test_the_last_decision_counts_and_none_before_it_was_taken(shrunk: Inbox) -> None:
    held = shrunk.night()["ECO_2021-T2"]
    shrunk.decide(held, ACCEPTED, JULY + 2 * DAY)
    shrunk.decide(held, REJECTED, JULY + 4 * DAY)
    became = [shrunk.night(JULY + days * DAY)["ECO_2021-T2"].status for days in (1, 3, 5)]
    assert became == ["pending", "counted", "rejected"]


def test_a_decision_that_was_changed_stops_the_night(shrunk: Inbox) -> None:
    shrunk.decide(shrunk.night()["ECO_2021-T2"], REJECTED, JULY + DAY)
    (path,) = (shrunk.settings.landing_dir / "decisions" / "submissions").iterdir()
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, "decision": ACCEPTED}), encoding="utf-8")
    with pytest.raises(DamagedError, match="not as it was written"):
        shrunk.night()


def test_a_line_of_total_at_the_end_is_no_rejected_row(inbox: Inbox) -> None:
    total = "Total;;;;;1020,50\n"
    inbox.receive(APRIL, **{"ECO_2021-T1": awards(T1, "A1;ITN1;1000", "A2;ITN2;20,50") + total})
    night = inbox.night()
    assert states(night) == {"ECO_2021-T1": "counted"}
    assert night["ECO_2021-T1"].tables["awards"]["rows_rejected"] == 0


def test_the_audit_is_told_what_was_accepted_of_files_that_count(shrunk: Inbox) -> None:
    shrunk.decide(shrunk.night()["ECO_2021-T2"], ACCEPTED, JULY + DAY)

    def told() -> dict[tuple[str, str], tuple[int, str, dt.date, str]]:
        records = [record_of(entry, shrunk.settings) for entry in shrunk.night().values()]
        return {
            key: (one.difference, one.accepted_by, one.accepted_on, one.reason)
            for key, one in accepted_differences(shrunk.settings, records).items()
        }

    accepted = (2_050, "A. Agent", dt.date(2021, 7, 6), "Confirmé par le ministère.")
    assert told() == {(LESS, "ECO/A2/2021-T2"): accepted}
    shrunk.receive(JULY + 2 * DAY, **{"ECO_2021-T2_b": awards(T2, "A1;ITN1;1000", "A2;ITN2;20,50")})
    assert told() == {}

"""What people decided of files: kept as it was taken, and read again as of any instant."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from relance.errors import DamagedError, RelanceError
from relance.landing.file_decisions import (
    ACCEPTED,
    REJECTED,
    AcceptedFinding,
    FileDecision,
    latest_by_receipt,
    read_decisions,
    write_decision,
    write_indexed,
)
from relance.landing.receipts import Receipt

NOON = dt.datetime(2021, 7, 6, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FOUND = AcceptedFinding("awarded-amounts-do-not-fall", "ECO/A2/2021-T2", "20.5")
ACCEPTANCE = FileDecision(
    receipt_id="r1",
    sha256="0" * 64,
    feed="submissions",
    file_name="ECO_2021-T2.csv",
    decision=ACCEPTED,
    who="A. Agent",
    by="command",
    at=NOON,
    reason="Confirmé par le ministère.",
    findings=(FOUND,),
)
REJECTION = replace(ACCEPTANCE, decision=REJECTED, at=NOON + DAY, findings=())


def test_a_decision_is_read_as_it_was_taken(tmp_path: Path) -> None:
    paris = dt.timezone(dt.timedelta(hours=2))
    write_decision(tmp_path, replace(ACCEPTANCE, at=NOON.astimezone(paris)))
    assert read_decisions(tmp_path, NOON) == [ACCEPTANCE]


def test_decisions_are_read_oldest_first_and_until_an_instant(tmp_path: Path) -> None:
    for decision in (REJECTION, ACCEPTANCE):
        write_decision(tmp_path, decision)
    assert read_decisions(tmp_path, NOON - DAY) == []
    assert read_decisions(tmp_path, NOON + DAY / 2) == [ACCEPTANCE]
    assert read_decisions(tmp_path, NOON + DAY) == [ACCEPTANCE, REJECTION]


def test_the_last_decision_on_a_reception_is_the_one_that_counts() -> None:
    other = replace(ACCEPTANCE, receipt_id="r2")
    assert latest_by_receipt([ACCEPTANCE, other, REJECTION]) == {"r1": REJECTION, "r2": other}


@pytest.mark.parametrize(
    ("control_id", "subject", "difference", "accepted"),
    [
        pytest.param(FOUND.control_id, FOUND.subject, "20.5", True, id="this very finding"),
        pytest.param(FOUND.control_id, FOUND.subject, "20.51", False, id="a cent more"),
        pytest.param(FOUND.control_id, FOUND.subject, "20.49", False, id="a cent less"),
        pytest.param(FOUND.control_id, "ECO/A3/2021-T2", "20.5", False, id="another award"),
        pytest.param("awards-keep-their-line", FOUND.subject, "20.5", False, id="another control"),
    ],
)
def test_an_acceptance_is_of_what_was_shown(control_id: str, subject: str, difference: str, accepted: bool) -> None:
    assert ACCEPTANCE.accepts(control_id, subject, difference) is accepted
    assert not replace(ACCEPTANCE, decision=REJECTED).accepts(control_id, subject, difference)


def test_a_decision_without_its_reason_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match="needs its reason"):
        write_decision(tmp_path, replace(ACCEPTANCE, reason=" \n"))
    assert read_decisions(tmp_path, NOON) == []


def kept(landing_dir: Path) -> Path:
    (path,) = (landing_dir / "decisions" / "submissions").iterdir()
    return path


def test_a_decision_that_somebody_changed_is_damaged(tmp_path: Path) -> None:
    write_decision(tmp_path, REJECTION)
    record = json.loads(kept(tmp_path).read_text(encoding="utf-8"))
    kept(tmp_path).write_text(json.dumps({**record, "decision": ACCEPTED}), encoding="utf-8")
    with pytest.raises(DamagedError, match="not as it was written"):
        read_decisions(tmp_path, NOON + DAY)
    # Not looked at, whatever the instant that it now says.
    with pytest.raises(DamagedError):
        read_decisions(tmp_path, NOON - DAY)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param('{"receipt_id": "r1"', id="cut off"),
        pytest.param("[]", id="no object"),
        pytest.param('{"receipt_id": "r1", "record_sha256": "0"}', id="fields are missing"),
        pytest.param('{"findings": [], "at": "soon"}', id="no instant"),
    ],
)
def test_a_decision_that_cannot_be_read_is_never_skipped(tmp_path: Path, content: str) -> None:
    write_decision(tmp_path, ACCEPTANCE)
    path = kept(tmp_path)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RelanceError, match="never skipped") as raised:
        read_decisions(tmp_path, NOON)
    assert str(path) in str(raised.value)


def test_a_record_that_is_being_written_is_not_read(tmp_path: Path) -> None:
    write_decision(tmp_path, ACCEPTANCE)
    (kept(tmp_path).parent / ".r1.json.tmp.json").write_text("{", encoding="utf-8")
    assert read_decisions(tmp_path, NOON) == [ACCEPTANCE]


# ------------------------------------------------------------------------------ those that come with samples


def receipt(name: str) -> Receipt:
    return Receipt(f"of {name}", "submissions", "submission", name, "", "1" * 64, 1, NOON, None, None, "run")


def index(folder: Path, **changes: object) -> Path:
    entry = {
        "file": "ECO_2021-T2.csv", "at": "2021-07-06T14:00:00+02:00", "decision": "accepted", "who": "A. Agent",
        "reason": "Confirmé.", "findings": [vars(FOUND)],
    }  # fmt: skip
    path = folder / "decisions.json"
    path.write_text(json.dumps([{**entry, **changes}]), encoding="utf-8")
    return path


def test_decisions_of_samples_are_those_on_the_files_that_they_name(tmp_path: Path) -> None:
    for _ in range(2):
        write_indexed(tmp_path, index(tmp_path), [receipt("ECO_2021-T2.csv"), receipt("INT_2021-T2.csv")])
    (decision,) = read_decisions(tmp_path, NOON)
    assert decision == FileDecision(
        "of ECO_2021-T2.csv", "1" * 64, "submissions", "ECO_2021-T2.csv", ACCEPTED, "A. Agent", "index", NOON,
        "Confirmé.", (FOUND,),
    )  # fmt: skip


def test_decisions_of_samples_on_other_files_are_not_kept(tmp_path: Path) -> None:
    write_indexed(tmp_path, index(tmp_path), [receipt("INT_2021-T2.csv")])
    assert read_decisions(tmp_path, NOON) == []


@pytest.mark.parametrize("changes", [{"at": "soon"}, {"findings": [{"control": "x"}]}, {"findings": None}])
def test_an_index_that_cannot_be_read_is_said(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(RelanceError, match=r"cannot be read .*samples/decisions"):
        write_indexed(tmp_path, index(tmp_path, **changes), [receipt("ECO_2021-T2.csv")])

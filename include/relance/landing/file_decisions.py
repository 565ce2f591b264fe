"""What people decided of files that were held: records beside the receipts, never changed, so that any night can be
rebuilt with what had been decided by then.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relance.errors import DamagedError, RelanceError
from relance.files import is_sealed, sealed, write_json
from relance.landing.receipts import Receipt

ACCEPTED, REJECTED = "accepted", "rejected"
_RESTORE = "Restore it from the backup of the landing folder."


@dataclass(frozen=True)
class AcceptedFinding:
    """What was accepted: of this control and subject this very difference (actual - expected), as exact text."""

    control_id: str
    subject: str
    difference: str


@dataclass(frozen=True)
class FileDecision:
    """One decision on one reception: `accepted` with the findings that were known then, or `rejected`.

    `at` is UTC, `by` the way it was taken (`command`, `airflow`, or `index` for those that come with samples).
    """

    receipt_id: str
    sha256: str
    feed: str
    file_name: str
    decision: str
    who: str
    by: str
    at: dt.datetime
    reason: str
    findings: tuple[AcceptedFinding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.astimezone(dt.UTC).isoformat()}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> FileDecision:
        findings = tuple(AcceptedFinding(**finding) for finding in record["findings"])
        return cls(**{**record, "at": dt.datetime.fromisoformat(record["at"]), "findings": findings})

    def accepts(self, control_id: str, subject: str, difference: str) -> bool:
        """Whether this very finding was accepted: a cent more is another one."""
        return self.decision == ACCEPTED and AcceptedFinding(control_id, subject, difference) in self.findings


def require_reason(reason: str) -> None:
    """Raise `RelanceError` when there is none: it is published."""
    if not reason.strip():
        raise RelanceError("A decision needs its reason: say why in a few words (--reason). It is published.")


def write_decision(landing_dir: Path, decision: FileDecision) -> None:
    """Keep a decision. Raises `RelanceError` when it has no reason: it is published."""
    require_reason(decision.reason)
    instant = decision.at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path = landing_dir / "decisions" / decision.feed / f"{decision.receipt_id}-{instant}.json"
    write_json(path, sealed(decision.to_json()))


def write_indexed(landing_dir: Path, index: Path, receipts: Iterable[Receipt]) -> None:
    """Keep the decisions that come with samples (a JSON list, files by name) on those of `receipts` that they name.

    Written again they are the same. Raises `RelanceError` when the index cannot be read.
    """
    by_name = {receipt.file_name: receipt for receipt in receipts}
    try:
        for entry in json.loads(index.read_text(encoding="utf-8")):
            if (receipt := by_name.get(entry["file"])) is not None:
                decision = FileDecision(
                    receipt.receipt_id,
                    receipt.sha256,
                    receipt.feed,
                    receipt.file_name,
                    **{name: entry[name] for name in ("decision", "who", "reason")},
                    by="index",
                    at=dt.datetime.fromisoformat(entry["at"]).astimezone(dt.UTC),
                    findings=tuple(AcceptedFinding(**finding) for finding in entry["findings"]),
                )
                write_decision(landing_dir, decision)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RelanceError(
            f"The decisions {index} cannot be read ({type(error).__name__}: {error}): expected a list of objects with "
            "file, at, decision, who, reason and findings, as samples/decisions shows."
        ) from error


def read_decisions(landing_dir: Path, until: dt.datetime) -> list[FileDecision]:
    """All decisions taken until then, oldest first.

    Raises `RelanceError` naming a record that cannot be read, `DamagedError` one that is not as it was written.
    """
    decisions = []
    for path in (landing_dir / "decisions").glob("*/[!.]*.json"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            is_changed = not is_sealed(record)
            record.pop("record_sha256", None)
            decisions.append(FileDecision.from_json(record))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise RelanceError(
                f"The decision {path} cannot be read ({error}): decisions are history and are never skipped. {_RESTORE}"
            ) from error
        if is_changed:
            raise DamagedError(f"The decision {path} is not as it was written: somebody changed it. {_RESTORE}")
    kept = (decision for decision in decisions if decision.at <= until)
    return sorted(kept, key=lambda one: (one.at, one.receipt_id))


def latest_by_receipt(decisions: Iterable[FileDecision]) -> dict[str, FileDecision]:
    """The last decision on each reception; `decisions` are oldest first."""
    return {decision.receipt_id: decision for decision in decisions}

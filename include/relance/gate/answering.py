"""The files that wait for a person's decision, and the decision itself.

What waits now is computed anew from the landing; what waited when a publication was prepared is read from its manifest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from relance import asof
from relance.errors import NotWaitingError, RelanceError
from relance.files import locked
from relance.landing.file_decisions import (
    ACCEPTED,
    AcceptedFinding,
    FileDecision,
    latest_by_receipt,
    read_decisions,
    require_reason,
    write_decision,
)
from relance.settings import Settings
from relance.warehouse.manifest import COUNTED, PENDING, Finding, read_manifest, record_of

# A night that is older is made again: what waits today is not asked by it.
A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Counting:
    """A file that counts while another one waits; `received_at` is UTC."""

    receipt_id: str
    file_name: str
    period: str | None
    received_at: dt.datetime


@dataclass(frozen=True)
class PendingFile:
    """A received file of which nothing counts before somebody decides; `meanwhile` are the files that do.

    A finding without a control says that it waits only with another file of the same sender and period.
    `accepted_before` is what was accepted of it before other findings came up, as far as it is not found otherwise now.
    """

    receipt_id: str
    sha256: str
    feed: str
    file_name: str
    ministry_code: str | None
    period: str | None
    edition: str | None
    received_at: dt.datetime
    findings: tuple[Finding, ...]
    accepted_before: tuple[AcceptedFinding, ...]
    meanwhile: tuple[Counting, ...]

    @property
    def group(self) -> tuple[str | None, ...]:
        return self.feed, self.ministry_code, self.period, self.edition

    @property
    def whose(self) -> str:
        """`ECO 2021-T3`, or the panorama's edition."""
        return " ".join(filter(None, (self.ministry_code, self.period, self.edition)))

    @property
    def causes(self) -> tuple[AcceptedFinding, ...]:
        """What the controls found, as a decision accepts it."""
        found = (one for one in self.findings if one.control_id)
        return tuple(AcceptedFinding(one.control_id, one.subject, one.difference) for one in found)

    @property
    def can_be_accepted(self) -> bool:
        return bool(self.causes) and all(one.can_be_accepted for one in self.findings)

    @property
    def digest(self) -> str:
        """Of what the controls found: another one when a difference changes by a cent."""
        return hashlib.sha256(json.dumps(sorted(map(_as_tuple, self.causes))).encode()).hexdigest()[:8]

    def to_json(self) -> dict[str, Any]:
        counting = [{**asdict(one), "received_at": one.received_at.isoformat()} for one in self.meanwhile]
        return {
            **asdict(self),
            "received_at": self.received_at.isoformat(),
            "meanwhile": counting,
            "digest": self.digest,
            "can_be_accepted": self.can_be_accepted,
        }


def _as_tuple(finding: AcceptedFinding) -> tuple[str, str, str]:
    return finding.control_id, finding.subject, finding.difference


def pending_files(settings: Settings) -> list[PendingFile]:
    """The files that wait now, oldest first: with all that was received and decided until now. Publishes nothing."""
    return pending_of(_records_now(settings))


def pending_of(records: Iterable[dict[str, Any]]) -> list[PendingFile]:
    """The files that a manifest's records of receipts say to be pending, oldest first."""
    records = list(records)
    found = [_pending(one, records) for one in records if one["status"] == PENDING]
    return sorted(found, key=lambda one: (one.received_at, one.file_name))


def still_pending(settings: Settings, manifest: dict[str, Any]) -> list[PendingFile]:
    """The files that waited when a manifest was written, without those on which somebody has decided since."""
    latest = latest_by_receipt(read_decisions(settings.landing_dir, asof.now()))
    left = [one for one in pending_of(manifest["receipts"]) if not _is_decided(one, latest.get(one.receipt_id))]
    held = {one.group for one in left if one.causes}
    return [one for one in left if one.group in held]


def questions(settings: Settings, build_id: str) -> list[dict[str, str]]:
    """What has to be asked of the files that waited when a build was prepared.

    Of each its `build_id`, `receipt_id`, `digest`, and the `night` (a date in Paris) on which it is asked. Nothing is
    asked by a night that is made again for an older date.
    """
    manifest = read_manifest(settings.builds_dir / build_id)
    as_of = dt.datetime.fromisoformat(manifest["as_of"])
    if "backfill" in manifest or asof.now() - as_of > A_DAY:
        return []
    night = as_of.astimezone(asof.PARIS).date().isoformat()
    return [
        {"build_id": build_id, "receipt_id": file.receipt_id, "digest": file.digest, "night": night}
        for file in still_pending(settings, manifest)
        if file.causes
    ]


def asked_about(settings: Settings, build_id: str, receipt_id: str) -> PendingFile | None:
    """A file as it waited when a build was prepared; None once somebody has decided."""
    waiting = still_pending(settings, read_manifest(settings.builds_dir / build_id))
    return next((one for one in waiting if one.receipt_id == receipt_id), None)


def decide_file(
    settings: Settings, receipt: str, decision: str, who: str, reason: str, by: str, digest: str | None = None
) -> tuple[FileDecision, PendingFile]:
    """Keep the decision, `accepted` or `rejected`, on a file that waits now; the next run counts accordingly.

    `receipt` is a receipt's identity, the start of one, or a file's name. An acceptance is of exactly what holds the
    file now, beside what was accepted of it before; `digest` says of which findings the person was told, where they
    were told before. The first decision stands. Raises `NotWaitingError`, or `RelanceError` when there is no reason or
    a finding cannot be accepted.
    """
    require_reason(reason)
    with locked(settings.landing_dir / "decisions" / ".lock"):
        records = _records_now(settings)
        pending = pending_of(records)
        file = _named(receipt, pending, records)
        if digest not in (None, file.digest):
            raise NotWaitingError(
                f"What holds {file.file_name} ({file.receipt_id}) has changed since it was asked about: nothing is "
                "decided. `relance files pending` shows what holds it now; the next night asks again."
            )
        if decision == ACCEPTED:
            _require_acceptable(file, pending)
        kept = FileDecision(
            receipt_id=file.receipt_id,
            sha256=file.sha256,
            feed=file.feed,
            file_name=file.file_name,
            decision=decision,
            who=who,
            by=by,
            at=asof.now(),
            reason=reason.strip(),
            findings=(*file.accepted_before, *file.causes) if decision == ACCEPTED else (),
        )
        write_decision(settings.landing_dir, kept)
    return kept, file


def _records_now(settings: Settings) -> list[dict[str, Any]]:
    from relance.gate.hold import counted_entries

    return [record_of(entry, settings) for entry in counted_entries(settings, asof.now())]


def _pending(record: dict[str, Any], records: list[dict[str, Any]]) -> PendingFile:
    findings = tuple(Finding(**finding) for finding in record["findings"])
    found = {(one.control_id, one.subject) for one in findings}
    before = FileDecision.from_json(record["decision"]).findings if record["decision"] else ()
    return PendingFile(
        **{name: record[name] for name in ("receipt_id", "sha256", "feed", "file_name")},
        **{name: record[name] for name in ("ministry_code", "period", "edition")},
        received_at=dt.datetime.fromisoformat(record["received_at"]),
        findings=findings,
        accepted_before=tuple(one for one in before if (one.control_id, one.subject) not in found),
        meanwhile=_meanwhile(record, records),
    )


def _meanwhile(waiting: dict[str, Any], records: list[dict[str, Any]]) -> tuple[Counting, ...]:
    """What counts where the file would: of the same period or edition, else of the ministry's last period before."""
    same = [
        one
        for one in records
        if one["status"] == COUNTED
        and all(one[name] == waiting[name] for name in ("feed", "ministry_code", "edition"))
        and (one["period"] or "") <= (waiting["period"] or "")
    ]
    last = max((one["period"] or "" for one in same), default="")
    return tuple(
        Counting(one["receipt_id"], one["file_name"], one["period"], dt.datetime.fromisoformat(one["received_at"]))
        for one in same
        if (one["period"] or "") == last
    )


def _is_decided(file: PendingFile, decision: FileDecision | None) -> bool:
    if decision is None:
        return False
    return decision.decision != ACCEPTED or (bool(file.causes) and set(file.causes) <= set(decision.findings))


def _named(receipt: str, pending: list[PendingFile], records: list[dict[str, Any]]) -> PendingFile:
    found = [one for one in pending if receipt and (one.receipt_id.startswith(receipt) or one.file_name == receipt)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotWaitingError(f"{receipt!r} names several files that wait. Name one by its receipt:\n{_listed(found)}")
    known = [one for one in records if receipt and receipt in (one["file_name"], one["receipt_id"])]
    known = known or [one for one in records if receipt and one["receipt_id"].startswith(receipt)]
    if not known:
        waiting = f"Those that wait:\n{_listed(pending)}" if pending else "None waits now."
        raise NotWaitingError(
            f"No received file is named {receipt!r} by its receipt, the start of it or its name. {waiting}"
        )
    last = known[-1]
    name = f"{last['file_name']} ({last['receipt_id']})"
    if last["decision"] is None:
        raise NotWaitingError(f"{name} waits for no decision: it is {last['status'].replace('_', ' ')}.")
    decided = FileDecision.from_json(last["decision"])
    raise NotWaitingError(
        f"{decided.who} had decided of {name} on {decided.at.astimezone(asof.PARIS):%d/%m/%Y %H:%M} (Paris): "
        f"{decided.decision} ({decided.reason}). The first decision stands. A file received again is asked about "
        f"anew: relance collect {last['feed']} --from DIR."
    )


def _require_acceptable(file: PendingFile, pending: list[PendingFile]) -> None:
    name = f"{file.file_name} ({file.receipt_id})"
    if not file.causes:
        others = [one for one in pending if one.group == file.group and one.causes]
        raise RelanceError(
            f"{name} waits only with what its sender sent beside it. Accepting that frees it:\n{_listed(others)}"
        )
    if refused := [one.sentence for one in file.findings if not one.can_be_accepted]:
        listed = "\n".join(f"  - {sentence}" for sentence in refused)
        raise RelanceError(
            f"{name} cannot be accepted: only a corrected file helps, which its sender sends, or rejecting this one "
            f"(relance files reject). What nobody can accept:\n{listed}"
        )


def _listed(files: Iterable[PendingFile]) -> str:
    return "\n".join(f"  - {one.receipt_id}  {one.file_name} ({one.whose})" for one in files)

"""Has the sender of each submission and panorama file answered: which files, with what the manifest says of them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from relance.errors import DamagedError
from relance.feedback import INDEX, Sent, write_feedback
from relance.feedback.sent import Decided, Found
from relance.settings import Settings
from relance.warehouse.manifest import APPLICATION, SUBMISSION, Entry, Finding

log = logging.getLogger(__name__)


def answer_senders(
    settings: Settings,
    as_of: dt.datetime,
    entries: list[Entry],
    track: Callable[[list[Entry]], Iterable[Entry]] = lambda entries: entries,
) -> None:
    """Bring the feedback of each file up to date and note on its entry where it lies.

    Nothing that goes wrong here stops a night: it is logged, and the entry has no feedback.
    """
    by_ministry: dict[str | None, list[Entry]] = {}
    for entry in entries:
        if entry.receipt.kind == SUBMISSION and entry.counted:
            by_ministry.setdefault(entry.ministry_code, []).append(entry)
    for entry in track(entries):
        if not is_answered(entry):
            continue
        receipt = entry.receipt
        target = settings.feedback_dir / receipt.feed / receipt.receipt_id
        try:
            write_feedback(sent_of(entry, as_of, by_ministry.get(entry.ministry_code, ())), target)
        except DamagedError as damaged:
            log.warning("No feedback for %s: %s.", receipt.file_name, damaged)
            entry.damage.append(f"{damaged}: its sender has no feedback until it is restored.")
        except Exception as error:  # whatever it is, the figures do not depend on it
            log.warning(
                "No feedback for %s (%s): %s: %s. The night goes on; the next one tries again.",
                receipt.file_name,
                target,
                type(error).__name__,
                error,
            )
        else:
            entry.feedback_path = (target / INDEX).relative_to(settings.data_dir).as_posix()


def is_answered(entry: Entry) -> bool:
    """A dossier is answered on its own platform; an archive through its files."""
    return entry.receipt.kind != APPLICATION and not entry.is_unpacked


def sent_of(entry: Entry, as_of: dt.datetime | None, counting: Iterable[Entry] = ()) -> Sent:
    """What the feedback is told of an entry; without `as_of`, of a file that its sender only checks.

    `counting` are the files of its ministry that count.
    """
    decided = entry.decision
    return Sent(
        file_name=entry.receipt.file_name,
        kind=entry.receipt.kind,
        parsed=entry.parsed,
        path=entry.path,
        status=entry.status,
        reason=entry.reason,
        notes=tuple(entry.notes),
        counted=frozenset(entry.counted),
        undecided=frozenset(entry.undecided),
        is_stale=entry.is_stale,
        ministry_code=entry.ministry_code,
        period=entry.period,
        edition=entry.edition,
        allowed_ministries=entry.allowed_ministries or (),
        claimed_ministry_code=entry.claimed_ministry_code,
        findings=_found(entry.findings),
        warnings=_found(entry.warnings),
        decision=None if decided is None else Decided(decided.decision, decided.who, decided.at, decided.reason),
        meanwhile=_meanwhile(entry, counting) if entry.is_withheld else (),
        received_at=entry.receipt.received_at if as_of is not None else None,
        as_of=as_of,
    )


def _found(findings: Iterable[Finding]) -> tuple[Found, ...]:
    return tuple(Found(one.control_id, one.sentence, one.can_be_accepted) for one in findings)


def _meanwhile(entry: Entry, counting: Iterable[Entry]) -> tuple[tuple[str, str | None], ...]:
    """Of the files that count those of the same period, or else of the last one before it."""
    before = [one for one in counting if entry.period is None or (one.period or "") <= entry.period]
    latest = max((one.period or "" for one in before), default="")
    return tuple((one.receipt.file_name, one.period) for one in before if (one.period or "") == latest)

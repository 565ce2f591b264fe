"""Receipts: one small record for each reception, kept for ever beside the bytes it speaks of."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relance.errors import DamagedError, RelanceError
from relance.files import is_sealed, sealed, write_json
from relance.sources.arrival import Origin

_RESTORE = "Restore it from the backup of the landing folder."


@dataclass(frozen=True)
class Receipt:
    """One reception of one file.

    `received_at` (UTC) is what as-of dates compare with. `key` and `period` are what the file's name says
    (edition `YYYY-MM`, or ministry code and reporting period); what the file itself says is found by parsing.
    `origin` is what its sender's system said of it, where there is one: the next turn asks with it. `sent_at` (UTC) is
    the time of the file at its sender's place; receipts that were written before it was kept have none. `sender` is
    whose folder it lay in where the feed says who may speak for whom, `speaks_for` the ministry codes that the feed
    gave that sender then (None: any).
    """

    receipt_id: str
    feed: str
    kind: str
    file_name: str
    source_uri: str
    sha256: str
    size_bytes: int
    received_at: dt.datetime
    key: str | None
    period: str | None
    run: str
    origin: Origin | None = None
    sent_at: dt.datetime | None = None
    sender: str | None = None
    speaks_for: tuple[str, ...] | None = None

    @property
    def sender_time(self) -> dt.datetime | None:
        """The sender's own time of the file (UTC): when it was last changed there; None where nobody said."""
        return self.sent_at or (self.origin.sent_at if self.origin else None)

    @property
    def thing(self) -> str:
        """What a later reception replaces within the feed: the thing at its sender's place, else the name."""
        return self.origin.id if self.origin else self.file_name

    def to_json(self) -> dict[str, Any]:
        record = {**asdict(self), "received_at": self.received_at.isoformat()}
        for name in ("origin", "sent_at", "sender", "speaks_for"):
            if record[name] is None:
                del record[name]
        if self.sent_at is not None:
            record["sent_at"] = self.sent_at.isoformat()
        return record

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Receipt:
        origin = Origin(**record["origin"]) if record.get("origin") else None
        sent_at = dt.datetime.fromisoformat(record["sent_at"]) if record.get("sent_at") else None
        received_at = dt.datetime.fromisoformat(record["received_at"])
        speaks_for = tuple(record["speaks_for"]) if record.get("speaks_for") is not None else None
        read = {"received_at": received_at, "origin": origin, "sent_at": sent_at, "speaks_for": speaks_for}
        return cls(**{**record, **read})


def receipt_id(feed: str, file_name: str, sha256: str, received_at: dt.datetime) -> str:
    """The identity of a reception: the same file received at the same instant has it on every machine."""
    text = "\n".join((feed, file_name, sha256, received_at.astimezone(dt.UTC).isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_receipt(landing_dir: Path, receipt: Receipt) -> None:
    path = landing_dir / "receipts" / receipt.feed / f"{receipt.receipt_id}.json"
    write_json(path, sealed(receipt.to_json()))


def read_receipts(landing_dir: Path, feed: str | None = None) -> list[Receipt]:
    """All receipts (of one feed), oldest first; those of one collection run by name, so the order is always the same.

    That order says nothing of which of them counts: `warehouse.precedence` does.

    Raises `RelanceError` naming a receipt that cannot be read, or is not what was written: it is history, and is never
    skipped. Receipts that were written before they were sealed are taken as they are.
    """
    receipts = []
    for path in (landing_dir / "receipts").glob(f"{feed or '*'}/*.json"):
        if path.name.startswith("."):
            continue
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            is_changed = "record_sha256" in record and not is_sealed(record)
            record.pop("record_sha256", None)
            receipts.append(Receipt.from_json(record))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise RelanceError(
                f"The receipt {path} cannot be read ({error}): receipts are history and are never skipped. {_RESTORE}"
            ) from error
        if is_changed:
            raise DamagedError(
                f"The receipt {path} is not as it was written: it says of what was received, when and for which "
                f"period, what it did not say. {_RESTORE}"
            )
    return sorted(receipts, key=lambda one: (one.received_at, one.feed, one.file_name, one.receipt_id))

"""The landing: bytes by their content, each once, and a receipt for each reception.

Two writers never share a file: objects are named by their SHA-256, receipts by their own identity, both are
written beside and renamed. So no lock is needed, and a run killed between the two leaves an object without a
receipt, which the next collection finds again and completes.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from relance.errors import RelanceError, SourceError
from relance.files import damage_of, sync_dir
from relance.landing.receipts import Receipt, read_receipts, receipt_id, write_receipt
from relance.landing.resent import Same, same_bytes, sent_again
from relance.sources.arrival import Arrival, Known, UnchangedError
from relance.sources.feeds import Feed

log = logging.getLogger(__name__)

BLOCK = 1 << 20


@dataclass
class Landed:
    """What one collection did: receipts written, names whose bytes were known, names left for the next turn.

    `problems` are the sentences of what a source could not give; what it could give is landed all the same. `restored`
    says of bytes that were found damaged or missing that they came again, and stand there as they were received.
    """

    new: list[Receipt] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)


def object_path(landing_dir: Path, sha256: str) -> Path:
    return landing_dir / "objects" / sha256


def receptions(landing_dir: Path, feed_id: str) -> list[Known]:
    """What the landing has of a feed, oldest first, as its source needs it to ask only for what is new.

    Of receptions that a source asks with, those whose bytes are damaged are left out: it gives them again.
    """
    return [
        Known(receipt.file_name, receipt.origin, _opener(object_path(landing_dir, receipt.sha256), receipt.sha256))
        for receipt in read_receipts(landing_dir, feed_id)
        if receipt.origin is None or damage_of(object_path(landing_dir, receipt.sha256), receipt.sha256) is None
    ]


def _opener(path: Path, sha256: str) -> Callable[[], BinaryIO]:
    def open_verified() -> BinaryIO:
        file = path.open("rb")
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            file.close()
            raise OSError(errno.EIO, "not the bytes that were received", str(path))
        file.seek(0)
        return file

    return open_verified


def damaged_sentence(landing_dir: Path, damaged: Iterable[tuple[Receipt, str]]) -> str:
    """What is to be done of received files whose bytes are not those that were received, each with what was found."""
    lines = []
    for receipt, found in damaged:
        whose = ", ".join(one for one in (receipt.key, receipt.period) if one)
        lines.append(
            f"  - {receipt.file_name}{f' ({whose})' if whose else ''}, received from the feed {receipt.feed} on "
            f"{receipt.received_at:%Y-%m-%d %H:%M} UTC: {found}. Its receipt: "
            f"{landing_dir / 'receipts' / receipt.feed / f'{receipt.receipt_id}.json'}"
        )
    return (
        f"{len(lines)} received file(s) are not what they were when they were received. Our storage damaged them, not "
        "their senders:\n" + "\n".join(lines) + "\nRestore these objects, or collect the same files again: the right "
        "bytes take their place. Nothing else has to be cleaned; see the disk and the machine's log for the cause."
    )


def receive(
    landing_dir: Path,
    feed: Feed,
    arrivals: Iterable[Arrival],
    run: str,
    at: dt.datetime,
    seen_at: dt.datetime | None = None,
) -> Landed:
    """Land every arrival of a feed; `at` is the instant of those that no reception index dates.

    A file counts as known when the newest receipt of its name (where its source has a name of its own for it,
    of that) has the same bytes and it was not sent again after another one (`resent`), or, where an index dates it,
    when that very reception has its receipt. `seen_at` is when its place was last looked at, if that is known. A file
    that changes or vanishes while it is read, or cannot be opened, is left for the next turn and named in
    `left`; what a source could not give is said in `problems`, and does not stop what it can. Raises `RelanceError`
    when `at` lies before the last reception.
    """
    landed = Landed()
    known = read_receipts(landing_dir, feed.id)
    _refuse_earlier_than(known, at)
    newest = {receipt.thing: receipt for receipt in known}
    known_ids = {receipt.receipt_id for receipt in known}
    old_news_until = seen_at - dt.timedelta(seconds=feed.settle_seconds) if seen_at else None
    same: list[Same] = []
    present: set[str] = set()
    received = {receipt.sha256 for receipt in known}
    for arrival in _as_far_as_given(arrivals, landed.problems):
        try:
            kept = _keep_bytes(landing_dir, arrival, received, landed.restored)
        except UnchangedError:
            landed.known.append(arrival.name)
            continue
        except SourceError as error:
            landed.problems.append(str(error))
            continue
        if kept is None:
            landed.left.append(arrival.name)
            continue
        sha256, size = kept
        received_at = arrival.received_at or at
        identity = receipt_id(feed.id, arrival.name, sha256, received_at)
        origin = arrival.origin()
        named_key, named_period = feed.read_name(PurePosixPath(arrival.name).name)
        receipt = Receipt(
            receipt_id=identity,
            feed=feed.id,
            kind=feed.kind,
            file_name=arrival.name,
            source_uri=arrival.uri,
            sha256=sha256,
            size_bytes=size,
            received_at=received_at,
            key=arrival.key or named_key,
            period=arrival.period or named_period,
            run=run,
            origin=origin,
            sent_at=arrival.sent_at,
            sender=arrival.sender,
            speaks_for=feed.may_speak_for(arrival.sender) if arrival.sender else None,
        )
        present.add(receipt.thing)
        last = newest.get(receipt.thing)
        if identity in known_ids:
            landed.known.append(arrival.name)
            _release(arrival, landed)
        elif arrival.received_at is None and last and last.sha256 == sha256:
            same.append(same_bytes(arrival, receipt, last, old_news_until))
        else:
            _keep_receipt(landing_dir, arrival, receipt, landed)
    turns = landing_dir / "turns" / feed.id
    again = sent_again(same, known, landed.new, present, lambda run: (turns / f"{run}.json").exists())
    for one in same:
        if one in again:
            _keep_receipt(landing_dir, one.arrival, one.receipt, landed)
        else:
            landed.known.append(one.arrival.name)
            _release(one.arrival, landed)
    return landed


def _keep_receipt(landing_dir: Path, arrival: Arrival, receipt: Receipt, landed: Landed) -> None:
    write_receipt(landing_dir, receipt)
    landed.new.append(receipt)
    _release(arrival, landed)


def _refuse_earlier_than(known: list[Receipt], at: dt.datetime) -> None:
    """A corrected file dated before the one that it corrects would count for nothing: rather no reception at all."""
    if known and known[-1].received_at > at:
        last = known[-1]
        raise RelanceError(
            f"It is {at.isoformat()} by this machine's clock, but {last.file_name} was received from the feed "
            f"{last.feed} at {last.received_at.isoformat()}: the clock went back, and a file received now would count "
            "as older than that one. Nothing is landed. Set the clock right and collect again. If that later date is "
            f"the wrong one, remove its receipt (landing/receipts/{last.feed}/{last.receipt_id}.json): the bytes stay, "
            "and collecting again receives the file anew."
        )


def _release(arrival: Arrival, landed: Landed) -> None:
    try:
        arrival.release()
    except SourceError as error:
        landed.problems.append(str(error))


def _as_far_as_given(arrivals: Iterable[Arrival], problems: list[str]) -> Iterator[Arrival]:
    try:
        yield from arrivals
    except SourceError as error:
        problems.append(str(error))


def _keep_bytes(landing_dir: Path, arrival: Arrival, received: set[str], restored: list[str]) -> tuple[str, int] | None:
    """Copy an arrival's bytes into the objects; its SHA-256 and size, or None when it has to wait.

    Where the object was `received` before and is damaged or missing, these bytes take its place: `restored` says so.
    """
    objects = landing_dir / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    aside = objects / f".incoming-{uuid.uuid4().hex}"
    digest, size = hashlib.sha256(), 0
    try:
        try:
            source = arrival.open()
        except OSError:
            return None
        with source, aside.open("wb") as out:
            while block := source.read(BLOCK):
                digest.update(block)
                size += len(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if not arrival.is_settled():
            return None
        path = object_path(landing_dir, digest.hexdigest())
        if damage := damage_of(path, path.name):
            is_restored = path.exists() or path.name in received
            aside.replace(path)
            sync_dir(objects)
            if is_restored:
                log.warning("Replaced by the same file, collected again: %s. See the disk for the cause.", damage)
                restored.append(f"{arrival.name} ({damage})")
        return digest.hexdigest(), size
    finally:
        aside.unlink(missing_ok=True)

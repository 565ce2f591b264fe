"""Which files were sent again: the same bytes under the same name, after another file that they may replace.

Files lie in a drop folder night after night, and a backup that is put back gives all of them a later time. So a later
time alone says nothing. A file was sent again when its time is later than the reception of every file that came with
or after it; where such a file comes in this very run, or has a later time now as well, than that file's own time. A
person who points at a folder elsewhere sends what lies there again, unless such a file lies beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from relance.landing.receipts import Receipt
from relance.sources.arrival import Arrival

# A person who saves a file anew takes longer than this; a program that copies two neighbours, or the two seconds in
# which a ZIP counts, do not.
TOLD_APART = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Same:
    """A file with the bytes of the newest receipt of its name (`last`), and the receipt that it would get.

    `is_later`: its own time is later than it was then, and nobody looked at it since. `is_elsewhere`: a person points
    at it in another place.
    """

    arrival: Arrival
    receipt: Receipt
    last: Receipt
    is_later: bool
    is_elsewhere: bool


def same_bytes(arrival: Arrival, receipt: Receipt, last: Receipt, old_news_until: dt.datetime | None) -> Same:
    """Compare a file with the newest receipt of its name; a time before `old_news_until` was seen by an earlier run."""
    now, before = receipt.sender_time, last.sender_time
    is_later = now is not None and before is not None and before < now <= receipt.received_at
    is_old_news = now is not None and old_news_until is not None and now < old_news_until
    is_elsewhere = arrival.is_given and arrival.uri != last.source_uri
    return Same(arrival, receipt, last, is_later and not is_old_news, is_elsewhere)


def sent_again(
    same: Sequence[Same],
    known: Sequence[Receipt],
    new: Sequence[Receipt],
    present: set[str],
    is_finished: Callable[[str], bool],
) -> list[Same]:
    """Those of `same` that were sent again; with each also those of later time that it competes with.

    `known` are the feed's receipts, `new` those of this run, `present` the things that it found.
    `is_finished` says of an earlier run whether it came to its end: one that was killed is gone on with here.
    """
    later = {one.receipt.thing: one.receipt for one in same if one.is_later}

    def after(one: Same) -> Iterator[bool]:
        """For each file that came with this one or after it, whether this one was sent after it."""
        for other in new:
            if _compete(one.receipt, other):
                yield one.is_later and _is_told_later(one.receipt, other)
        for other in known:
            if other.received_at < one.last.received_at or not _compete(one.receipt, other):
                continue
            if other.thing in later:
                yield one.is_later and _is_told_later(one.receipt, later[other.thing])
            else:
                now = one.receipt.sender_time if one.is_later else None
                is_after = now is not None and now > other.received_at
                is_gone_on_with = one.is_later and _is_told_later(one.receipt, other) and not is_finished(other.run)
                yield is_after or is_gone_on_with or (one.is_elsewhere and other.thing not in present)

    again = [one for one in same if (one.is_later or one.is_elsewhere) and _all_and_any(after(one))]
    return [
        one
        for one in same
        if one in again or (one.is_later and any(_compete(one.receipt, other.receipt) for other in again))
    ]


def _compete(one: Receipt, other: Receipt) -> bool:
    """Whether two files may be of one ministry and period, or edition, as far as their names say."""
    return one.thing != other.thing and all(
        named is None or also is None or named == also
        for named, also in ((one.key, other.key), (one.period, other.period))
    )


def _is_told_later(one: Receipt, other: Receipt) -> bool:
    now, then = one.sender_time, other.sender_time
    return now is not None and then is not None and now - then >= TOLD_APART


def _all_and_any(answers: Iterator[bool]) -> bool:
    """Whether there are answers, and all are yes."""
    found = list(answers)
    return bool(found) and all(found)

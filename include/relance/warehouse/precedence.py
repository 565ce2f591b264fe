"""Which of several files that came in one collection run is the later one: by its own time, then by its name.

Nothing else is asked: neither hashes, nor the order of names or receptions. Where time and name are silent, or
contradict each other, nobody knows, and whoever asks has to say so.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TypeVar

from relance.french import MONTHS
from relance.landing.resent import TOLD_APART

Item = TypeVar("Item")


class Order(Enum):
    """How one file stands to another one."""

    LATER = "later"
    EARLIER = "earlier"
    UNKNOWN = "unknown"
    # Its time says one thing, its name the other.
    CONTRADICTED = "contradicted"


@dataclass(frozen=True)
class Stated:
    """What a file says of when it was made. Times are UTC, None where there is none that says anything.

    `name` may be `archive.zip/folder/file.xlsx`. A file alone has one time, `earliest` and `latest`. One that came in
    an archive was saved at `earliest` and sent no later than `latest`, the archive's own time.
    """

    name: str
    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None
    archive: str | None = None


def order(one: Stated, other: Stated) -> Order:
    """Whether `one` is later than `other`."""
    time, name = _by_time(one, other), _by_name(one.name, other.name)
    if time * name < 0:
        return Order.CONTRADICTED
    return {1: Order.LATER, -1: Order.EARLIER, 0: Order.UNKNOWN}[time or name]


def _by_time(one: Stated, other: Stated) -> int:
    """1 where the first is later, -1 where the second is, 0 where times do not say."""
    is_together = one.archive is not None and one.archive == other.archive

    def is_later(one: Stated, other: Stated) -> bool:
        then = other.earliest if is_together else other.latest
        return one.earliest is not None and then is not None and one.earliest - then >= TOLD_APART

    return int(is_later(one, other)) - int(is_later(other, one))


def latest(
    items: Sequence[Item], compare: Callable[[Item, Item], Order], is_same: Callable[[Item, Item], bool]
) -> tuple[Item | None, list[Item]]:
    """The item that is later than each of the others that is not the same, or None and those that cannot be told apart.

    Of several that are the same the last one in `items` stands for all.
    """

    def beats(one: Item, other: Item) -> bool:
        return compare(one, other) is Order.LATER

    leaders = [one for one in items if all(one is other or beats(one, other) or is_same(one, other) for other in items)]
    if leaders:
        return leaders[-1], []
    unbeaten = [one for one in items if not any(beats(other, one) and not is_same(other, one) for other in items)]
    if len(unbeaten) < 2:
        # A ring, or one that is above some and unknown beside others: all that it does not beat are named.
        unbeaten = [one for one in items if not any(beats(top, one) for top in unbeaten)]
    return None, unbeaten


@dataclass(frozen=True)
class Version:
    """What a name states. Each field says more the greater it is; `rest` is what is left of the name.

    `correction`: 0, or the number of the correction (`rectificatif`, `rectif 2`). `version`: `v2.1` as (2, 1), none as
    (1,). `repetition`: `bis` 2, `ter` 3. `copy`: ` (2)` as 2, none as 0. `finality`: a draft -1, `final` 1. `day`: a
    date in the name, with its time. `is_copy`: called a copy, which says nothing of which is the later one.
    """

    rest: str
    correction: int = 0
    version: tuple[int, ...] = (1,)
    repetition: int = 1
    copy: int = 0
    finality: int = 0
    day: tuple[int, ...] | None = None
    is_copy: bool = False


_MONTHS = "|".join(
    "".join(letter for letter in unicodedata.normalize("NFKD", month) if letter.isascii()) for month in MONTHS
)
_PERIOD = re.compile(r"(?<!\d)(20\d\d)[\W_]*t[\W_]*([1-4])(?!\d)|(?<![a-z])t[\W_]*([1-4])[\W_]*(20\d\d)(?!\d)")
_TIME = r"(?:[\W_t]{0,3}(?P<hour>[01]\d|2[0-3])[h:._-]?(?P<minute>[0-5]\d)(?:[m:._-]?(?P<second>[0-5]\d))?(?!\d))?"
_DAY = (
    re.compile(
        r"(?<!\d)(?P<year>20\d\d)(?P<mark>[-._ ]?)(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
        + _TIME
    ),
    re.compile(
        r"(?<!\d)(?P<day>0?[1-9]|[12]\d|3[01])(?P<mark>[-._ ])(?P<month>0?[1-9]|1[0-2])(?P=mark)(?P<year>20\d\d)(?!\d)"
        + _TIME
    ),
    re.compile(r"(?<!\d)(?P<day>0[1-9]|[12]\d|3[01])(?P<month>0[1-9]|1[0-2])(?P<year>20\d\d)(?!\d)" + _TIME),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:er)?[\W_]*(?P<month>{_MONTHS})[\W_]*(?P<year>20\d\d)(?!\d)" + _TIME,
    ),
)
_CORRECTION = re.compile(
    r"(?:(?<!\d)(?P<before>\d{1,2})[\W_]*(?:eme|ere|er|nde|nd|e)[\W_]*)?(?<![a-z])"
    r"(?:rectificati(?:fs?|ves?|on)|rectifie?e?s?|rectif|rect|corrigee?s?|correcti(?:fs?|ves?|ons?)|corr|"
    r"modifiee?s?|modificati(?:fs?|ves?|ons?)|modif|maj|mise?[\W_]*a[\W_]*jour|revisee?s?|revision|rev|"
    r"annule[\W_]*et[\W_]*remplace|actualisee?s?|actualisation|remplacement|nouveau|nouvelle|new|updated?|corrected)"
    r"(?![a-z])(?:[^\w(]*_*(?:no?[\W_]*)?(?P<after>\d{1,2})(?!\d))?"
)
_VERSION = re.compile(r"(?<![a-z0-9])v(?:ers(?:ion)?)?[\W_]*(\d{1,3}(?:[._]\d{1,3}(?!\d))*)(?!\d)")
_FINAL = re.compile(r"(?<![a-z])(?:(?:v|version)[\W_]*)?(?:finale?|definiti(?:f|ve)|def|vf)(?![a-z])")
_DRAFT = re.compile(r"(?<![a-z])(?:brouillon|draft|provisoire|prov|ancien(?:ne)?|old|obsolete)(?![a-z])")
_REPETITION = re.compile(r"(?<![a-z])(bis|ter|quater)(?![a-z])")
_COPY_NUMBER = re.compile(r"\((\d{1,2})\)")
_COPY = re.compile(r"(?<![a-z])(?:copie|copy)(?![a-z])")
# A CSV is called by the one table that it has, a workbook is not.
_TABLES = re.compile(r"(?<![a-z])(?:subventions?|executions?|projets?|suivi|couverture)(?![a-z])")


def _by_name(one: str, other: str) -> int:
    """1 where the first name states a later version, -1 where the second does, 0 where names do not say.

    Names tell nothing where they differ in more than the version: `patrimoine_v1` and `archives_v2` are not versions
    of one file.
    """
    parts, others = PurePosixPath(one).parts, PurePosixPath(other).parts
    while len(parts) > 1 and len(others) > 1 and parts[0] == others[0]:
        parts, others = parts[1:], others[1:]
    first, second = _joined(parts), _joined(others)
    if first.rest != second.rest or first.is_copy or second.is_copy or (first.day is None) != (second.day is None):
        return 0
    signs = {
        (above > below) - (above < below)
        for above, below in (
            ((first.correction,), (second.correction,)),
            (first.version, second.version),
            ((first.repetition,), (second.repetition,)),
            ((first.copy,), (second.copy,)),
            ((first.finality,), (second.finality,)),
            (first.day or (), second.day or ()),
        )
    } - {0}
    # A rectificatif and a v2 are both later than what they follow, and nobody knows which follows which.
    return signs.pop() if len(signs) == 1 else 0


def _joined(parts: Sequence[str]) -> Version:
    """What a file's name and the folders and archive that it lies in state together."""
    own, *around = [stated_version(part) for part in reversed(parts)]
    every = [own, *around]
    return Version(
        own.rest,
        max(one.correction for one in every),
        max((one.version for one in every), key=lambda version: (version != (1,), version)),
        max(one.repetition for one in every),
        max(one.copy for one in every),
        max((one.finality for one in every), key=abs),
        next((one.day for one in every if one.day), None),
        any(one.is_copy for one in every),
    )


@lru_cache(maxsize=10_000)
def stated_version(name: str) -> Version:
    """What a file's name states of its version: `CUL_2021-T3_rectificatif.xlsx`, `-v2`, ` (2)`, `bis`, a date.

    Case, accents, blanks, dashes and the extension do not count. The period in a name is no date and no version.
    """
    stem = PurePosixPath(name).stem if re.search(r"\.[A-Za-z]{2,5}$", name) else name
    text = "".join(
        letter for letter in unicodedata.normalize("NFKD", stem).casefold() if not unicodedata.combining(letter)
    )
    kept: list[str] = []

    def take(pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The matches, taken out of what is left; blanks stand in their place, so that nothing grows together."""
        nonlocal text
        found = list(pattern.finditer(text))
        text = pattern.sub("  ", text)
        return found

    kept += ["".join(filter(None, (m[1] or m[4], "t", m[2] or m[3]))) for m in take(_PERIOD)]
    days = [day for pattern in _DAY for match in take(pattern) if (day := _day(match))]
    is_copy = bool(take(_COPY))
    corrections = [int(m["before"] or m["after"] or 1) for m in take(_CORRECTION)]
    finality = (1 if take(_FINAL) else 0) - (1 if take(_DRAFT) else 0)
    versions = [_numbers(m[1]) for m in take(_VERSION)]
    repetitions = [{"bis": 2, "ter": 3, "quater": 4}[m[1]] for m in take(_REPETITION)]
    copies = [int(m[1]) for m in take(_COPY_NUMBER)]
    take(_TABLES)
    return Version(
        rest="".join(kept) + re.sub(r"[^0-9a-z]", "", text),
        correction=_most(corrections, 0),
        version=max(versions, default=(1,)),
        repetition=_most(repetitions, 1),
        copy=_most(copies, 0),
        finality=finality,
        day=max(days, default=None),
        is_copy=is_copy,
    )


def _numbers(text: str) -> tuple[int, ...]:
    """`2.1` as (2, 1); `2.0` is `2`."""
    numbers = [int(part) for part in re.split(r"[._]", text)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _most(numbers: Iterable[int], none: int) -> int:
    return max(numbers, default=none)


def _day(match: re.Match[str]) -> tuple[int, ...] | None:
    """Year, month, day, and what it says of the time; None for a day that is none."""
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTHS.split("|").index(month) + 1
    time = tuple(int(part) for part in match.group("hour", "minute", "second") if part)
    try:
        day = dt.date(int(match["year"]), number, int(match["day"]))
    except ValueError:
        return None
    return day.year, day.month, day.day, *time

"""Reads a day in the forms that people and programs write, beyond the two that SQL reads (`value_sql`)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from relance.parsing.canonical import is_unseen
from relance.parsing.text_table import FIRST_DAY

MONTHS = {
    1: ("janvier", "janv", "jan", "january"),
    2: ("fevrier", "fevr", "fev", "february", "feb"),
    3: ("mars", "mar", "march"),
    4: ("avril", "avr", "april", "apr"),
    5: ("mai", "may"),
    6: ("juin", "june", "jun"),
    7: ("juillet", "juil", "july", "jul"),
    8: ("aout", "aou", "august", "aug"),
    9: ("septembre", "sept", "sep", "september"),
    10: ("octobre", "oct", "october"),
    11: ("novembre", "nov", "november"),
    12: ("decembre", "dec", "december"),
}
_MONTH_OF = {word: number for number, words in MONTHS.items() for word in words}
_WEEKDAYS = (
    ("lundi", "lun", "monday", "mon"),
    ("mardi", "tuesday", "tue"),
    ("mercredi", "mer", "wednesday", "wed"),
    ("jeudi", "jeu", "thursday", "thu"),
    ("vendredi", "ven", "friday", "fri"),
    ("samedi", "sam", "saturday", "sat"),
    ("dimanche", "dim", "sunday", "sun"),
)
_WEEKDAY_OF = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}

# Not compiled here: hardly any file needs them.
_TIME = (
    r"(?P<day>.+?)(?:[t ] ?(?:a )?(?P<hour>\d{1,2}) ?[:h] ?(?P<minute>\d{2})(?: ?: ?(?P<second>\d{2})(?:[.,]\d+)?)?)"
    r" ?(?P<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?"
)
_YEAR_FIRST = r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})"
_DAY_FIRST = r"(?P<day>\d{1,2})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})"
_SHORT_YEAR = r"(?P<day>\d{1,2})(?P<sign>[/.])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{2})"
_COMPACT = r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})"
_WORDS = r"(?:(?P<day>\d{1,2})(?:er)?[ -])?(?P<word>[a-z]+)\.?[ -]*(?P<year>\d{4}|\d{2})"
_ENGLISH = r"(?P<word>[a-z]+)\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"
_MONTH_ALONE = r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})|(?P<year_>\d{4})[-/](?P<month_>\d{1,2})"
_SERIAL = r"(?P<days>[1-9]\d{4})(?:[.,]\d+)?"


def read_day(text: str, reads_months: bool, first_day: dt.date = FIRST_DAY) -> dt.date | None:
    """The day that a text says; `None` where it says none, or says two (a weekday that is another one).

    An instant with its offset is its day in Paris. A month alone is its first day where `reads_months`. A number of
    days, as spreadsheets keep dates, counts from `first_day`. Day before month: `04/15/2021` is no date.
    """
    if not any(character.isdigit() for character in text):
        return None
    said = _plain(text)
    try:
        if found := re.fullmatch(_TIME, said):
            day = _day_of(found["day"].rstrip(" ,"), reads_months, first_day)
            return None if day is None else _in_paris(day, found)
        return _day_of(said, reads_months, first_day)
    except (ValueError, OverflowError):  # the 31st of April, the hour 25, the year 0
        return None


def _plain(text: str) -> str:
    """Lower case without accents; one blank and one dash of all kinds, none beside a sign; no `le`, no full stop."""
    signs = ("-" if unicodedata.category(c) == "Pd" else c for c in unicodedata.normalize("NFKC", text))
    seen = "".join(" " if c.isspace() else c for c in signs if c.isspace() or not is_unseen(c))
    bare = "".join(c for c in unicodedata.normalize("NFD", seen.lower()) if not unicodedata.combining(c))
    bare = re.sub(r"(?<=\d) ?([-/.]) ?(?=\w)", r"\1", " ".join(bare.split()))
    return bare.removeprefix("le ").rstrip(". ")


def _day_of(said: str, reads_months: bool, first_day: dt.date) -> dt.date | None:
    first, _, rest = said.partition(" ")
    if (weekday := _WEEKDAY_OF.get(first.rstrip(".,"))) is not None and rest:
        day = _day_of(rest, False, first_day)
        return day if day is not None and day.weekday() == weekday else None
    for form in (_YEAR_FIRST, _DAY_FIRST, _COMPACT, _SHORT_YEAR):
        if found := re.fullmatch(form, said):
            return dt.date(_full_year(found["year"]), int(found["month"]), int(found["day"]))
    if found := re.fullmatch(_SERIAL, said):
        return first_day + dt.timedelta(days=int(found["days"]))
    if found := re.fullmatch(_WORDS, said) or re.fullmatch(_ENGLISH, said):
        month = _MONTH_OF.get(found["word"])
        if month is None or (found["day"] is None and not reads_months):
            return None
        return dt.date(_full_year(found["year"]), month, int(found["day"] or 1))
    if reads_months and (found := re.fullmatch(_MONTH_ALONE, said)):
        return dt.date(int(found["year"] or found["year_"]), int(found["month"] or found["month_"]), 1)
    return None


def _full_year(year: str) -> int:
    number = int(year)
    return number if len(year) == 4 else number + (1900 if number >= 90 else 2000)


def _in_paris(day: dt.date, time: re.Match[str]) -> dt.date:
    """The day in Paris of a time on a day at an offset; a time without an offset is Paris's own."""
    instant = dt.datetime.combine(day, dt.time(int(time["hour"]), int(time["minute"]), int(time["second"] or 0)))
    zone = time["zone"]
    if zone is None:
        return day
    offset = dt.timedelta()
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    from relance.asof import PARIS  # not above: it takes as long to load as a small file to parse

    return instant.replace(tzinfo=dt.timezone(offset)).astimezone(PARIS).date()

"""As-of dates: the instant up to which what had been received is taken into account, and its label.

A bare date means that date's night: the instant of the nightly run, 03:00 in Europe/Paris. So a night rebuilt
by hand and the night Airflow ran have the same identity.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from relance.errors import RelanceError

PARIS = ZoneInfo("Europe/Paris")
NIGHT = dt.time(3, 0)


def now() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(dt.UTC)


def night_of(day: dt.date) -> dt.datetime:
    """The instant of the nightly run of `day`, in UTC."""
    return dt.datetime.combine(day, NIGHT, tzinfo=PARIS).astimezone(dt.UTC)


def parse_as_of(text: str, at: dt.datetime | None = None) -> dt.datetime:
    """Read an as-of date: `2021-02-01` (that night), or an ISO instant with or without offset (Paris time).

    Raises `RelanceError` when the text is neither, or lies after `at` (default: now): what will be received
    is not known yet.
    """
    value = text.strip()
    try:
        if len(value) == len("2021-02-01"):
            instant = night_of(dt.date.fromisoformat(value))
        else:
            parsed = dt.datetime.fromisoformat(value)
            instant = (parsed if parsed.tzinfo else parsed.replace(tzinfo=PARIS)).astimezone(dt.UTC)
    except ValueError as error:
        raise RelanceError(
            f"The as-of date {text!r} cannot be read: expected a date such as 2021-02-01 (the night of that day, "
            "03:00 in Paris) or an instant such as 2021-02-01T12:00."
        ) from error
    limit = at or now()
    if instant > limit:
        raise RelanceError(
            f"The as-of date {text} is in the future ({instant.isoformat()}, and it is {limit.isoformat()}): "
            "give a date that has passed, or none for the present state."
        )
    return instant


def label(as_of: dt.datetime) -> str:
    """The folder name of an as-of date: `2021-02-01` for a night, `2021-02-01T113000.000000Z` for another instant."""
    local = as_of.astimezone(PARIS)
    if as_of == night_of(local.date()):
        return local.date().isoformat()
    return as_of.astimezone(dt.UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")

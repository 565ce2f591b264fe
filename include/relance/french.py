"""Figures and dates as the ministries and the public read them: French words, comma, narrow spaces.

Every function is exact: amounts come in as integer cents, ratios and points in millionths, and none passes
through a float. Thousands are set apart by U+202F (narrow no-break space); U+00A0 (no-break space) stands
before a unit, U+2212 is the minus sign: what the Imprimerie nationale asks for.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

THOUSANDS = "\u202f"
BEFORE_UNIT = "\u00a0"
MINUS = "\u2212"

CENTS = 100
MILLIONTHS = 1_000_000

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def number(value: Decimal | int, decimals: int | None = None, *, signed: bool = False) -> str:
    """`Decimal("-1234.5")` as `−1 234,5`.

    With `decimals` the value is rounded to that many places, halves away from zero; without, all its digits
    are shown and zeros that say nothing are left out. `signed` puts a plus sign before a positive value.
    """
    exact = Decimal(value)
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole, _, fraction = f"{abs(exact):f}".partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    grouped = f"{int(whole):,}".replace(",", THOUSANDS)
    sign = MINUS if exact < 0 else "+" if signed and exact > 0 else ""
    return f"{sign}{grouped},{fraction}" if fraction else f"{sign}{grouped}"


def euros(cents: int, *, signed: bool = False) -> str:
    """600000001 cents as `6 000 000,01 €`: always to the cent."""
    return f"{number(Decimal(cents) / CENTS, 2, signed=signed)}{BEFORE_UNIT}€"


def millions_of_euros(cents: int, decimals: int | None = None, *, signed: bool = False) -> str:
    """46822000000 cents as `468,22 M€`; without `decimals`, all digits."""
    return f"{number(Decimal(cents).scaleb(-8), decimals, signed=signed)}{BEFORE_UNIT}M€"


def percent(millionths: int, decimals: int = 1, *, signed: bool = False) -> str:
    """A ratio in millionths as a percentage: 284000 as `28,4 %`."""
    return f"{number(Decimal(millionths).scaleb(-4), decimals, signed=signed)}{BEFORE_UNIT}%"


def points(millionths: int, decimals: int = 1, *, signed: bool = False) -> str:
    """A difference of percentages, in millionths of a point: -8200000 as `−8,2 points`.

    French takes the plural from two on: `1,9 point`.
    """
    value = Decimal(millionths).scaleb(-6).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{number(value, decimals, signed=signed)}{BEFORE_UNIT}{plural('point', abs(value))}"


def years(millionths: int, decimals: int = 2, *, signed: bool = False) -> str:
    """A duration in millionths of a year: 6556818 as `6,56 ans`."""
    value = Decimal(millionths).scaleb(-6).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{number(value, decimals, signed=signed)}{BEFORE_UNIT}{plural('an', abs(value))}"


def count(value: int, noun: str = "", *, signed: bool = False) -> str:
    """2 and `ligne` as `2 lignes`; the noun takes a plain `s`."""
    figure = number(value, 0, signed=signed)
    return f"{figure}{BEFORE_UNIT}{plural(noun, abs(value))}" if noun else figure


def day(value: dt.date) -> str:
    """`1er février 2021`."""
    first = "1er" if value.day == 1 else str(value.day)
    return f"{first}{BEFORE_UNIT}{MONTHS[value.month - 1]}{BEFORE_UNIT}{value.year}"


def short_day(value: dt.date) -> str:
    """`01/02/2021`."""
    return f"{value.day:02}/{value.month:02}/{value.year}"


def month(value: dt.date) -> str:
    """`février 2021`."""
    return f"{MONTHS[value.month - 1]}{BEFORE_UNIT}{value.year}"


def instant(value: dt.datetime) -> str:
    """`1er février 2021 à 3 h 00`, the time in Paris. Raises `ValueError` on an instant without offset."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no offset: an instant to show in Paris time needs one")
    from relance.asof import PARIS  # not above: most of what reads and writes French needs no time zone

    local = value.astimezone(PARIS)
    return f"{day(local.date())} à {local.hour}{BEFORE_UNIT}h{BEFORE_UNIT}{local.minute:02}"


def plural(noun: str, value: Decimal | int) -> str:
    """The noun with its `s` from two on, as French has it: `1,9 point`, `2 points`."""
    return f"{noun}s" if value >= 2 else noun

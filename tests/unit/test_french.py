"""French figures: literal expectations, spaces written out so that a plain space cannot pass for another."""

import datetime as dt
from decimal import Decimal

import pytest

from relance import french

NARROW, FIXED, MINUS = "\u202f", "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (600_000_001, f"6{NARROW}000{NARROW}000,01{FIXED}€"),
        (0, f"0,00{FIXED}€"),
        (1, f"0,01{FIXED}€"),
        (-46_822_000_000, f"{MINUS}468{NARROW}220{NARROW}000,00{FIXED}€"),
        (999_99, f"999,99{FIXED}€"),
        # Above 2**53: a float on the way would change the last digits.
        (900_719_925_474_099_301, f"9{NARROW}007{NARROW}199{NARROW}254{NARROW}740{NARROW}993,01{FIXED}€"),
    ],
)
def test_euros_are_shown_to_the_cent(cents: int, shown: str) -> None:
    assert french.euros(cents) == shown


def test_a_signed_amount_says_plus() -> None:
    assert french.euros(1, signed=True) == f"+0,01{FIXED}€"
    assert french.euros(0, signed=True) == f"0,00{FIXED}€"


def test_millions_show_all_digits_unless_told() -> None:
    assert french.millions_of_euros(46_822_000_000) == f"468,22{FIXED}M€"
    assert french.millions_of_euros(29_200_000_000) == f"292{FIXED}M€"
    assert french.millions_of_euros(600_000_001) == f"6,00000001{FIXED}M€"
    assert french.millions_of_euros(255_358_300_000, 2) == f"2{NARROW}553,58{FIXED}M€"


def test_ratios_are_percentages_with_one_decimal() -> None:
    assert french.percent(284_000) == f"28,4{FIXED}%"
    assert french.percent(1_000_000) == f"100,0{FIXED}%"
    assert french.percent(-500) == f"{MINUS}0,1{FIXED}%"


def test_points_take_the_plural_from_two_on() -> None:
    assert french.points(-8_200_000) == f"{MINUS}8,2{FIXED}points"
    assert french.points(-2_000_000) == f"{MINUS}2,0{FIXED}points"
    assert french.points(1_900_000, signed=True) == f"+1,9{FIXED}point"


def test_years_and_counts() -> None:
    assert french.years(6_556_818) == f"6,56{FIXED}ans"
    assert french.years(1_000_000) == f"1,00{FIXED}an"
    assert french.count(1_200, "ligne") == f"1{NARROW}200{FIXED}lignes"
    assert french.count(1, "ligne") == f"1{FIXED}ligne"
    assert french.count(48) == "48"


def test_numbers_round_halves_away_from_zero() -> None:
    assert french.number(Decimal("0.5"), 0) == "1"
    assert french.number(Decimal("-2.5"), 0) == f"{MINUS}3"
    assert french.number(Decimal("2.50")) == "2,5"
    assert french.number(Decimal("-0.001"), 2) == "0,00"


def test_dates() -> None:
    assert french.day(dt.date(2021, 2, 1)) == f"1er{FIXED}février{FIXED}2021"
    assert french.day(dt.date(2021, 8, 31)) == f"31{FIXED}août{FIXED}2021"
    assert french.short_day(dt.date(2021, 2, 1)) == "01/02/2021"
    assert french.month(dt.date(2019, 3, 1)) == f"mars{FIXED}2019"


def test_an_instant_is_shown_in_paris_time() -> None:
    summer = dt.datetime(2021, 7, 1, 1, 5, tzinfo=dt.UTC)
    assert french.instant(summer) == f"1er{FIXED}juillet{FIXED}2021 à 3{FIXED}h{FIXED}05"
    with pytest.raises(ValueError, match="no offset"):
        french.instant(summer.replace(tzinfo=None))

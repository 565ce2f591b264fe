"""Which of two files is the later one, told with names and times."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest

from relance.warehouse.precedence import Order, Stated, latest, order, stated_version

NOON = dt.datetime(2021, 10, 15, 12, 0, tzinfo=dt.UTC)
EARLIER, LATER, UNKNOWN = Order.EARLIER, Order.LATER, Order.UNKNOWN


def file(name: str, minutes: float | None = None) -> Stated:
    """A file alone, saved so many minutes after noon; None where nobody knows when."""
    at = None if minutes is None else NOON + dt.timedelta(minutes=minutes)
    return Stated(name, at, at)


def member(name: str, archive: str, minutes: float | None, sent: float | None) -> Stated:
    saved, latest = (None if one is None else NOON + dt.timedelta(minutes=one) for one in (minutes, sent))
    return Stated(f"{archive}/{name}", saved, latest, archive)


PLAIN = "CUL_2021-T3.xlsx"


@pytest.mark.parametrize(
    "name",
    [
        "CUL_2021-T3_rectificatif.xlsx",
        "CUL_2021-T3_RECTIF.xlsx",
        "CUL_2021-T3 rectifié.xlsx",
        "CUL_2021-T3_corrigé.ods",
        "CUL_2021-T3-corrige\u0301e.xlsx",
        "CUL_2021-T3_corrective.xlsx",
        "CUL_2021-T3_modifié.xlsx",
        "CUL_2021-T3_MAJ.xlsx",
        "CUL_2021-T3 mise à jour.xlsx",
        "CUL_2021-T3 (annule et remplace).xlsx",
        "CUL_2021-T3v2.xlsx",
        "CUL_2021-T3-v2.xlsx",
        "CUL_2021-T3_V3.xlsx",
        "CUL_2021-T3 version 2.xlsx",
        "CUL_2021-T3.v2.xlsx",
        "CUL_2021-T3_v1.1.xlsx",
        "CUL_2021-T3 (2).xlsx",
        "CUL_2021-T3 (1).xlsx",
        "CUL_2021-T3_bis.xlsx",
        "CUL_2021-T3 ter.xlsx",
        "CUL_2021-T3_final.xlsx",
        "CUL_2021-T3_vdef.xlsx",
        "cul 2021 t3 rectificatif.xlsx",
        "CUL_2021-T3_subventions_rectificatif.csv",
        "envoi.zip/CUL_2021-T3_rectificatif.xlsx",
        "rectificatif/CUL_2021-T3.xlsx",
        "CUL_2021-T3_v2.zip/CUL_2021-T3.xlsx",
    ],
)
def test_a_name_says_that_it_is_the_later_one(name: str) -> None:
    assert order(file(name), file(PLAIN)) is LATER
    assert order(file(PLAIN), file(name)) is EARLIER


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("CUL_2021-T3_v2.xlsx", "CUL_2021-T3_v10.xlsx"),
        ("CUL_2021-T3_v2.xlsx", "CUL_2021-T3_v2.1.xlsx"),
        ("CUL_2021-T3_v2.xlsx", "CUL_2021-T3_v2bis.xlsx"),
        ("CUL_2021-T3_v2.xlsx", "CUL_2021-T3_v2_rectificatif.xlsx"),
        ("CUL_2021-T3_v2.xlsx", "CUL_2021-T3_v2_final.xlsx"),
        ("CUL_2021-T3_v1_rectificatif.xlsx", "CUL_2021-T3_rectificatif_v2.xlsx"),
        ("CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3_rectificatif2.xlsx"),
        ("CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3_2e rectificatif.xlsx"),
        ("CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3_rectificatif n°2.xlsx"),
        ("CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3_rectificatif (2).xlsx"),
        ("CUL_2021-T3 (2).xlsx", "CUL_2021-T3 (3).xlsx"),
        ("CUL_2021-T3_20211014.xlsx", "CUL_2021-T3_20211015.xlsx"),
        ("CUL_2021-T3_14-10-2021.xlsx", "CUL_2021-T3_2021-10-15.xlsx"),
        ("CUL_2021-T3_14 octobre 2021.xlsx", "CUL_2021-T3_15102021.xlsx"),
        ("CUL_2021-T3_20211015_0930.xlsx", "CUL_2021-T3_20211015_14h05.xlsx"),
        ("CUL_2021-T3_brouillon.xlsx", PLAIN),
        ("CUL_2021-T3_old.xlsx", PLAIN),
        ("2021-07-20-panorama.csv", "2021-07-23-panorama.csv"),
        ("lot.zip/v1/CUL_2021-T3.xlsx", "lot.zip/v2/CUL_2021-T3.xlsx"),
    ],
)
def test_two_names_state_which_is_the_later_one(earlier: str, later: str) -> None:
    assert order(file(later), file(earlier)) is LATER
    assert order(file(earlier), file(later)) is EARLIER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PLAIN, "CUL_2021-T3.ods"),
        (PLAIN, "CUL_2021-T3_v1.xlsx"),
        (PLAIN, "CUL_2021-T3_v1.0.xlsx"),
        # Each follows the plain one; which follows which, nobody knows.
        ("CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3_v2.xlsx"),
        ("CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3 (2).xlsx"),
        ("CUL_2021-T3_final.xlsx", "CUL_2021-T3_v2.xlsx"),
        (PLAIN, "CUL_2021-T3_20211015.xlsx"),
        # Not the same file but for its version.
        ("CUL_2021-T3_archives_v2.xlsx", "CUL_2021-T3_patrimoine_v1.xlsx"),
        (PLAIN, "CUL_2021-T4_v2.xlsx"),
        # Parts, for all that anybody knows.
        ("CUL_2021-T3_1.csv", "CUL_2021-T3_2.csv"),
        # A copy is not made later than what its original became.
        (PLAIN, "CUL_2021-T3 - Copie.xlsx"),
        (PLAIN, "CUL_2021-T3 - Copie (2).xlsx"),
        # Words that only begin like one.
        (PLAIN, "CUL_2021-T3_revenus.xlsx"),
        (PLAIN, "CUL_2021-T3_versement.xlsx"),
        (PLAIN, "CUL_2021-T3_interne.xlsx"),
        ("v2.zip/CUL_2021-T3.xlsx", "v2.zip/CUL_2021-T3.ods"),
    ],
)
def test_what_names_do_not_order_stays_unknown(one: str, other: str) -> None:
    assert order(file(one), file(other)) is UNKNOWN
    assert order(file(other), file(one)) is UNKNOWN


@pytest.mark.parametrize(
    "name", [PLAIN, "CUL_20-T3.xlsx", "2021-07-panorama.csv", "CUL_2021T3.xlsx", "T3-2021 CUL.xlsx"]
)
def test_the_period_in_a_name_is_neither_a_version_nor_a_date(name: str) -> None:
    found = stated_version(name)
    assert (found.correction, found.version, found.copy, found.day) == (0, (1,), 0, None)


def test_the_time_decides_where_names_say_nothing() -> None:
    assert order(file("CUL_2021-T3.xlsx", 90), file("CUL_2021-T3.ods", 0)) is LATER


def test_times_less_than_a_minute_apart_are_those_of_a_program_that_copies() -> None:
    assert order(file("CUL_2021-T3.xlsx", 0.98), file("CUL_2021-T3.ods", 0)) is UNKNOWN
    assert order(file("CUL_2021-T3.xlsx", 1), file("CUL_2021-T3.ods", 0)) is LATER
    assert order(file(PLAIN, 0.5), file("CUL_2021-T3_rectificatif.xlsx", 0)) is EARLIER


def test_one_time_alone_says_nothing() -> None:
    assert order(file("CUL_2021-T3.xlsx", 90), file("CUL_2021-T3.ods")) is UNKNOWN


def test_a_time_that_contradicts_the_name_is_said() -> None:
    assert order(file(PLAIN, 90), file("CUL_2021-T3_rectificatif.xlsx", 0)) is Order.CONTRADICTED
    assert order(file("CUL_2021-T3_rectificatif.xlsx", 90), file(PLAIN, 0)) is LATER


def test_files_of_one_archive_are_told_apart_by_the_times_in_it() -> None:
    assert order(member("b.xlsx", "a.zip", 10, 60), member("a.xlsx", "a.zip", 0, 60)) is LATER


def test_a_file_alone_is_later_than_an_archive_that_was_made_before_it_was_saved() -> None:
    inside = member("CUL_2021-T3.xlsx", "a.zip", 0, 60)
    assert order(file("CUL_2021-T3.ods", 61), inside) is LATER
    # Saved after what is in the archive, but before the archive was made: which was meant?
    assert order(file("CUL_2021-T3.ods", 30), inside) is UNKNOWN
    assert order(file("CUL_2021-T3.ods", -1), inside) is EARLIER
    assert order(member("CUL_2021-T3.xlsx", "a.zip", None, 60), file("CUL_2021-T3.ods", 0)) is UNKNOWN


def test_the_one_later_than_all_others_is_the_latest_in_whatever_order_they_come() -> None:
    names = [PLAIN, "CUL_2021-T3_v2.xlsx", "CUL_2021-T3_v3.xlsx"]
    for some in permutations(map(file, names)):
        found, untold = latest(some, order, lambda one, other: False)
        assert (found and found.name, untold) == (names[2], [])


def test_those_that_are_not_surpassed_are_named() -> None:
    names = [PLAIN, "CUL_2021-T3_rectificatif.xlsx", "CUL_2021-T3_v2.xlsx"]
    found, untold = latest([file(name) for name in names], order, lambda one, other: False)
    assert (found, [one.name for one in untold]) == (None, names[1:])


def test_what_is_the_same_needs_no_order() -> None:
    some = [file("a.csv"), file("b.csv")]
    assert latest(some, order, lambda one, other: True) == (some[1], [])

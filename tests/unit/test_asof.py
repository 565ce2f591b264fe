import datetime as dt

import pytest

from relance import asof
from relance.errors import RelanceError

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-02-01", "2021-02-01T02:00:00+00:00"),  # 03:00 in Paris, winter time
        ("2021-07-01", "2021-07-01T01:00:00+00:00"),  # summer time
        ("2021-02-01T12:00", "2021-02-01T11:00:00+00:00"),
        ("2021-02-01T12:00:00+00:00", "2021-02-01T12:00:00+00:00"),
    ],
)
def test_reads_a_night_or_an_instant(text: str, expected: str) -> None:
    assert asof.parse_as_of(text, AT).isoformat() == expected


@pytest.mark.parametrize("text", ["hier", "2021-02-30", "01/02/2021", ""])
def test_says_what_an_as_of_date_looks_like(text: str) -> None:
    with pytest.raises(RelanceError, match="such as 2021-02-01"):
        asof.parse_as_of(text, AT)


def test_refuses_the_future() -> None:
    with pytest.raises(RelanceError, match="in the future"):
        asof.parse_as_of("2026-01-02", AT)


def test_a_night_is_labelled_by_its_day_whichever_way_it_was_asked_for() -> None:
    assert asof.label(asof.parse_as_of("2021-07-01", AT)) == "2021-07-01"
    assert asof.label(dt.datetime(2021, 7, 1, 1, 0, tzinfo=dt.UTC)) == "2021-07-01"


def test_other_instants_have_labels_that_sort_like_them_within_a_day() -> None:
    early, late = (dt.datetime(2021, 7, 1, 12, 0, second, tzinfo=dt.UTC) for second in (1, 2))
    assert asof.label(early) == "2021-07-01T120001.000000Z"
    assert asof.label(early) < asof.label(late)

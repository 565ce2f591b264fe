from pathlib import Path

import pytest

from relance.errors import RelanceError
from relance.settings import Settings
from relance.sources.feeds import get_feed, load_feeds


def test_the_shipped_feeds_are_read(settings: Settings) -> None:
    assert sorted(load_feeds(settings)) == ["panorama", "submissions"]


@pytest.mark.parametrize(
    ("feed", "name", "expected"),
    [
        ("panorama", "2018-07-dashboard-table.csv", ("2018-07", None)),
        ("panorama", "panorama-juillet-2018.csv", (None, None)),
        ("panorama", "2018-13-x.csv", (None, None)),
        ("submissions", "INT_2021-T1_rectificatif.xlsx", ("INT", "2021-T1")),
        ("submissions", "remontee.xlsx", (None, None)),
    ],
)
def test_a_name_says_edition_or_ministry_and_period(
    settings: Settings, feed: str, name: str, expected: tuple[str | None, str | None]
) -> None:
    assert get_feed(settings, feed).read_name(name) == expected


def test_an_unknown_feed_is_answered_with_the_known_ones(settings: Settings) -> None:
    with pytest.raises(RelanceError, match="the feeds are panorama, submissions"):
        get_feed(settings, "panoramas")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("feeds: {x: {kind: panorama}}", "cannot be used"),
        ("feeds: [", "cannot be used"),
        ("feeds: {x: {kind: tea, title_fr: x, folder: x, name_pattern: x}}", "expected one of panorama, submission"),
        ("feeds: {x: {kind: panorama, title_fr: x, folder: x, name_pattern: '('}}", "cannot be used"),
    ],
)
def test_a_wrong_feeds_file_gets_a_sentence(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    path = tmp_path / "feeds.yml"
    path.write_text(text)
    monkeypatch.setenv("RELANCE_FEEDS", str(path))
    with pytest.raises(RelanceError, match=sentence):
        load_feeds(settings)

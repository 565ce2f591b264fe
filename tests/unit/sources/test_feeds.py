from pathlib import Path

import pytest

from relance.errors import RelanceError
from relance.settings import Settings
from relance.sources.feeds import get_feed, load_feeds
from relance.sources.http import Client
from relance.stages import nightly_feeds

X = "feeds: {x: {kind: panorama, title_fr: x, name_pattern: x, "
S = "feeds: {x: {kind: submission, title_fr: x, name_pattern: x, folder: x, "


def test_the_shipped_feeds_are_read(settings: Settings) -> None:
    assert sorted(load_feeds(settings)) == [
        "applications",
        "applications_sample",
        "panorama",
        "panorama_portal",
        "submissions",
    ]


def test_a_feed_of_the_night_is_expected_within_a_day_and_a_half_and_no_other_is(settings: Settings) -> None:
    expected = {feed.id: feed.expected_within_hours for feed in load_feeds(settings).values()}
    assert (expected["submissions"], expected["applications"]) == (36, None)


def test_what_calls_other_hosts_is_left_to_a_person_until_someone_says_otherwise(settings: Settings) -> None:
    """The night has to work without a network."""
    assert sorted(nightly_feeds()) == ["applications_sample", "panorama", "submissions"]
    assert nightly_feeds("application") == ["applications_sample"]


@pytest.mark.parametrize(
    ("title", "name", "edition"),
    [
        ("Panorama juillet 2018", "table.csv", "2018-07"),
        ("Panorama des grands projets - FÉVRIER 2020", "x.csv", "2020-02"),
        ("panorama decembre 2023", "x.csv", "2023-12"),
        ("Données d'août 2021", "x.csv", "2021-08"),
        ("Tableau de bord", "2019-03-dashboard-table.csv", "2019-03"),
        ("2018-07 et suivants", "2019-03.csv", "2018-07"),
        ("Données ouvertes", "20180712-123456-open-data.csv", None),
        ("Panorama 2018-13", "juillet.csv", None),
    ],
)
def test_the_title_else_the_name_of_a_portal_s_file_says_its_edition(
    settings: Settings, title: str, name: str, edition: str | None
) -> None:
    assert get_feed(settings, "panorama_portal").read_name(title, name) == (edition, None)


def test_the_portal_s_feed_allows_its_own_hosts_over_https_only(settings: Settings) -> None:
    feed = get_feed(settings, "panorama_portal")
    assert feed.http and not feed.http.is_plain_http_allowed
    assert feed.http.allowed_hosts == ("www.data.gouv.fr", "static.data.gouv.fr", "object.files.data.gouv.fr")
    Client(feed.http, str(feed.api)).close()


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


def test_a_feed_says_for_whom_each_of_its_senders_may_speak(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feeds.yml").write_text(S + "speaks_for: {Régions: [cot, ECL], nobody: []}}}", encoding="utf-8")
    monkeypatch.setenv("RELANCE_FEEDS", str(tmp_path / "feeds.yml"))
    feed = get_feed(settings, "x")
    assert feed.may_speak_for("re\u0301gions") == ("COT", "ECL")
    assert (feed.may_speak_for("nobody"), feed.may_speak_for("unknown")) == ((), ())
    assert feed.may_speak_for("default") is None


def test_the_shipped_feed_of_submissions_shows_how(settings: Settings) -> None:
    feed = get_feed(settings, "submissions")
    assert (feed.may_speak_for("collectivites"), feed.may_speak_for("default")) == (("COT",), None)
    assert all((Path(str(feed.folder)) / sender).is_dir() for sender in feed.speaks_for or ())


def test_an_unknown_feed_is_answered_with_the_known_ones(settings: Settings) -> None:
    with pytest.raises(
        RelanceError, match="the feeds are applications, applications_sample, panorama, panorama_portal"
    ):
        get_feed(settings, "panoramas")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("feeds: {x: {kind: panorama}}", "cannot be used"),
        ("feeds: [", "cannot be used"),
        ("feeds: {x: {kind: tea, title_fr: x, folder: x, name_pattern: x}}", "expected one of panorama, submission"),
        ("feeds: {x: {kind: panorama, title_fr: x, folder: x, name_pattern: '('}}", "cannot be used"),
        (X + "folder: x, sauce: x}}", "has a setting 'sauce'"),
        (X + "folder: x, moved_to: ..}}", "expected the name of a subfolder"),
        (X + "folder: x, moved_to: a/b}}", "expected the name of a subfolder"),
        (X + "folder: x, speaks_for: {a: [ECO]}}}", "only a folder of submissions has"),
        (S + "speaks_for: [ECO]}}", "expected lists of ministry codes"),
        (S + "speaks_for: {}}}", "expected lists of ministry codes"),
        (S + "speaks_for: {a: ECO}}}", "expected lists of ministry codes"),
        (S + "speaks_for: {a: [1]}}}", "expected lists of ministry codes"),
        (S + "speaks_for: {a/b: [ECO]}}}", "expected the name of a subfolder"),
        (S + "speaks_for: {..: [ECO]}}}", "expected the name of a subfolder"),
        (S + "speaks_for: {a: [ECO]}, moved_to: A}}", "to which it moves what was landed"),
        (S + "speaks_for: {a: [ECO], A: [JUS]}}}", "one subfolder twice"),
        (X + "source: ftp, folder: x}}", "has the source 'ftp'"),
        (X + "source: portal, api: x, http: {allowed_hosts: [x]}}}", "x has no dataset"),
        (X + "source: applications, api: x, demarche: 1, http: {allowed_hosts: [x]}}}", "x has no token_variable"),
        (X + "folder: x, expected_within_hours: soon}}", "expected a whole number from 1"),
        (X + "folder: x, http: {}}}", "allowed_hosts"),
        (X + "folder: x, http: {allowed_hosts: x}}}", "allows no host"),
        (X + "folder: x, http: {allowed_hosts: [x], retries: 3}}}", "has a setting 'retries'"),
        (X + "folder: x, http: {allowed_hosts: [x], attempts: many}}}", "cannot be used"),
        (X + "folder: x, http: {allowed_hosts: [x], attempts: -1}}}", "expected a number from 0"),
        (X + "folder: x, http: {allowed_hosts: [x], is_plain_http_allowed: 1}}}", "a boolean"),
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

"""`relance collect`: which feeds it takes, and what it says of those that fail."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from relance.cli import main
from relance.landing.receipts import read_receipts
from relance.settings import Settings

ENTRY = "kind: submission, title_fr: x, name_pattern: x, settle_seconds: 0"


@pytest.fixture
def feeds(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Feeds `a` and `b` of every night, `c` left to a person, and `gone`, whose folder is not there."""
    lines = []
    for name in ("a", "b", "c", "gone"):
        if name != "gone":
            (tmp_path / name).mkdir()
            (tmp_path / name / f"{name}.csv").write_text(name)
        lines.append(f"  {name}: {{{ENTRY}, folder: {tmp_path / name}, is_nightly: {str(name in 'ab').lower()}}}")
    (tmp_path / "feeds.yml").write_text("feeds:\n" + "\n".join(lines))
    monkeypatch.setenv("RELANCE_FEEDS", str(tmp_path / "feeds.yml"))
    return settings


def landed(settings: Settings) -> list[str]:
    return sorted(receipt.feed for receipt in read_receipts(settings.landing_dir))


@pytest.mark.parametrize(("asked", "taken"), [([], ["a", "b"]), (["c"], ["c"]), (["c", "a"], ["a", "c"])])
def test_the_feeds_named_are_taken_or_else_those_of_every_night(
    feeds: Settings, asked: list[str], taken: list[str]
) -> None:
    assert CliRunner().invoke(main, ["collect", *asked]).exit_code == 0
    assert landed(feeds) == taken


def test_a_feed_that_fails_is_said_after_the_others_were_collected(feeds: Settings) -> None:
    result = CliRunner().invoke(main, ["collect", "gone", "a", "nothing"])
    assert result.exit_code == 1
    assert "a: 1 new" in result.stdout
    assert "is not there" in result.stderr
    assert "There is no feed 'nothing'" in result.stderr
    assert landed(feeds) == ["a"]


def test_a_folder_by_hand_is_for_one_feed(feeds: Settings, tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["collect", "a", "--from", str(tmp_path / "c")]).exit_code == 0
    result = CliRunner().invoke(main, ["collect", "a", "b", "--from", str(tmp_path / "c")])
    assert result.exit_code == 1
    assert "for one feed" in result.stderr

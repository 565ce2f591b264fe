"""Publications as a person handles them: names, tags, rollback with its journal, retention."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from relance.errors import RelanceError
from relance.publication.current import before, journal, place, roll_back, switch
from relance.publication.shelf import named, outdated, remove, shelved, tag
from tests.unit.publication.test_publication import NIGHT, write


@pytest.fixture
def publications(tmp_path: Path) -> Path:
    """Two nights, the second in two revisions, which is current."""
    folder = tmp_path / "publications"
    for number, days in enumerate((0, 1, 1)):
        as_of = NIGHT + dt.timedelta(days=days)
        switch(folder, place(folder, f"{as_of:%Y-%m-%d}", write(tmp_path / "builds", f"b{number}", as_of)))
    return folder


def names(publications: Path) -> list[str]:
    return [one.name for one in shelved(publications)]


def test_the_shelf_lists_by_date_and_revision_what_points_where(publications: Path) -> None:
    tag(publications, "conseil-2021", named(publications, "2021-02-01"))
    assert names(publications) == ["2021-02-01/r1", "2021-02-02/r1", "2021-02-02/r2"]
    assert [one.is_current for one in shelved(publications)] == [False, False, True]
    assert [one.tags for one in shelved(publications)] == [["conseil-2021"], [], []]


@pytest.mark.parametrize(
    ("name", "place_"),
    [(None, "2021-02-02/r2"), ("current", "2021-02-02/r2"), ("2021-02-02", "2021-02-02/r2"), ("2021-02-01/r1",) * 2],
)
def test_a_publication_is_named_in_every_way(publications: Path, name: str | None, place_: str) -> None:
    assert named(publications, name).resolve() == (publications / place_).resolve()
    assert named(publications, str(publications / place_)) == publications / place_


def test_a_name_that_is_none_is_answered_with_those_there_are(publications: Path) -> None:
    with pytest.raises(RelanceError, match="2021-02-02/r2"):
        named(publications, "2021-02-03")


def test_a_tag_keeps_its_publication(publications: Path) -> None:
    tag(publications, "arrete", named(publications, "2021-02-01"))
    tag(publications, "arrete", named(publications, "2021-02-01"))
    with pytest.raises(RelanceError, match="stands for 2021-02-01/r1 already"):
        tag(publications, "arrete", named(publications, None))
    with pytest.raises(RelanceError, match="no name for a tag"):
        tag(publications, "../current", named(publications, None))
    assert named(publications, "arrete").resolve() == publications / "2021-02-01" / "r1"


def test_a_rollback_is_read_back_first_and_leaves_who_and_why(publications: Path) -> None:
    earlier = publications / "2021-02-02" / "r1"
    roll_back(publications, earlier, "claire", "chiffre contesté")
    assert (publications / "current").resolve() == earlier
    last = journal(publications)[-1]
    moved = {name: last[name] for name in ("from", "to", "kind", "who", "reason")}
    assert moved == {
        "from": "2021-02-02/r2",
        "to": "2021-02-02/r1",
        "kind": "rollback",
        "who": "claire",
        "reason": "chiffre contesté",
    }
    with pytest.raises(RelanceError, match="current already"):
        roll_back(publications, earlier, "claire", "encore")


def test_nothing_is_rolled_back_to_what_is_damaged(publications: Path) -> None:
    damaged = publications / "2021-02-01" / "r1"
    (damaged / "marts" / "fund.lines.csv").write_text("")
    with pytest.raises(RelanceError, match="does not read back"):
        roll_back(publications, damaged, "claire", "chiffre contesté")
    assert (publications / "current").resolve().name == "r2"


def test_every_move_of_current_is_in_the_journal(publications: Path) -> None:
    moves = [(move["from"], move["to"], move["kind"]) for move in journal(publications)]
    assert moves == [
        (None, "2021-02-01/r1", "publish"),
        ("2021-02-01/r1", "2021-02-02/r1", "publish"),
        ("2021-02-02/r1", "2021-02-02/r2", "publish"),
    ]


def test_a_night_is_compared_with_what_its_readers_had(publications: Path, tmp_path: Path) -> None:
    assert before(publications, NIGHT + dt.timedelta(days=2)) == publications / "2021-02-02" / "r2"
    assert before(publications, NIGHT) == publications / "2021-02-01" / "r1"
    assert before(publications, NIGHT - dt.timedelta(days=1)) is None
    assert before(tmp_path / "none", NIGHT) is None
    roll_back(publications, publications / "2021-02-01" / "r1", "claire", "chiffre contesté")
    assert before(publications, NIGHT + dt.timedelta(days=2)) == publications / "2021-02-01" / "r1"


def test_retention_keeps_months_ends_the_last_three_current_and_tags(publications: Path, tmp_path: Path) -> None:
    for number, days in enumerate((2, 3, 40, 41, 42, 43), start=3):
        as_of = NIGHT + dt.timedelta(days=days)
        switch(publications, place(publications, f"{as_of:%Y-%m-%d}", write(tmp_path / "builds", f"b{number}", as_of)))
    tag(publications, "arrete", publications / "2021-02-02" / "r1")
    at = NIGHT + dt.timedelta(days=50)
    gone = [one.name for one in outdated(publications, at, keep_days=20)]
    assert gone == ["2021-02-01/r1", "2021-02-02/r2", "2021-02-03/r1"]
    assert [one.name for one in outdated(publications, at, keep_days=1)] == [*gone, "2021-03-13/r1"]
    roll_back(publications, publications / "2021-02-01" / "r1", "claire", "chiffre contesté")
    assert [one.name for one in outdated(publications, at, keep_days=20)] == gone[1:]


def test_what_became_current_meanwhile_is_not_removed(publications: Path) -> None:
    first, *_ = shelved(publications)
    roll_back(publications, first.folder, "claire", "chiffre contesté")
    assert not remove(publications, first)
    second = shelved(publications)[1]
    assert remove(publications, second)
    assert names(publications) == ["2021-02-01/r1", "2021-02-02/r2"]
    assert not list(publications.glob(".removed-*"))

"""Drop places in object stores, in fsspec's store in memory, opened as Airflow opens every other."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relance.errors import SourceError
from relance.landing.store import Landed, receive
from relance.settings import Settings
from relance.sources.arrival import Arrival
from relance.sources.collecting import arrivals_of
from relance.sources.feeds import get_feed
from relance.sources.objects import scan_url

AT = dt.datetime(2021, 4, 15, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def store(airflow_home: Path) -> Iterator[Any]:
    import fsspec
    from airflow.sdk.io import attach

    files = fsspec.filesystem("memory", skip_instance_cache=True)
    attach("memory", fs=files)
    files.makedirs("/bucket/drop/sub", exist_ok=True)
    yield files
    files.rm("/bucket", recursive=True)


def scan() -> list[Arrival]:
    return list(scan_url("memory://bucket/drop"))


def test_the_files_of_the_place_arrive_by_name_and_stay_there(store: Any, settings: Settings) -> None:
    for name in ("b.csv", "a.csv", ".hidden.csv", "half.csv.part", "~$open.xlsx", "sub/nested.csv"):
        store.pipe_file(f"/bucket/drop/{name}", name.encode())
    before = store.find("/bucket")
    landed = receive(settings.landing_dir, get_feed(settings, "submissions"), scan(), "run", AT)
    assert [receipt.file_name for receipt in landed.new] == ["a.csv", "b.csv"]
    assert landed.new[0].source_uri == "memory://bucket/drop/a.csv"
    assert store.find("/bucket") == before


def test_the_next_turn_knows_them(store: Any, settings: Settings) -> None:
    store.pipe_file("/bucket/drop/a.csv", b"x")
    feed = get_feed(settings, "submissions")
    receive(settings.landing_dir, feed, scan(), "run", AT)
    assert receive(settings.landing_dir, feed, scan(), "run", AT + dt.timedelta(days=1)).known == ["a.csv"]


def test_the_store_s_time_of_the_last_change_is_the_sender_s(store: Any, settings: Settings) -> None:
    store.pipe_file("/bucket/drop/a.csv", b"x")
    store.store["/bucket/drop/a.csv"].created = AT - dt.timedelta(hours=1)
    (arrival,) = scan()
    assert arrival.sent_at == AT - dt.timedelta(hours=1)


@pytest.mark.parametrize("content", [b"first half, second half", b"FIRST HALF"])
def test_what_changed_between_two_looks_is_left_for_the_next_turn(
    store: Any, settings: Settings, content: bytes
) -> None:
    """The second is of the same size: only its time tells."""
    store.pipe_file("/bucket/drop/a.csv", b"first half")
    arrivals = scan()
    store.pipe_file("/bucket/drop/a.csv", content)
    landed = receive(settings.landing_dir, get_feed(settings, "submissions"), arrivals, "run", AT)
    assert (landed.left, landed.new) == (["a.csv"], [])
    landed = receive(settings.landing_dir, get_feed(settings, "submissions"), scan(), "run", AT)
    assert [receipt.file_name for receipt in landed.new] == ["a.csv"]


def test_a_file_that_vanishes_does_not_stop_the_others(store: Any, settings: Settings) -> None:
    for name in ("a.csv", "b.csv"):
        store.pipe_file(f"/bucket/drop/{name}", b"x")
    arrivals = scan()
    store.rm("/bucket/drop/a.csv")
    landed = receive(settings.landing_dir, get_feed(settings, "submissions"), arrivals, "run", AT)
    assert [receipt.file_name for receipt in landed.new] == ["b.csv"]
    assert "a.csv cannot be read" in landed.problems[0]


@pytest.mark.parametrize("url", ["memory://bucket/nowhere", "nothing-known://bucket/drop"])
def test_a_place_that_cannot_be_listed_is_said(store: Any, url: str) -> None:
    with pytest.raises(SourceError, match="cannot be listed"):
        list(scan_url(url))


def test_a_feed_s_folder_may_be_such_a_place_and_so_may_one_given_by_hand(
    store: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe_file("/bucket/drop/a.csv", b"x")
    (tmp_path / "feeds.yml").write_text(
        "feeds: {s: {kind: submission, title_fr: s, name_pattern: x, folder: 'memory://bucket/drop'}}"
    )
    assert [a.name for a in arrivals_of(get_feed(settings, "submissions"), [], "memory://bucket/drop")] == ["a.csv"]
    monkeypatch.setenv("RELANCE_FEEDS", str(tmp_path / "feeds.yml"))
    assert [a.name for a in arrivals_of(get_feed(settings, "s"), [])] == ["a.csv"]


def test_links_are_left_out_as_in_a_folder(store: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    assert [arrival.name for arrival in scan_url(tmp_path.as_uri())] == ["a.csv"]


def test_what_was_just_written_waits_and_what_was_landed_goes_where_the_feed_says(
    store: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = tmp_path / "feeds.yml"
    monkeypatch.setenv("RELANCE_FEEDS", str(feeds))
    entry = "feeds: {s: {kind: submission, title_fr: s, name_pattern: x, folder: 'memory://bucket/drop'%s}}"
    store.pipe_file("/bucket/drop/a.csv", b"x")

    def landed(more: str) -> Landed:
        feeds.write_text(entry % more)
        feed = get_feed(settings, "s")
        return receive(settings.landing_dir, feed, arrivals_of(feed, []), "run", AT)

    assert landed("").left == ["a.csv"]
    assert [r.file_name for r in landed(", settle_seconds: 0, moved_to: received").new] == ["a.csv"]
    assert store.find("/bucket") == ["/bucket/drop/received/a.csv"]


def test_a_store_that_cannot_move_keeps_the_receipt_and_says_so(
    store: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe_file("/bucket/drop/a.csv", b"x")
    monkeypatch.setattr(type(store), "mv", lambda *_: (_ for _ in ()).throw(PermissionError("no")))
    arrivals = scan_url("memory://bucket/drop", moved_to="received")
    landed = receive(settings.landing_dir, get_feed(settings, "submissions"), arrivals, "run", AT)
    assert [receipt.file_name for receipt in landed.new] == ["a.csv"]
    assert "is landed, but cannot be moved" in landed.problems[0]


def test_prefixes_are_senders_and_no_other_goes_unsaid(
    store: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a.csv", "Justice/b.csv", "justice/reçus/c.csv", "reçus/d.csv", "inconnu/x/e.csv", "justice/x/.f.csv")
    for name in names:
        store.pipe_file(f"/bucket/drop/{name}", name.encode())
    (tmp_path / "feeds.yml").write_text(
        "feeds: {s: {kind: submission, title_fr: s, name_pattern: '^(?P<key>b)', folder: 'memory://bucket/drop', "
        "settle_seconds: 0, moved_to: reçus, speaks_for: {justice: [JUS], absent: [ECO]}}}",
        encoding="utf-8",
    )
    monkeypatch.setenv("RELANCE_FEEDS", str(tmp_path / "feeds.yml"))
    feed = get_feed(settings, "s")
    landed = receive(settings.landing_dir, feed, arrivals_of(feed, []), "run", AT)
    assert [(one.file_name, one.sender, one.speaks_for, one.key) for one in landed.new] == [
        ("Justice/b.csv", "justice", ("JUS",), "b"),
        ("a.csv", "default", None, None),
    ]
    (problem,) = landed.problems
    assert problem.startswith("inconnu in memory://bucket/drop hold(s) files that are not read")
    assert store.exists("/bucket/drop/Justice/reçus/b.csv")
    assert store.exists("/bucket/drop/reçus/a.csv")
    assert store.exists("/bucket/drop/inconnu/x/e.csv")
    assert not receive(settings.landing_dir, feed, arrivals_of(feed, []), "run", AT).new


def test_one_prefix_out_of_reach_does_not_stop_the_others(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pipe_file("/bucket/drop/a.csv", b"x")
    store.pipe_file("/bucket/drop/justice/b.csv", b"x")
    listed = type(store).ls

    def refuse(files: Any, path: str, **more: Any) -> Any:
        if path.endswith("justice"):
            raise PermissionError("no")
        return listed(files, path, **more)

    monkeypatch.setattr(type(store), "ls", refuse)
    first, problem = scan_url("memory://bucket/drop", senders=("justice",))
    assert first.name == "a.csv"
    with pytest.raises(SourceError, match="justice in memory://bucket/drop cannot be listed"):
        problem.open()

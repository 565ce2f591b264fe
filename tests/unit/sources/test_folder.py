import datetime as dt
import os
import time
from pathlib import Path

import pytest

from relance.errors import RelanceError, SourceError
from relance.sources.folder import scan


def names(folder: Path, index: str | None = None) -> list[str]:
    return [arrival.name for arrival in scan(folder, index)]


def test_every_regular_file_arrives_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.xlsx", "lisez-moi.pdf"):
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["a.xlsx", "b.csv", "lisez-moi.pdf"]


def test_unfinished_hidden_linked_and_nested_things_do_not(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not the sender's")
    drop = tmp_path / "drop"
    (drop / "folder").mkdir(parents=True)
    for name in (".hidden.csv", "~$open.xlsx", "half.csv.part", "half.tmp"):
        (drop / name).write_bytes(b"x")
    (drop / "link.csv").symlink_to(secret)
    assert names(drop) == []


def test_a_reception_index_dates_files_and_is_none_itself(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    (tmp_path / "received.csv").write_text("file,received_at\na.csv,2021-04-15T10:00:00+02:00\n")
    (arrival,) = scan(tmp_path, "received.csv")
    assert arrival.received_at == dt.datetime(2021, 4, 15, 8, 0, tzinfo=dt.UTC)


def test_without_the_feeds_word_an_index_is_a_file_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "received.csv").write_text("file,received_at\n")
    assert names(tmp_path) == ["received.csv"]


@pytest.mark.parametrize("when", ["2021-04-15T10:00:00", "yesterday"])
def test_an_instant_without_offset_is_named_with_its_line(tmp_path: Path, when: str) -> None:
    (tmp_path / "received.csv").write_text(f"file,received_at\na.csv,{when}\n")
    with pytest.raises(RelanceError, match=r"Line 2 of .*received\.csv"):
        names(tmp_path, "received.csv")


def test_an_index_that_names_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "received.csv").write_text("file,received_at\na.csv,2021-04-15T10:00:00+02:00\n")
    with pytest.raises(RelanceError, match=r"names a\.csv"):
        names(tmp_path, "received.csv")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match="is not there"):
        names(tmp_path / "nowhere")


def test_a_file_that_grows_is_not_settled(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"first half")
    (arrival,) = scan(tmp_path)
    assert arrival.is_settled()
    path.write_bytes(b"first half, second half")
    assert not arrival.is_settled()


def test_a_file_that_was_just_written_waits_for_the_next_turn(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"perhaps half of it")
    (arrival,) = scan(tmp_path, settle_seconds=60)
    assert not arrival.is_settled()
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    (arrival,) = scan(tmp_path, settle_seconds=60)
    assert arrival.is_settled()


def test_a_sender_whose_clock_is_fast_does_not_wait_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x")
    tomorrow = time.time() + 86_400
    os.utime(path, (tomorrow, tomorrow))
    (arrival,) = scan(tmp_path, settle_seconds=60)
    assert arrival.is_settled()


def test_a_file_that_the_index_dates_is_finished(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    (tmp_path / "received.csv").write_text("file,received_at\na.csv,2021-04-15T10:00:00+02:00\n")
    (arrival,) = scan(tmp_path, "received.csv", settle_seconds=60)
    assert arrival.is_settled()


def test_a_landed_file_stays_unless_the_feed_names_where_it_goes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"first")
    (arrival,) = scan(tmp_path)
    arrival.release()
    assert names(tmp_path) == ["a.csv"]
    for content in (b"first", b"second"):
        (tmp_path / "a.csv").write_bytes(content)
        (arrival,) = scan(tmp_path, moved_to="received")
        arrival.release()
        assert names(tmp_path) == []
    assert sorted(path.read_bytes() for path in (tmp_path / "received").iterdir()) == [b"first", b"second"]


def test_what_changed_since_it_was_landed_is_not_moved_away(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"first")
    (arrival,) = scan(tmp_path, moved_to="received")
    (tmp_path / "a.csv").write_bytes(b"first and second")
    arrival.release()
    assert names(tmp_path) == ["a.csv"]


def test_a_place_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"first")
    (tmp_path / "received").write_text("a file where the folder should be")
    arrival = next(iter(scan(tmp_path, moved_to="received")))
    with pytest.raises(SourceError, match=r"a\.csv is landed, but cannot be moved"):
        arrival.release()

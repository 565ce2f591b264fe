import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from relance.errors import RelanceError, SourceError
from relance.sources.arrival import Arrival
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


SENDERS = ("Régions", "justice")


def put(path: Path, content: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def told(arrivals: list[Arrival]) -> list[str]:
    """What the arrivals that only say something say."""
    said = []
    for arrival in arrivals:
        try:
            arrival.open().close()
        except SourceError as error:
            said.append(str(error))
    return said


def test_the_subfolders_of_senders_are_read_and_no_other_goes_unsaid(tmp_path: Path) -> None:
    for name in ("a.csv", "Régions/b.csv", "JUSTICE/c.csv", "justice/.d.csv", "justice/2021/e.csv", "inconnu/x/f.csv"):
        put(tmp_path / name)
    (tmp_path / "vide").mkdir()
    put(tmp_path / ".caché" / "g.csv")
    arrivals = list(scan(tmp_path, senders=SENDERS))
    assert [(arrival.name, arrival.sender) for arrival in arrivals[:-1]] == [
        ("JUSTICE/c.csv", "justice"),
        ("Régions/b.csv", "Régions"),
        ("a.csv", "default"),
    ]
    assert arrivals[0].uri == (tmp_path / "JUSTICE" / "c.csv").as_uri()
    (sentence,) = told(arrivals)
    assert sentence.startswith(f"inconnu, justice/2021 in {tmp_path} hold(s) files that are not read")
    assert names(tmp_path) == ["a.csv"]


def test_a_sender_s_folder_that_is_not_there_is_empty_and_one_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "b.csv")
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "justice").symlink_to(tmp_path / "elsewhere")
    (only,) = scan(tmp_path / "drop", senders=SENDERS)
    assert "or it is a link" in told([only])[0]


def test_one_sender_s_folder_that_cannot_be_listed_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "Régions" / "a.csv")
    put(tmp_path / "justice" / "b.csv")
    listed = Path.iterdir

    def refuse(folder: Path) -> Iterator[Path]:
        if folder.name == "justice":
            raise PermissionError("no")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    arrivals = list(scan(tmp_path, senders=SENDERS))
    assert arrivals[0].name == "Régions/a.csv"
    assert told(arrivals) == [
        f"justice in {tmp_path} cannot be listed: give the right to read there. The other folders are read."
    ]


def test_in_a_sender_s_folder_too_a_file_settles_is_dated_and_is_moved(tmp_path: Path) -> None:
    put(tmp_path / "justice" / "a.csv")
    put(tmp_path / "justice" / "b.csv")
    (tmp_path / "received.csv").write_text("file,received_at\njustice/a.csv,2021-04-15T10:00:00+02:00\n")
    dated, waiting = scan(tmp_path, "received.csv", settle_seconds=60, moved_to="reçus", senders=SENDERS)
    assert dated.received_at == dt.datetime(2021, 4, 15, 8, 0, tzinfo=dt.UTC)
    assert (dated.is_settled(), waiting.is_settled()) == (True, False)
    waiting.release()
    assert (tmp_path / "justice" / "reçus" / "b.csv").is_file()
    put(tmp_path / "reçus" / "c.csv")
    # What was moved away is nobody's to read, and a person's own folder is left as it is.
    (given,) = scan(tmp_path, "received.csv", moved_to="reçus", is_given=True, senders=SENDERS)
    given.release()
    assert given.name == "justice/a.csv"
    assert (tmp_path / "justice" / "a.csv").is_file()

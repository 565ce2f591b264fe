import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from relance.errors import RelanceError
from relance.landing.receipts import Receipt, read_receipts, write_receipt
from relance.landing.store import Landed, object_path, receive, receptions
from relance.settings import Settings
from relance.sources.arrival import Origin
from relance.sources.feeds import get_feed
from relance.sources.folder import scan
from tests.damage import flip

FIRST = dt.datetime(2021, 4, 15, 8, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2021, 4, 16, 8, 0, tzinfo=dt.UTC)


def land(settings: Settings, folder: Path, at: dt.datetime = FIRST, index: str | None = None) -> Landed:
    feed = get_feed(settings, "submissions")
    return receive(settings.landing_dir, feed, scan(folder, index), "run", at)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "ECO_2021-T1.xlsx").write_bytes(b"first")
    return folder


def test_bytes_are_kept_by_content_with_a_receipt(settings: Settings, drop: Path) -> None:
    landed = land(settings, drop)
    (receipt,) = read_receipts(settings.landing_dir)
    assert landed.new == [receipt]
    assert object_path(settings.landing_dir, receipt.sha256).read_bytes() == b"first"
    assert receipt.sha256 == hashlib.sha256(b"first").hexdigest()
    assert (receipt.size_bytes, receipt.key, receipt.period) == (5, "ECO", "2021-T1")
    assert receipt.received_at == FIRST


def test_nothing_new_is_landed_twice(settings: Settings, drop: Path) -> None:
    land(settings, drop)
    assert land(settings, drop, LATER).known == ["ECO_2021-T1.xlsx"]
    assert len(read_receipts(settings.landing_dir)) == 1


def test_other_bytes_under_the_same_name_are_a_new_reception_and_the_old_stay(settings: Settings, drop: Path) -> None:
    land(settings, drop)
    (drop / "ECO_2021-T1.xlsx").write_bytes(b"second")
    land(settings, drop, LATER)
    kept = [object_path(settings.landing_dir, r.sha256).read_bytes() for r in read_receipts(settings.landing_dir)]
    assert kept == [b"first", b"second"]


def test_a_file_set_back_to_earlier_bytes_is_received_again(settings: Settings, drop: Path) -> None:
    for day, content in enumerate((b"first", b"second", b"first")):
        (drop / "ECO_2021-T1.xlsx").write_bytes(content)
        land(settings, drop, FIRST + dt.timedelta(days=day))
    assert len(read_receipts(settings.landing_dir)) == 3
    assert len(list((settings.landing_dir / "objects").iterdir())) == 2


def test_the_sender_s_folder_is_left_as_it_was(settings: Settings, drop: Path) -> None:
    before = {path: path.stat() for path in drop.iterdir()}
    land(settings, drop)
    assert {path: path.stat() for path in drop.iterdir()}.keys() == before.keys()
    assert (drop / "ECO_2021-T1.xlsx").read_bytes() == b"first"


def test_an_indexed_reception_has_its_own_instant_and_one_receipt(settings: Settings, drop: Path) -> None:
    (drop / "received.csv").write_text("file,received_at\nECO_2021-T1.xlsx,2021-01-10T00:00:00+00:00\n")
    for at in (FIRST, LATER):
        land(settings, drop, at, "received.csv")
    (receipt,) = read_receipts(settings.landing_dir)
    assert receipt.received_at == dt.datetime(2021, 1, 10, tzinfo=dt.UTC)


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_turn(settings: Settings, drop: Path) -> None:
    feed = get_feed(settings, "submissions")
    arrivals = list(scan(drop))
    (drop / "ECO_2021-T1.xlsx").write_bytes(b"still being written")
    landed = receive(settings.landing_dir, feed, arrivals, "run", FIRST)
    assert landed.left == ["ECO_2021-T1.xlsx"]
    assert read_receipts(settings.landing_dir) == []
    assert list((settings.landing_dir / "objects").iterdir()) == []


def test_a_file_that_vanishes_does_not_stop_the_others(settings: Settings, drop: Path) -> None:
    (drop / "JUS_2021-T1.xlsx").write_bytes(b"other")
    arrivals = list(scan(drop))
    (drop / "ECO_2021-T1.xlsx").unlink()
    landed = receive(settings.landing_dir, get_feed(settings, "submissions"), arrivals, "run", FIRST)
    assert landed.left == ["ECO_2021-T1.xlsx"]
    assert [receipt.file_name for receipt in landed.new] == ["JUS_2021-T1.xlsx"]


def test_an_object_whose_receipt_was_never_written_is_completed(settings: Settings, drop: Path) -> None:
    """What a kill between the object and its receipt leaves."""
    land(settings, drop)
    for path in (settings.landing_dir / "receipts" / "submissions").iterdir():
        path.unlink()
    assert [receipt.file_name for receipt in land(settings, drop).new] == ["ECO_2021-T1.xlsx"]


def test_a_damaged_receipt_is_said_and_never_skipped(settings: Settings, drop: Path) -> None:
    land(settings, drop)
    (path,) = (settings.landing_dir / "receipts" / "submissions").iterdir()
    record = json.loads(path.read_text())
    del record["sha256"]
    path.write_text(json.dumps(record))
    with pytest.raises(RelanceError, match=path.name):
        read_receipts(settings.landing_dir)


def test_a_receipt_keeps_its_origin_and_one_without_says_nothing_of_it(settings: Settings, drop: Path) -> None:
    """Receipts written before there were origins are read, and the same ones are still written."""
    land(settings, drop)
    (plain,) = read_receipts(settings.landing_dir)
    assert "origin" not in plain.to_json()
    known = replace(plain, origin=Origin(id="r1", etag='"a"', checksum="sha1:00"))
    assert Receipt.from_json(json.loads(json.dumps(known.to_json()))) == known
    assert Receipt.from_json(plain.to_json()) == plain


PLAIN, RECTIFIED = "CUL_2021-T3.xlsx", "CUL_2021-T3_rectificatif.xlsx"
DAY = dt.timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "remontées"
    path.mkdir()
    return path


def put(folder: Path, name: str, content: bytes, at: dt.datetime) -> None:
    """A file that its sender saved at that time."""
    (folder / name).write_bytes(content)
    os.utime(folder / name, (at.timestamp(), at.timestamp()))


def received(settings: Settings, folder: Path, day: int, seen: int | None = None, is_given: bool = False) -> list[str]:
    """The names of what is new on that day at noon; `seen` is the day on which the folder was last looked at."""
    feed, seen_at = get_feed(settings, "submissions"), None if seen is None else FIRST + seen * DAY
    arrivals = scan(folder, is_given=is_given)
    landed = receive(settings.landing_dir, feed, arrivals, f"run {day}", FIRST + day * DAY, seen_at)
    return [receipt.file_name for receipt in landed.new]


def test_a_receipt_keeps_the_time_that_its_sender_gave_the_file(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    put(folder, RECTIFIED, b"2", dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    received(settings, folder, 0)
    plain, rectified = read_receipts(settings.landing_dir)
    assert (plain.sent_at, plain.sender_time) == (FIRST - DAY, FIRST - DAY)
    assert rectified.sent_at is None
    assert "sent_at" not in rectified.to_json()


def test_what_an_index_dates_has_no_time_of_its_own(settings: Settings, drop: Path) -> None:
    (drop / "received.csv").write_text("file,received_at\nECO_2021-T1.xlsx,2021-01-10T00:00:00+00:00\n")
    land(settings, drop, index="received.csv")
    assert read_receipts(settings.landing_dir)[0].sent_at is None


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin("r", changed_at="2021-04-14T10:00:00+02:00"), dt.datetime(2021, 4, 14, 8, tzinfo=dt.UTC)),
        (Origin("r", changed_at="2021-04-14T10:00:00"), dt.datetime(2021, 4, 14, 10, tzinfo=dt.UTC)),
        (Origin("r", last_modified="Wed, 14 Apr 2021 08:00:00 GMT"), dt.datetime(2021, 4, 14, 8, tzinfo=dt.UTC)),
        (Origin("r", changed_at="hier"), None),
        (Origin("r", changed_at="1970-01-01T00:00:00+00:00"), None),
        (Origin("r"), None),
    ],
)
def test_the_platform_s_instant_is_the_sender_s_time(
    settings: Settings, drop: Path, origin: Origin, expected: dt.datetime | None
) -> None:
    land(settings, drop)
    (plain,) = read_receipts(settings.landing_dir)
    assert replace(plain, sent_at=None, origin=origin).sender_time == expected


def test_the_same_bytes_sent_again_after_another_file_are_received_again(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    assert received(settings, folder, 0) == [PLAIN]
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    assert received(settings, folder, 1) == [RECTIFIED]
    assert received(settings, folder, 2) == []
    put(folder, PLAIN, b"1", FIRST + 2.5 * DAY)
    assert received(settings, folder, 3, seen=2) == [PLAIN]
    assert received(settings, folder, 4, seen=3) == []


@pytest.mark.parametrize("name", [PLAIN, RECTIFIED])
def test_either_of_two_that_came_together_can_be_sent_again(settings: Settings, folder: Path, name: str) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    put(folder, RECTIFIED, b"2", FIRST - DAY)
    assert received(settings, folder, 0) == [PLAIN, RECTIFIED]
    os.utime(folder / name, ((FIRST + DAY / 2).timestamp(),) * 2)
    assert received(settings, folder, 1, seen=0) == [name]


def test_a_file_sent_again_on_the_day_of_the_other_one_is_received_with_it(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 4)
    put(folder, PLAIN, b"1", FIRST + DAY / 2)
    assert sorted(received(settings, folder, 1, seen=0)) == [PLAIN, RECTIFIED]


def test_a_later_time_without_another_file_after_it_is_nothing_new(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    put(folder, "ECO_2021-T3.xlsx", b"3", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    received(settings, folder, 1)
    put(folder, RECTIFIED, b"2", FIRST + 1.5 * DAY)
    put(folder, "ECO_2021-T3.xlsx", b"3", FIRST + 1.5 * DAY)
    assert received(settings, folder, 2, seen=1) == []


def test_an_earlier_time_or_one_to_come_is_nothing_new(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    received(settings, folder, 1)
    for at in (FIRST - 2 * DAY, FIRST + 9 * DAY):
        put(folder, PLAIN, b"1", at)
        assert received(settings, folder, 2) == []


def test_a_folder_copied_whole_is_nothing_new(settings: Settings, folder: Path) -> None:
    """What a backup that is put back does: every time is later, by the seconds in which it was copied."""
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    received(settings, folder, 1)
    for name, seconds in ((RECTIFIED, 0), (PLAIN, 20)):
        at = FIRST + 1.5 * DAY + dt.timedelta(seconds=seconds)
        os.utime(folder / name, (at.timestamp(), at.timestamp()))
    assert received(settings, folder, 2, seen=1) == []


def test_a_folder_copied_slowly_has_both_received_again(settings: Settings, folder: Path) -> None:
    """Then time and name contradict each other, or only one of them speaks: the choice sees both files."""
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    received(settings, folder, 1)
    for name, minutes in ((RECTIFIED, 0), (PLAIN, 5)):
        at = FIRST + 1.5 * DAY + dt.timedelta(minutes=minutes)
        os.utime(folder / name, (at.timestamp(), at.timestamp()))
    assert received(settings, folder, 2, seen=1) == [PLAIN, RECTIFIED]


def test_a_later_time_that_an_earlier_run_saw_is_old_news(settings: Settings, folder: Path) -> None:
    """Put back on the second day, and then corrected by a file that kept the time at which it was saved before."""
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, PLAIN, b"1", FIRST + DAY / 2)
    assert received(settings, folder, 1, seen=0) == []
    put(folder, "CUL_2021-T3.ods", b"2", FIRST + DAY / 4)
    assert received(settings, folder, 2, seen=1) == ["CUL_2021-T3.ods"]


def test_a_run_that_was_killed_between_the_two_is_gone_on_with(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 4)
    put(folder, PLAIN, b"1", FIRST + DAY / 2)
    received(settings, folder, 1, seen=0)
    for receipt in read_receipts(settings.landing_dir):
        if receipt.file_name == PLAIN and receipt.run == "run 1":
            (settings.landing_dir / "receipts" / "submissions" / f"{receipt.receipt_id}.json").unlink()
    assert received(settings, folder, 2, seen=0) == [PLAIN]


def test_what_a_person_points_at_in_another_folder_is_sent_again(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    received(settings, folder, 1)
    again, both = tmp_path / "encore", tmp_path / "tout"
    shutil.copytree(folder, both)
    shutil.copytree(folder, again)
    (again / RECTIFIED).unlink()
    assert received(settings, both, 2, is_given=True) == []
    assert received(settings, again, 3) == []
    assert received(settings, again, 3, is_given=True) == [PLAIN]
    assert received(settings, again, 4, is_given=True) == []


def test_receipts_without_a_time_stay_known_by_their_bytes(settings: Settings, folder: Path) -> None:
    put(folder, PLAIN, b"1", FIRST - DAY)
    received(settings, folder, 0)
    (path,) = (settings.landing_dir / "receipts" / "submissions").iterdir()
    record = json.loads(path.read_text())
    del record["sent_at"], record["record_sha256"]
    path.write_text(json.dumps(record))
    put(folder, RECTIFIED, b"2", FIRST + DAY / 2)
    received(settings, folder, 1)
    put(folder, PLAIN, b"1", FIRST + 1.5 * DAY)
    assert received(settings, folder, 2) == []


@pytest.mark.parametrize("harm", [flip, Path.unlink], ids=["damaged", "missing"])
def test_a_file_that_comes_again_takes_the_place_of_its_damaged_bytes_and_that_is_said(
    settings: Settings, drop: Path, harm: Callable[[Path], None]
) -> None:
    (receipt,) = land(settings, drop).new
    path = object_path(settings.landing_dir, receipt.sha256)
    harm(path)
    landed = land(settings, drop, LATER)
    assert path.read_bytes() == b"first"
    assert landed.known == ["ECO_2021-T1.xlsx"]
    (said,) = landed.restored
    assert said.startswith("ECO_2021-T1.xlsx (")
    assert str(path) in said
    assert land(settings, drop, LATER).restored == []


def test_an_object_that_is_sound_is_not_written_again(settings: Settings, drop: Path) -> None:
    (receipt,) = land(settings, drop).new
    before = object_path(settings.landing_dir, receipt.sha256).stat()
    assert land(settings, drop, LATER).restored == []
    assert object_path(settings.landing_dir, receipt.sha256).stat() == before


def test_a_source_is_not_told_that_we_have_what_is_damaged(settings: Settings, drop: Path) -> None:
    """It asks with what it knows: of a damaged one it would say that nothing changed, or land the damage as new."""
    (plain,) = land(settings, drop).new
    write_receipt(settings.landing_dir, replace(plain, origin=Origin(id="r1", checksum="sha1:00")))
    (known,) = receptions(settings.landing_dir, "submissions")
    with known.open() as file:
        assert file.read() == b"first"
    flip(object_path(settings.landing_dir, plain.sha256))
    with pytest.raises(OSError, match="not the bytes that were received"):
        known.open()
    assert receptions(settings.landing_dir, "submissions") == []

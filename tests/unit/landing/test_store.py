import datetime as dt
import hashlib
import json
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

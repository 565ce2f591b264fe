"""Turns of a portal feed against a real server: what lands, what does not, and what is said."""

import datetime as dt
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from relance.stages import collect_each
from tests.damage import flip
from tests.servers.loopback import Fault, Reply, body, cut, drip, redirect, status
from tests.servers.portal import DATASET, DATASET_ID, PortalServer
from tests.unit.sources.conftest import House

JULY = b"Nom du projet;Cout\r\nONP;6,75\r\n" * 200
MARCH = b"Nom du projet;Cout\r\nSIRHEN;1,2\r\n" * 200


@pytest.fixture
def elsewhere() -> Iterator[PortalServer]:
    server = PortalServer()
    yield server
    server.stop()


@pytest.fixture
def two_editions(portal: PortalServer, house: House) -> House:
    portal.publish("r-july", "dashboard-table.csv", JULY, title="Panorama juillet 2018")
    portal.publish("r-march", "2019-03-dashboard-table.csv", MARCH, algorithm="sha256")
    house.add_portal(portal)
    return house


def downloads(portal: PortalServer) -> int:
    return len(portal.asked("/resources/r"))


# What a turn takes


def test_resources_land_with_their_edition_and_their_origin(two_editions: House, portal: PortalServer) -> None:
    summary = two_editions.turn("portal")
    assert summary.new == ["dashboard-table.csv", "2019-03-dashboard-table.csv"]
    assert two_editions.landed() == [("2019-03-dashboard-table.csv", MARCH), ("dashboard-table.csv", JULY)]
    july = next(receipt for receipt in two_editions.receipts() if receipt.file_name == "dashboard-table.csv")
    assert (july.kind, july.key, july.source_uri) == (
        "panorama",
        "2018-07",
        portal.files["/resources/r-july/dashboard-table.csv"].record["url"],
    )
    assert july.origin and july.origin.id == "r-july"
    assert (
        july.origin.checksum
        == f"sha1:{portal.files['/resources/r-july/dashboard-table.csv'].record['checksum']['value']}"
    )
    assert july.origin.etag == portal.files["/resources/r-july/dashboard-table.csv"].etag
    assert july.origin.last_modified == "Tue, 20 Jul 2021 09:00:00 GMT"


def test_the_next_turn_downloads_nothing(two_editions: House, portal: PortalServer) -> None:
    two_editions.turn("portal")
    asked = downloads(portal)
    summary = two_editions.turn("portal")
    assert (summary.new, len(summary.known)) == ([], 2)
    assert downloads(portal) == asked == 2
    assert len(two_editions.receipts()) == 2


def test_a_known_checksum_does_not_need_the_portal_s_file(two_editions: House, portal: PortalServer) -> None:
    two_editions.turn("portal")
    portal.fail("/resources/", status(404))
    assert len(two_editions.turn("portal").known) == 2


def test_what_is_damaged_or_missing_in_our_landing_is_taken_again(two_editions: House, portal: PortalServer) -> None:
    two_editions.turn("portal")
    landed, receipts = two_editions.landed(), two_editions.receipts()
    damaged, missing = (two_editions.settings.landing_dir / "objects").iterdir()
    flip(damaged)
    missing.unlink()
    turn = two_editions.turn("portal")
    assert (turn.new, len(turn.known), len(turn.restored)) == ([], 2, 2)
    assert two_editions.landed() == landed
    assert two_editions.receipts() == receipts
    portal.fail("/resources/", status(404))
    assert len(two_editions.turn("portal").known) == 2


def test_a_resource_that_is_listed_twice_is_one(two_editions: House, portal: PortalServer) -> None:
    portal.extra_records = [portal.files["/resources/r-july/dashboard-table.csv"].record]
    assert two_editions.turn("portal").new == ["dashboard-table.csv", "2019-03-dashboard-table.csv"]
    assert len(two_editions.receipts()) == 2


def test_a_changed_checksum_is_a_new_reception_and_the_old_stays(two_editions: House, portal: PortalServer) -> None:
    two_editions.turn("portal")
    portal.publish("r-july", "dashboard-table.csv", JULY + b"corrected", title="Panorama juillet 2018")
    assert two_editions.turn("portal").new == ["dashboard-table.csv"]
    assert [content for name, content in two_editions.landed() if name == "dashboard-table.csv"] == [
        JULY,
        JULY + b"corrected",
    ]


def test_bytes_that_are_landed_are_not_downloaded_for_another_resource(
    two_editions: House, portal: PortalServer
) -> None:
    two_editions.turn("portal")
    asked = downloads(portal)
    portal.publish("r-again", "dashboard-table.csv", JULY, folder="later")
    assert len(two_editions.turn("portal").new) == 1
    assert downloads(portal) == asked
    assert [content for _, content in two_editions.landed()].count(JULY) == 2


def test_a_resource_set_back_to_earlier_bytes_is_received_again_without_a_download(
    two_editions: House, portal: PortalServer
) -> None:
    two_editions.turn("portal")
    portal.publish("r-july", "dashboard-table.csv", JULY + b"wrong", title="Panorama juillet 2018")
    two_editions.turn("portal")
    asked = downloads(portal)
    portal.publish("r-july", "dashboard-table.csv", JULY, title="Panorama juillet 2018")
    assert two_editions.turn("portal").new == ["dashboard-table.csv"]
    assert downloads(portal) == asked


@pytest.mark.parametrize("folder", ["r-july", "20211015-090000"])
def test_the_same_bytes_put_up_again_after_another_resource_of_the_edition_are_received_again(
    two_editions: House, portal: PortalServer, folder: str
) -> None:
    """A later date at the same address is that of another title or description."""
    two_editions.turn("portal")
    portal.publish("r-restated", "restated.csv", JULY + b"restated", title="Panorama juillet 2018, corrigé")
    two_editions.turn("portal")
    later = dt.datetime.now(dt.UTC).isoformat()
    title = "Panorama de juillet 2018"
    portal.publish("r-july", "dashboard-table.csv", JULY, title=title, folder=folder, last_modified=later)
    expected = [] if folder == "r-july" else ["dashboard-table.csv"]
    assert two_editions.turn("portal").new == expected
    assert two_editions.turn("portal").new == []


@pytest.mark.parametrize(
    ("has_etag", "has_date", "header"), [(True, True, "If-None-Match"), (False, True, "If-Modified-Since")]
)
def test_without_a_checksum_the_file_is_asked_for_with_a_condition(
    house: House, portal: PortalServer, has_etag: bool, has_date: bool, header: str
) -> None:
    file = portal.publish("r1", "2018-07.csv", JULY, algorithm=None)
    file.has_etag, file.has_date = has_etag, has_date
    house.add_portal(portal)
    house.turn("portal")
    assert house.turn("portal").known == ["2018-07.csv"]
    assert header in portal.asked("/resources/r1")[1].headers
    assert len(house.receipts()) == 1


def test_without_checksum_or_validator_the_same_bytes_are_known_by_themselves(
    house: House, portal: PortalServer
) -> None:
    file = portal.publish("r1", "2018-07.csv", JULY, algorithm=None)
    file.has_etag = file.has_date = False
    house.add_portal(portal)
    house.turn("portal")
    assert house.turn("portal").known == ["2018-07.csv"]
    assert len(house.receipts()) == 1


def test_a_new_checksum_is_never_answered_from_a_cache(house: House, portal: PortalServer) -> None:
    """A cache in between that goes on saying 304 must not hide a file that the API says has changed."""
    portal.publish("r1", "2018-07.csv", JULY)
    house.add_portal(portal)
    house.turn("portal")
    portal.publish("r1", "2018-07.csv", MARCH)
    portal.fail("/resources/r1", lambda request, reply: Reply(304) if "If-None-Match" in request.headers else reply)
    assert house.turn("portal").new == ["2018-07.csv"]


def test_two_resources_under_one_name_do_not_replace_each_other(house: House, portal: PortalServer) -> None:
    portal.publish("aaaaaaaa-1", "tableau.csv", JULY, title="2018-07")
    portal.publish("bbbbbbbb-2", "tableau.csv", MARCH, title="2019-03")
    house.add_portal(portal)
    assert house.turn("portal").new == ["tableau-aaaaaaaa.csv", "tableau-bbbbbbbb.csv"]
    assert house.turn("portal").new == []
    assert sorted(str(receipt.key) for receipt in house.receipts()) == ["2018-07", "2019-03"]


def test_only_the_formats_of_the_feed_are_taken(house: House, portal: PortalServer) -> None:
    portal.publish("r1", "2018-07.csv", JULY)
    portal.publish("r2", "notice.pdf", b"%PDF")
    house.add_portal(portal)
    house.add("portal", **{**house.feeds["portal"], "formats": ["CSV", "xlsx"]})
    assert house.turn("portal").new == ["2018-07.csv"]
    assert portal.asked("notice.pdf") == []


def test_a_hostile_file_name_stays_a_name(house: House, portal: PortalServer) -> None:
    portal.publish("r1", "x.csv", JULY, url=f"{portal.address}/resources/r1/..%2F..%2F.bashrc%00%0Ax.csv")
    portal.files["/resources/r1/..%2F..%2F.bashrc%00%0Ax.csv"] = portal.files.pop("/resources/r1/x.csv")
    house.add_portal(portal)
    (name,) = house.turn("portal").new
    assert name == "_.._.bashrc_x.csv"
    assert {path.name for path in house.settings.data_dir.iterdir()} == {"landing"}


def test_pages_of_resources_are_followed(house: House, portal: PortalServer) -> None:
    portal.page_size = 2
    for number in range(5):
        portal.publish(f"r{number}", f"2018-0{number + 1}.csv", JULY + bytes((number,)))
    house.add_portal(portal)
    assert len(house.turn("portal").new) == 5
    assert len(portal.asked("/api/2/")) == 3


# What goes wrong


FAULTS: list[tuple[Fault, str]] = [
    (status(404), "answered 404 (Not Found)"),
    (status(500), "answered 500 (Internal Server Error) to each of 3 attempts"),
    (status(429, Retry_After="0"), "answered 429 (Too Many Requests) to each of 3 attempts"),
    (body(JULY[:-1] + b"X"), "while the portal announces"),
    (body(b""), "while the portal announces"),
    (drip(0.05), "was not read to its end within 0.6 s"),
    (body(b"0" * 30_000), "larger than 20000 bytes"),
    (redirect("https://example.org/file.csv"), "none of the hosts that the feed allows"),
]


@pytest.mark.parametrize(("fault", "sentence"), FAULTS, ids=[sentence for _, sentence in FAULTS])
def test_one_resource_gone_wrong_is_said_and_the_other_lands(
    portal: PortalServer, house: House, fault: Fault, sentence: str
) -> None:
    """Nothing lost: the next turn takes it. Nothing twice: the other is known then."""
    portal.publish("r-july", "2018-07.csv", JULY)
    portal.publish("r-march", "2019-03.csv", MARCH)
    house.add_portal(portal, deadline_seconds=0.6)
    portal.fail("2018-07.csv", fault)
    said = house.broken_turn("portal")
    assert sentence in said
    assert "1 new" in said
    assert house.landed() == [("2019-03.csv", MARCH)]
    portal.heal()
    summary = house.turn("portal")
    assert (summary.new, summary.known) == (["2018-07.csv"], ["2019-03.csv"])
    assert house.landed() == [("2018-07.csv", JULY), ("2019-03.csv", MARCH)]


def test_a_cut_download_lands_whole(two_editions: House, portal: PortalServer) -> None:
    portal.fail("dashboard-table.csv", cut(1000), times=1)
    two_editions.turn("portal")
    assert two_editions.landed() == [("2019-03-dashboard-table.csv", MARCH), ("dashboard-table.csv", JULY)]
    assert sum("Range" in request.headers for request in portal.asked("/resources/")) == 1


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_every_kind_of_checksum_is_verified(house: House, portal: PortalServer, algorithm: str) -> None:
    portal.publish("r1", "2018-07.csv", JULY, algorithm=algorithm)
    house.add_portal(portal)
    portal.fail("/resources/r1", body(MARCH))
    assert f"has the {algorithm} " in house.broken_turn("portal")
    assert house.receipts() == []


def test_a_size_announced_over_the_limit_is_not_asked_for(house: House, portal: PortalServer) -> None:
    portal.publish("r1", "2018-07.csv", JULY, filesize=10**9)
    house.add_portal(portal)
    assert "is announced with 1000000000 bytes" in house.broken_turn("portal")
    assert downloads(portal) == 0


def test_a_resource_that_lies_elsewhere_is_not_called(
    house: House, portal: PortalServer, elsewhere: PortalServer
) -> None:
    url = elsewhere.publish("r1", "2018-07.csv", JULY).record["url"]
    portal.publish("r1", "2018-07.csv", JULY, url=url)
    house.add_portal(portal)
    assert "was not called" in house.broken_turn("portal")
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "record", [None, 12, "x", {}, {"id": "r9"}, {"id": None, "url": "https://x"}, {"url": ["x"], "id": "r9"}]
)
def test_a_record_that_cannot_be_read_does_not_stop_the_others(
    two_editions: House, portal: PortalServer, record: Any
) -> None:
    portal.extra_records = [record]
    assert "lists a resource without id or address" in two_editions.broken_turn("portal")
    assert len(two_editions.landed()) == 2


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (status(410), "answered 410 (Gone)"),
        (body(b"<html>"), "did not answer with JSON"),
        (body(b"[]"), "does not describe a dataset"),
        (body(b'{"resources": null}'), "does not describe a dataset"),
        (body(b'{"resources": {"href": "https://example.org/pages"}}'), "none of the hosts that the feed allows"),
        (drip(0.05), "was not read to its end"),
    ],
)
def test_a_dataset_that_cannot_be_listed_is_said(
    two_editions: House, portal: PortalServer, fault: Fault, sentence: str
) -> None:
    two_editions.add_portal(portal, deadline_seconds=0.6)
    portal.fail("/api/1/", fault)
    assert sentence in two_editions.broken_turn("portal")
    assert two_editions.receipts() == []


def test_pages_that_lead_in_a_circle_end_and_what_they_list_lands(house: House, portal: PortalServer) -> None:
    portal.page_size = 1
    portal.publish("r1", "2018-07.csv", JULY)
    portal.publish("r2", "2019-03.csv", MARCH)
    house.add_portal(portal)
    first = f"{portal.address}/api/2/datasets/{DATASET_ID}/resources/?page=1"
    listed = portal.files["/resources/r2/2019-03.csv"].record
    portal.fail("page=2", body(json.dumps({"data": [listed], "next_page": first + "&page_size=1"}).encode()))
    assert "in pages that do not end" in house.broken_turn("portal")
    assert [name for name, _ in house.landed()] == ["2018-07.csv", "2019-03.csv"]
    assert len(portal.asked("/api/2/")) == 2


def test_a_page_that_fails_does_not_cost_the_pages_before(house: House, portal: PortalServer) -> None:
    portal.page_size = 1
    portal.publish("r1", "2018-07.csv", JULY)
    portal.publish("r2", "2019-03.csv", MARCH)
    house.add_portal(portal)
    portal.fail("page=2", status(500))
    assert "answered 500" in house.broken_turn("portal")
    assert house.landed() == [("2018-07.csv", JULY)]
    portal.heal()
    assert house.turn("portal").new == ["2019-03.csv"]


def test_a_feed_that_fails_does_not_stop_the_next(
    two_editions: House, portal: PortalServer, elsewhere: PortalServer
) -> None:
    two_editions.add_portal(elsewhere, "first")
    elsewhere.fail("/api/1/", status(503))
    done = []
    with pytest.raises(Exception, match="answered 503"):
        for summary in collect_each(["first", "no-such-feed", "portal"]):
            done.append(summary.feed)
    assert done == ["portal"]
    assert len(two_editions.landed()) == 2


def test_each_turn_is_recorded_with_what_it_could_not_have(two_editions: House, portal: PortalServer) -> None:
    portal.fail("/api/1/", status(500))
    two_editions.broken_turn("portal")
    portal.heal()
    two_editions.turn("portal")
    two_editions.turn("portal")
    folder = two_editions.settings.landing_dir / "turns" / "portal"
    turns = sorted((json.loads(path.read_text()) for path in folder.iterdir()), key=lambda turn: turn["begun_at"])
    assert [(turn["is_complete"], turn["new"], turn["known"]) for turn in turns] == [
        (False, 0, 0),
        (True, 2, 0),
        (True, 0, 2),
    ]
    assert "answered 500" in turns[0]["problems"][0]


def test_a_redirected_slug_is_followed_within_the_portal(two_editions: House, portal: PortalServer) -> None:
    portal.fail(f"/datasets/{DATASET}/", redirect(f"/api/1/datasets/{DATASET_ID}/", 308))
    assert len(two_editions.turn("portal").new) == 2


def test_nothing_secret_of_an_address_is_kept(
    house: House, portal: PortalServer, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "signature-5b1e"  # noqa: S105
    path = "/resources/r1/2018-07.csv"
    portal.publish("r1", "2018-07.csv", JULY, url=f"{portal.address}{path}?sig={secret}")
    house.add_portal(portal)
    with caplog.at_level(logging.INFO):
        assert house.turn("portal").new == ["2018-07.csv"]
    assert secret.encode() not in house.every_byte()
    assert secret not in caplog.text

"""Turns of the applications' feed against a real server: what lands, what does not, and what is said."""

import base64
import datetime as dt
import json
import logging
import traceback
from typing import Any

import pytest

from relance.errors import CollectionIncompleteError, RelanceError
from relance.landing.store import object_path, receive, receptions
from relance.sources.collecting import arrivals_of
from relance.sources.feeds import get_feed
from relance.stages import collect
from tests.servers.applications import DEMARCHE, TOKEN, ApplicationsServer, changed, deleted, dossier, errors
from tests.servers.loopback import Fault, Reply, Request, body, cut, drip, redirect, status
from tests.unit.sources.conftest import TOKEN_VARIABLE, House

FEED = "applications"
GRAPHQL = "/api/v2/graphql"


def day(number: int, hour: int = 10) -> str:
    return f"2021-03-{number:02d}T{hour:02d}:00:00+01:00"


@pytest.fixture
def five(platform: ApplicationsServer, house: House) -> House:
    """Five dossiers on three pages, the platform's order not that of their changes."""
    platform.dossiers = [dossier(number, day(at)) for number, at in ((101, 9), (102, 3), (103, 5), (104, 4), (105, 7))]
    house.add_applications(platform)
    return house


def names(house: House) -> list[str]:
    return [name for name, _ in house.landed()]


def on_page(number: int, fault: Fault) -> Fault:
    """The fault for the n-th page of the dossiers only; every other answer stays right."""

    def choose(request: Request, reply: Reply) -> Reply:
        asked = json.loads(request.body)
        after = asked["variables"]["after"]
        is_it = " list: dossiers(" in asked["query"] and _page_of(after) == number
        return fault(request, reply) if is_it else reply

    return choose


def _page_of(cursor: str | None) -> int:
    return int(base64.b64decode(cursor)) // 2 + 1 if cursor else 1


# What a turn takes


def test_every_dossier_lands_as_one_document_under_its_number(five: House, platform: ApplicationsServer) -> None:
    assert five.turn(FEED).new == [f"dossier-{number}.json" for number in (102, 104, 103, 105, 101)]
    assert [page["after"] is None for page in platform.pages()] == [True, False, False]
    receipt = next(receipt for receipt in five.receipts() if receipt.key == "101")
    assert (receipt.kind, receipt.file_name) == ("application", "dossier-101.json")
    document = json.loads(object_path(five.settings.landing_dir, receipt.sha256).read_bytes())
    assert document["demarche"] == DEMARCHE
    assert document["dossier"]["state"] == "en_construction"


def test_every_type_of_field_arrives_with_its_value(five: House) -> None:
    five.turn(FEED)
    document = json.loads(dict(five.landed())["dossier-101.json"])
    fields = {field["label"]: field for field in document["dossier"]["champs"]}
    assert fields["Intitulé du projet"]["text"] == "Guichet numérique"
    assert fields["Nombre d'agents"]["integer"] == "9007199254740993"
    assert fields["Montant demandé"]["decimal"] == "1234567.10"  # the digits, where a float would say 1234567.1
    assert fields["Début"]["date"] == "2021-03-01"
    assert fields["Cofinancé"]["isYes"] is True
    assert fields["Ligne du fonds"]["choice"] == "ITN7"
    assert fields["Porteur"]["etablissement"]["entreprise"]["raisonSociale"] == "VILLE DE PARIS"
    assert fields["Postes de dépense"]["rows"][0]["champs"][0]["decimal"] == "0.10"
    assert fields["Devis"]["files"][0]["url"] == "https://static.example.org/production/devis"


def test_an_unchanged_dossier_gives_the_same_bytes_although_its_links_are_signed_anew(
    five: House, platform: ApplicationsServer
) -> None:
    five.turn(FEED)
    summary = five.turn(FEED)
    assert summary.new == []
    assert len(five.receipts()) == 5
    assert b"temp_url_sig" not in five.every_byte()


def test_the_next_turn_asks_from_the_newest_change_less_the_overlap(five: House, platform: ApplicationsServer) -> None:
    five.turn(FEED)
    platform.seen.clear()
    assert five.turn(FEED).known == ["dossier-101.json"]
    assert platform.pages()[0]["since"] == "2021-03-09T08:00:00+00:00"  # 10:00 in Paris, less an hour


def test_a_dossier_that_changes_is_received_again_and_both_stay(five: House, platform: ApplicationsServer) -> None:
    five.turn(FEED)
    platform.dossiers[1] = dossier(102, day(20), state="accepte")
    assert five.turn(FEED).new == ["dossier-102.json"]
    states = [json.loads(content)["dossier"]["state"] for name, content in five.landed() if name == "dossier-102.json"]
    assert states == ["en_construction", "accepte"]


@pytest.mark.parametrize("state", ["en_construction", "en_instruction", "accepte", "refuse", "sans_suite"])
def test_every_state_lands(house: House, platform: ApplicationsServer, state: str) -> None:
    platform.dossiers = [dossier(1, day(1), state=state)]
    house.add_applications(platform)
    house.turn(FEED)
    assert json.loads(house.landed()[0][1])["dossier"]["state"] == state


def test_a_dossier_that_waits_to_be_erased_is_asked_for_and_landed_like_a_deleted_one(
    five: House, platform: ApplicationsServer
) -> None:
    """It is in the list of dossiers no more, and in that of deleted ones not yet."""
    five.turn(FEED)
    platform.dossiers = [one for one in platform.dossiers if one["number"] != 101]
    platform.pending = [deleted(101, day(12))]
    assert five.turn(FEED).new == ["dossier-101.pending-deleted.json"]
    document = json.loads(dict(five.landed())["dossier-101.pending-deleted.json"])
    assert document["deleted_dossier"]["number"] == 101
    platform.seen.clear()
    assert five.turn(FEED).new == []
    assert platform.pages("pendingDeletedDossiers(")[0]["since"] == "2021-03-12T08:00:00+00:00"


def test_a_deleted_dossier_is_a_document_of_its_own_once(five: House, platform: ApplicationsServer) -> None:
    five.turn(FEED)
    del platform.dossiers[0]
    platform.deleted = [deleted(101, day(12)), deleted(99, day(2)), deleted(98, day(3))]
    assert five.turn(FEED).new == ["dossier-99.deleted.json", "dossier-98.deleted.json", "dossier-101.deleted.json"]
    receipt = next(receipt for receipt in five.receipts() if receipt.file_name == "dossier-101.deleted.json")
    assert receipt.key == "101"
    document = json.loads(object_path(five.settings.landing_dir, receipt.sha256).read_bytes())
    assert document["deleted_dossier"]["dateSupression"] == day(12)
    assert "dossier-101.json" in names(five)
    platform.seen.clear()
    assert five.turn(FEED).new == []
    # Each list goes on from its own newest change.
    assert platform.pages("deletedDossiers(")[0]["since"] == "2021-03-12T08:00:00+00:00"
    assert platform.pages()[0]["since"] == "2021-03-09T08:00:00+00:00"


def test_a_dossier_met_twice_in_a_turn_lands_once_as_it_is_last(house: House, platform: ApplicationsServer) -> None:
    platform.dossiers = [dossier(1, day(2)), dossier(1, day(4), state="refuse"), dossier(1, day(3)), dossier(2, day(1))]
    house.add_applications(platform)
    assert house.turn(FEED).new == ["dossier-2.json", "dossier-1.json"]
    assert json.loads(dict(house.landed())["dossier-1.json"])["dossier"]["state"] == "refuse"


def test_a_date_to_come_does_not_hide_later_changes(house: House, platform: ApplicationsServer) -> None:
    platform.dossiers = [dossier(1, "2199-01-01T00:00:00+01:00")]
    house.add_applications(platform)
    house.turn(FEED)
    house.turn(FEED)
    assert platform.pages()[-1]["since"] < "2150"


def test_links_are_never_called(five: House, platform: ApplicationsServer) -> None:
    for one in platform.dossiers:
        one["champs"][-1]["files"][0]["url"] = f"{platform.address}/piece?temp_url_sig=x"
    five.turn(FEED)
    assert platform.asked("/piece") == []


# What goes wrong


FAULTS: list[tuple[Fault, str]] = [
    (status(500), "answered 500 (Internal Server Error) to each of 3 attempts"),
    (status(429, Retry_After="0"), "answered 429"),
    (status(403), "answered 403 (Forbidden)"),
    (lambda *_: errors("Timeout of the query"), "Timeout of the query"),
    (changed(lambda answer: answer.update(errors=[{"message": "partial"}])), "answered 200 with 1 error(s)"),
    (changed(lambda answer: answer.update(errors="all wrong")), "all wrong"),
    (changed(lambda answer: answer.update(data=None)), "answered without the dossiers"),
    (changed(lambda answer: answer["data"].update(demarche=None)), "answered without the dossiers"),
    (changed(lambda answer: answer["data"]["demarche"]["list"].update(nodes=None)), "answered without the dossiers"),
    (changed(lambda answer: answer["data"]["demarche"]["list"].update(pageInfo=None)), "answered without the dossiers"),
    (body(b"<html>maintenance</html>"), "did not answer with JSON"),
    (body(b"[]"), "answered without the dossiers"),
    (cut(50), "was cut in each of 3 attempts"),
    (drip(0.02), "was not read to its end within 0.6 s"),
    (redirect("https://example.org/graphql", 307), "answers with a redirect"),
    (body(b"0" * 1_000_001), "larger than 1000000 bytes"),
]


@pytest.mark.parametrize(
    ("fault", "sentence"), FAULTS, ids=[f"{n}-{sentence}" for n, (_, sentence) in enumerate(FAULTS)]
)
def test_a_page_that_goes_wrong_is_said_and_costs_nothing(
    five: House, platform: ApplicationsServer, fault: Fault, sentence: str
) -> None:
    """The page before it lands; the next turn starts where this one did, and finds the rest, nothing twice."""
    five.add_applications(platform, http={"deadline_seconds": 0.6})
    platform.fail(GRAPHQL, on_page(2, fault))
    said = five.broken_turn(FEED)
    assert sentence in said
    assert "broke off on page 2" in said
    assert names(five) == ["dossier-101.json", "dossier-102.json"]
    platform.heal()
    platform.seen.clear()
    summary = five.turn(FEED)
    assert platform.pages()[0]["since"] is None
    assert summary.new == ["dossier-104.json", "dossier-103.json", "dossier-105.json"]
    assert len(five.receipts()) == 5


def test_a_walk_that_breaks_off_does_not_move_the_watermark(five: House, platform: ApplicationsServer) -> None:
    """The newest change is on page 1: a watermark from it would pass over what page 2 has, for ever."""
    five.turn(FEED)
    platform.dossiers = [dossier(101, day(25)), dossier(102, day(26)), dossier(103, day(21)), dossier(104, day(22))]
    platform.fail(GRAPHQL, on_page(2, status(500)))
    assert "2 new" in five.broken_turn(FEED)
    platform.heal()
    assert five.turn(FEED).new == ["dossier-103.json", "dossier-104.json"]


def test_a_run_killed_between_two_dossiers_loses_none(five: House) -> None:
    """Landing goes by the date of change, so what is not landed is newer than the watermark."""
    settings = five.settings
    feed = get_feed(settings, FEED)
    arrivals = arrivals_of(feed, receptions(settings.landing_dir, FEED))
    receive(settings.landing_dir, feed, [next(arrivals), next(arrivals)], "killed", dt.datetime.now(dt.UTC))
    assert names(five) == ["dossier-102.json", "dossier-104.json"]
    assert set(five.turn(FEED).new) == {"dossier-103.json", "dossier-105.json", "dossier-101.json"}
    assert len(five.receipts()) == 5


@pytest.mark.parametrize("cursor", ["repeats", None, 7])
def test_a_cursor_that_leads_nowhere_ends_the_walk(five: House, platform: ApplicationsServer, cursor: Any) -> None:
    def circle(answer: dict[str, Any]) -> None:
        answer["data"]["demarche"]["list"]["pageInfo"] = {
            "hasNextPage": True,
            "endCursor": first if cursor == "repeats" else cursor,
        }

    first = base64.b64encode(b"2").decode()
    platform.fail(GRAPHQL, on_page(2, changed(circle)), times=20)
    said = five.broken_turn(FEED)
    assert "the pages would never end" in said
    assert len(platform.pages()) == 2
    assert len(five.receipts()) == 4
    platform.heal()
    assert len(five.turn(FEED).new) == 1
    assert len(five.receipts()) == 5


@pytest.mark.parametrize(
    "broken",
    [
        None,
        12,
        {},
        {"number": 3},
        {"number": "3", "dateDerniereModification": day(1)},
        dossier(3, "yesterday"),
        dossier(3, "2021-03-01T10:00:00"),
    ],
)
def test_a_null_or_unreadable_node_is_said_and_asked_for_again(
    house: House, platform: ApplicationsServer, broken: Any
) -> None:
    platform.dossiers = [dossier(1, day(9)), dossier(3, day(2)), dossier(2, day(8))]
    house.add_applications(platform)

    def break_second(answer: dict[str, Any]) -> None:
        answer["data"]["demarche"]["list"]["nodes"][1] = broken

    platform.fail(GRAPHQL, on_page(1, changed(break_second)))
    assert "1 of the dossiers on page 1" in house.broken_turn(FEED)
    assert names(house) == ["dossier-1.json", "dossier-2.json"]
    platform.heal()
    assert house.turn(FEED).new == ["dossier-3.json"]


def test_a_cut_answer_and_a_short_storm_pass_unnoticed(five: House, platform: ApplicationsServer) -> None:
    platform.fail(GRAPHQL, cut(50), times=1)
    platform.fail(GRAPHQL, status(502), times=1)
    platform.fail(GRAPHQL, status(429, Retry_After="0"), times=1)
    assert len(five.turn(FEED).new) == 5


def test_what_went_wrong_with_the_deletions_does_not_cost_the_dossiers(
    five: House, platform: ApplicationsServer
) -> None:
    platform.deleted = [deleted(99, day(2))]

    def deletions(request: Request, reply: Reply) -> Reply:
        return errors("no deletions today") if b"deletedDossiers(" in request.body else reply

    platform.fail(GRAPHQL, deletions)
    assert "The list of deleted dossiers broke off on page 1" in five.broken_turn(FEED)
    assert len(five.receipts()) == 5
    platform.heal()
    assert five.turn(FEED).new == ["dossier-99.deleted.json"]


# The token


@pytest.mark.parametrize(
    "fault",
    [
        None,
        status(401),
        status(500),
        lambda *_: errors(f"the token {TOKEN} is not known"),
        body(TOKEN.encode()),
        redirect(f"https://example.org/{TOKEN}", 307),
        cut(10),
    ],
)
def test_the_token_is_nowhere_but_in_the_header(
    five: House, platform: ApplicationsServer, caplog: pytest.LogCaptureFixture, fault: Fault | None
) -> None:
    said = ""
    if fault:
        platform.fail(GRAPHQL, fault)
    with caplog.at_level(logging.DEBUG):
        try:
            said = repr(five.turn(FEED))
        except CollectionIncompleteError as error:
            said = "".join(traceback.format_exception(error))
    assert platform.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in said + caplog.text
    assert TOKEN.encode() not in five.every_byte()


def test_a_token_that_the_caller_gives_is_used(five: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert len(collect(FEED, token=TOKEN).new) == 5


def test_a_missing_token_is_said_by_the_name_of_its_variable(five: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, " ")
    with pytest.raises(RelanceError, match=f"environment variable {TOKEN_VARIABLE}"):
        five.turn(FEED)


def test_a_wrong_token_names_the_variable_to_look_at(five: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "another")
    assert f"the token in {TOKEN_VARIABLE} may read procedure {DEMARCHE}" in five.broken_turn(FEED)


def test_a_procedure_that_is_not_named_is_said(house: House, platform: ApplicationsServer) -> None:
    house.add_applications(platform, demarche=None)
    with pytest.raises(RelanceError, match="set its `demarche`"):
        house.turn(FEED)
    assert platform.seen == []

"""Which letters are pending: whose, once, and again when what they tell has changed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook

from relance.feedback import Letter, Sent, letters, pending_letters, write_feedback, write_sent
from relance.settings import Settings
from relance.sources.feeds import Feed
from tests.unit.feedback.conftest import AT, Make

CONTACTS = {"EDU": ("un@edu.test.fr", "deux@edu.test.fr"), "default": ("suivi@dinum.test.fr",)}
NEXT_DAY = AT + dt.timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, data_dir=tmp_path / "data")


def feed(contacts: dict[str, tuple[str, ...]] | None) -> Feed:
    return Feed("submissions", "submission", "Remontées ministérielles", (), contacts=contacts)


def answer(settings: Settings, sent: Sent) -> Path:
    folder = settings.feedback_dir / "submissions" / "r1"
    write_feedback(replace(sent, ministry_code="EDU"), folder)
    return folder


def pending(settings: Settings, contacts: dict[str, tuple[str, ...]] | None, now: dt.datetime) -> list[Letter]:
    return pending_letters(settings, [feed(contacts)], now)


def test_a_letter_tells_what_the_page_tells(workbook: Workbook, sent: Make, settings: Settings) -> None:
    folder = answer(settings, sent(workbook))
    letter, other = pending(settings, CONTACTS, NEXT_DAY)
    assert (letter.address, other.address) == ("un@edu.test.fr", "deux@edu.test.fr")
    assert letter.subject.startswith("EDU_2021-T2.xlsx : Pris en compte")
    assert "20\u00a0juillet\u00a02021 à 3\u00a0h\u00a000 (heure de Paris)" in letter.body
    assert re.search(r"<p>4.lignes lues : 2.acceptées, 2.rejetées</p>", letter.body), letter.body
    assert "&lt;b&gt;peu&lt;/b&gt;" in letter.body
    assert "<b>" not in letter.body
    assert [path.name for path in letter.files] == ["index.html", "EDU_2021-T2 - annoté.xlsx", "problemes.csv"]
    assert {path.parent for path in letter.files} == {folder}


def test_each_address_is_written_to_once(workbook: Workbook, sent: Make, settings: Settings) -> None:
    answer(settings, sent(workbook))
    write_sent(pending(settings, CONTACTS, NEXT_DAY)[0], NEXT_DAY)
    (left,) = pending(settings, CONTACTS, NEXT_DAY)
    assert left.address == "deux@edu.test.fr"
    write_sent(left, NEXT_DAY)
    assert pending(settings, CONTACTS, NEXT_DAY) == []
    # The page is made anew for another night, with the same verdict: nothing to tell.
    answer(settings, replace(sent(workbook), as_of=NEXT_DAY))
    assert pending(settings, CONTACTS, NEXT_DAY) == []


def test_another_verdict_is_told_again_a_replacement_by_the_sender_is_not(
    workbook: Workbook, sent: Make, settings: Settings
) -> None:
    answer(settings, sent(workbook))
    for letter in pending(settings, CONTACTS, NEXT_DAY):
        write_sent(letter, NEXT_DAY)
    answer(settings, replace(sent(workbook), as_of=NEXT_DAY, notes=("Une remarque.",)))
    letters_again = pending(settings, CONTACTS, NEXT_DAY)
    assert [letter.subject[:14] for letter in letters_again] == ["Mise à jour - "] * 2
    assert "Ce message remplace le précédent" in letters_again[0].body
    later = NEXT_DAY + dt.timedelta(days=1)
    answer(settings, replace(sent(workbook), as_of=later, status="superseded", counted=frozenset()))
    assert pending(settings, CONTACTS, later) == []


@pytest.mark.parametrize(
    ("contacts", "addresses"),
    [
        (None, []),
        ({}, []),
        ({"INT": ("a@int.test.fr",)}, []),
        ({"INT": ("a@int.test.fr",), "default": ("b@test.fr",)}, ["b@test.fr"]),
        ({"EDU": (), "default": ("b@test.fr",)}, ["b@test.fr"]),
    ],
)
def test_who_is_written_to(
    workbook: Workbook,
    sent: Make,
    settings: Settings,
    contacts: dict[str, tuple[str, ...]] | None,
    addresses: list[str],
) -> None:
    answer(settings, sent(workbook))
    assert [letter.address for letter in pending(settings, contacts, NEXT_DAY)] == addresses


@pytest.mark.parametrize(("days", "count"), [(7, 2), (8, 0)])
def test_an_old_file_is_not_written_about(
    workbook: Workbook, sent: Make, settings: Settings, days: int, count: int
) -> None:
    answer(settings, sent(workbook))
    assert len(pending(settings, CONTACTS, AT + dt.timedelta(days=days))) == count


def test_what_does_not_fit_is_named_and_left_out(
    workbook: Workbook, sent: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = answer(settings, sent(workbook))
    monkeypatch.setattr(letters, "MOST_BYTES", (folder / "index.html").stat().st_size + 10)
    letter = pending(settings, CONTACTS, NEXT_DAY)[0]
    assert [path.name for path in letter.files] == ["index.html"]
    assert "Trop volumineux" in letter.body
    assert "EDU_2021-T2 - annoté.xlsx, problemes.csv" in letter.body


def test_a_name_cannot_add_a_header(workbook: Workbook, sent: Make, settings: Settings) -> None:
    answer(settings, sent(workbook, file_name="EDU\r\nBcc: tous@test.fr\r\n.xlsx"))
    letter = pending(settings, CONTACTS, NEXT_DAY)[0]
    assert "\r" not in letter.subject
    assert "\n" not in letter.subject


STRANGER = {"status": "set_aside", "reason": "Motif.", "allowed_ministries": ("EDU", "AGR"), "counted": frozenset()}


def claim(settings: Settings, sent: Sent, claimed: str | None = "INT") -> None:
    folder = settings.feedback_dir / "submissions" / "r1"
    write_feedback(replace(sent, ministry_code=None, claimed_ministry_code=claimed), folder)


def test_of_a_file_that_claims_another_ministry_sender_and_ministry_are_told_once(
    workbook: Workbook, sent: Make, settings: Settings
) -> None:
    claim(settings, sent(workbook, **STRANGER))
    contacts = {**CONTACTS, "AGR": ("un@agr.test.fr", "un@edu.test.fr"), "INT": ("un@int.test.fr",)}
    *to_sender, notice = pending(settings, contacts, NEXT_DAY)
    assert [one.address for one in to_sender] == ["un@edu.test.fr", "deux@edu.test.fr", "un@agr.test.fr"]
    assert all("Votre fichier" in one.body and "Motif." in one.body and one.files for one in to_sender)
    assert notice.address == "un@int.test.fr"
    assert notice.subject == "EDU_2021-T2.xlsx : mis de côté, se dit du ministère INT"
    assert "qui se dit du ministère INT, « EDU_2021-T2.xlsx », reçu le 20" in notice.body
    assert "Motif dit à son expéditeur : Motif." in notice.body
    # What the file says is its sender's.
    assert notice.files == ()
    for letter in (*to_sender, notice):
        write_sent(letter, NEXT_DAY)
    claim(settings, replace(sent(workbook, **STRANGER), as_of=NEXT_DAY))
    assert pending(settings, contacts, NEXT_DAY) == []


def test_who_is_both_sender_and_ministry_has_one_letter(workbook: Workbook, sent: Make, settings: Settings) -> None:
    claim(settings, sent(workbook, **STRANGER))
    (letter,) = pending(settings, {"default": ("fonds@test.fr",)}, NEXT_DAY)
    assert "Votre fichier" in letter.body


def test_a_ministry_whose_file_it_was_after_all_is_told_so(workbook: Workbook, sent: Make, settings: Settings) -> None:
    contacts = {"AGR": ("un@agr.test.fr",), "INT": ("un@int.test.fr",)}
    claim(settings, sent(workbook, **STRANGER))
    for letter in pending(settings, contacts, NEXT_DAY):
        write_sent(letter, NEXT_DAY)
    folder = settings.feedback_dir / "submissions" / "r1"
    later = NEXT_DAY + dt.timedelta(days=1)
    write_feedback(replace(sent(workbook, allowed_ministries=("INT",)), ministry_code="INT", as_of=later), folder)
    (letter,) = pending(settings, contacts, later)
    assert (letter.address, letter.subject[:14]) == ("un@int.test.fr", "Mise à jour - ")


def test_a_file_that_says_no_ministry_is_answered_to_its_sender(
    workbook: Workbook, sent: Make, settings: Settings
) -> None:
    claim(settings, sent(workbook, **STRANGER), None)
    assert [one.address for one in pending(settings, CONTACTS, NEXT_DAY)] == [*CONTACTS["EDU"], *CONTACTS["default"]]

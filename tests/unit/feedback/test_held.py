"""A file that waits for a decision, was refused or accepted: what its page and its letter say."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook

from relance.feedback import Sent, pending_letters, summarise, write_feedback, write_sent
from relance.feedback.lines import check_lines
from relance.feedback.sent import Decided, Found
from relance.settings import Settings
from relance.sources.feeds import Feed
from tests.unit.feedback.conftest import AT, Make

FALL = Found("awarded-amounts-do-not-fall", "Subvention EDU-1 : 1,00 € accordés, 2,00 € avant.")
BLOCKED = Found("award-paid-within-committed", "Subvention EDU-1 : payée au-delà.", can_be_accepted=False)
FEED = Feed("submissions", "submission", "Remontées", (), contacts={"default": ("un@edu.test.fr",)})


def waiting(sent: Make, workbook: Workbook, *findings: Found) -> Sent:
    return sent(
        workbook, status="pending", counted=frozenset(), ministry_code="EDU", period="2021-T2", findings=findings,
        meanwhile=(("EDU_2021-T1.xlsx", "2021-T1"),),
    )  # fmt: skip


def page_of(folder: Path) -> str:
    text = re.sub("<[^>]+>|&nbsp;", " ", (folder / "index.html").read_text(encoding="utf-8"))
    return re.sub("[ \n\u00a0\u202f]+", " ", text)


def test_a_pending_file_says_why_since_when_and_what_counts_meanwhile(
    workbook: Workbook, sent: Make, tmp_path: Path
) -> None:
    write_feedback(waiting(sent, workbook, FALL), tmp_path / "r")
    page = page_of(tmp_path / "r")
    assert (
        "En attente d\u2019une décision Ce fichier a été lu, et attend depuis sa réception, le 20 juillet 2021 à 3 h 00"
        " qu\u2019une personne décide s\u2019il compte : aucune de ses lignes ne compte dans les chiffres arrêtés au"
        " 21 juillet 2021 à 3 h 00. En attendant, « EDU_2021-T1.xlsx » (période 2021-T1) continue de compter, signalé"
        " comme ancien. Pourquoi ce fichier attend : Subvention EDU-1 : 1,00 € accordés, 2,00 € avant."
    ) in page
    assert "S\u2019il est juste, expliquez-le au bureau du programme : il peut l\u2019accepter" in page
    assert "en attente" in page


def test_one_that_cannot_be_accepted_has_to_be_corrected(workbook: Workbook, sent: Make) -> None:
    assert summarise(waiting(sent, workbook, FALL, BLOCKED)).actions == [
        "Corrigez le fichier et renvoyez-le en entier : tel quel, il ne peut pas être accepté. Le nouvel envoi remplacera"
        " celui-ci."
    ]


def test_nothing_counts_meanwhile(workbook: Workbook, sent: Make) -> None:
    first = replace(waiting(sent, workbook, FALL), meanwhile=())
    assert "aucun autre fichier ne compte pour ce ministère" in summarise(first).meaning


def test_a_refused_file_says_by_whom_and_why(workbook: Workbook, sent: Make) -> None:
    decided = Decided("rejected", "Camille Durand", AT + dt.timedelta(hours=8), "Baisse non confirmée.")
    summary = summarise(replace(waiting(sent, workbook, FALL), status="rejected", decision=decided))
    assert summary.state == "Refusé"
    assert summary.meaning.replace("\u00a0", " ").startswith(
        "Ce fichier a été refusé le 20 juillet 2021 à 11 h 00 par Camille Durand : aucune de ses lignes ne compte"
    )
    assert "Raison donnée : Baisse non confirmée. En attendant, « EDU_2021-T1.xlsx »" in summary.meaning
    assert (summary.held_title, summary.held_by) == ("Pourquoi ce fichier a été mis en attente", [FALL.sentence])


def test_the_letter_says_it_first_and_an_acceptance_is_told_anew(
    workbook: Workbook, sent: Make, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, data_dir=tmp_path / "data")
    folder = settings.feedback_dir / "submissions" / "r1"
    held = waiting(sent, workbook, FALL)
    assert write_feedback(held, folder)
    assert not write_feedback(replace(held, as_of=AT + dt.timedelta(days=2)), folder)
    (letter,) = pending_letters(settings, [FEED], AT + dt.timedelta(days=1))
    assert letter.subject == "EDU_2021-T2.xlsx : En attente d'une décision"
    assert letter.body.index("attend depuis sa réception") < letter.body.index(FALL.sentence)
    write_sent(letter, AT + dt.timedelta(days=1))

    decided = Decided("accepted", "Camille Durand", AT + dt.timedelta(days=1, hours=8), "Confirmé par téléphone")
    counted = frozenset(held.parsed.facts["tables"])
    accepted = replace(
        held, status="counted", counted=counted, meanwhile=(), decision=decided, as_of=AT + dt.timedelta(days=2)
    )
    assert write_feedback(accepted, folder)
    told = json.loads((folder / "feedback.json").read_text())["letter"]
    assert told["state"] == "Pris en compte"
    (again,) = pending_letters(settings, [FEED], AT + dt.timedelta(days=2))
    assert again.subject == "Mise à jour - EDU_2021-T2.xlsx : Pris en compte"
    assert "Il a été accepté tel quel le" in again.body
    assert "par Camille Durand. Raison donnée : Confirmé par téléphone." in again.body


def test_a_check_says_what_would_hold_the_file(workbook: Workbook, sent: Make) -> None:
    workbook["Subventions"].delete_rows(5, 2)
    workbook["Couverture"]["B3"], workbook["Couverture"]["B4"] = 1, 100
    checked = sent(workbook, as_of=None, received_at=None, findings=(FALL,), warnings=(Found("w", "À regarder."),))
    summary = summarise(checked)
    lines = list(check_lines(summary))
    assert lines[0] == "EDU_2021-T2.xlsx : Serait mis en attente"
    assert lines[2:4] == ["  Ce fichier serait mis en attente :", f"  - {FALL.sentence}"]
    assert "  À vérifier : À regarder." in lines
    assert "se voit qu'avec --against" in lines[-1]
    assert not summary.is_sound
    assert summarise(replace(checked, findings=())).is_sound

"""Which senders are still to be told of their file's feedback, and what was sent to whom. Sends nothing itself.

Of a file that was set aside because it claims a ministry for which its sender may not speak, that ministry is told too.

What a letter says is kept in the feedback folder, so that it is what the page says; what was sent is kept apart from
it, in `data/mails/<feed>/<receipt>.json`, because a feedback folder is made anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relance import french
from relance.feedback.folder import INDEX, RECORD
from relance.feedback.safe import one_line
from relance.files import write_json
from relance.settings import Settings
from relance.sources.feeds import Feed

# An older file was answered long ago, or before anybody had asked for letters.
WITHIN = dt.timedelta(days=7)
# What most mail servers take, less what encoding adds.
MOST_BYTES = 7_000_000
# The contacts of a feed whose file names no ministry, or one without contacts of its own.
DEFAULT = "default"


@dataclass(frozen=True)
class Letter:
    """One letter to one address: `body` is HTML, `files` lie in the feedback folder, `verdict` is what it tells."""

    address: str
    subject: str
    body: str
    files: tuple[Path, ...]
    verdict: str
    record: Path


def pending_letters(settings: Settings, feeds: Iterable[Feed], now: dt.datetime) -> list[Letter]:
    """Letters not sent yet, of files received in the last seven days, in the order of feed and receipt.

    A letter is sent once to each address, and again when what it tells has changed, unless the change is that the
    sender's own later file replaces this one. Feeds without contacts, and files for which there are none, have none.
    """
    letters: list[Letter] = []
    for feed in sorted(feeds, key=lambda feed: feed.id):
        if feed.contacts:
            for record in sorted(settings.feedback_dir.joinpath(feed.id).glob(f"[!.]*/{RECORD}")):
                letters += _letters(settings, feed, record, now)
    return letters


def write_sent(letter: Letter, sent_at: dt.datetime) -> None:
    """Note that a letter went out. A run killed before that sends it again: twice rather than never."""
    known = _sent(letter.record)
    known[letter.address] = {"verdict": letter.verdict, "sent_at": sent_at.astimezone(dt.UTC).isoformat()}
    letter.record.parent.mkdir(parents=True, exist_ok=True)
    write_json(letter.record, known)


def _letters(settings: Settings, feed: Feed, record: Path, now: dt.datetime) -> Iterator[Letter]:
    told = json.loads(record.read_text(encoding="utf-8")).get("letter")
    if told is None or now - dt.datetime.fromisoformat(told["received_at"]) > WITHIN:
        return
    verdict = _verdict(told)
    folder = record.parent
    sent_record = settings.mails_dir / feed.id / f"{folder.name}.json"
    known = _sent(sent_record)
    files, left_out = _attachments(folder)
    senders = _addresses(feed, [told["ministry_code"]] if told["ministry_code"] else told.get("allowed_ministries", ()))
    for address in senders:
        before = known.get(address)
        if before is None or (before["verdict"] != verdict and not told["is_superseded"]):
            yield Letter(
                address,
                one_line(f"{'Mise à jour - ' if before else ''}{told['file_name']} : {told['state']}")[:200],
                _body(feed, told, files, left_out, is_update=before is not None),
                files,
                verdict,
                sent_record,
            )
    claimed = told.get("claimed_ministry_code")
    verdict = _verdict([claimed, told.get("reason")])
    for address in _addresses(feed, [claimed]) if claimed else ():
        if address not in senders and known.get(address, {}).get("verdict") != verdict:
            subject = one_line(f"{told['file_name']} : mis de côté, se dit du ministère {claimed}")[:200]
            yield Letter(address, subject, _notice(feed, told), (), verdict, sent_record)


def _addresses(feed: Feed, codes: Sequence[str]) -> list[str]:
    """The contacts of each ministry, each address once; those by default where one has none."""
    contacts = feed.contacts or {}
    default = contacts.get(DEFAULT, ())
    return list(dict.fromkeys(one for code in codes or [DEFAULT] for one in contacts.get(code) or default))


def _verdict(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _notice(feed: Feed, told: dict[str, Any]) -> str:
    """What the ministry is told that somebody else's file claims; the file itself is its sender's."""
    return _paragraphs(
        [
            f"Un fichier qui se dit du ministère {told['claimed_ministry_code']}, « {told['file_name']} », "
            f"{_received(told)}, vient d'un expéditeur qui ne peut pas parler pour ce ministère. Il est mis de côté : "
            "les chiffres du ministère restent ceux de ses propres envois.",
            f"Motif dit à son expéditeur : {told['reason']}",
            "À faire : rien, si cet envoi n'est pas celui du ministère. S'il l'est, renvoyez-le depuis le dossier du "
            "ministère, ou demandez au fonds d'ouvrir ce droit au dossier de l'expéditeur.",
        ],
        feed,
    )


def _body(feed: Feed, told: dict[str, Any], files: tuple[Path, ...], left_out: list[str], *, is_update: bool) -> str:
    opening = f"Votre fichier « {told['file_name']} », {_received(told)}, a été lu."
    if is_update:
        opening += " Ce message remplace le précédent : le résultat a changé depuis."
    paragraphs = [opening, *told["lines"], *(f"À faire : {action}" for action in told["actions"])]
    if files:
        paragraphs.append(f"En pièces jointes : {', '.join(path.name for path in files)}.")
    if left_out:
        paragraphs.append(f"Trop volumineux pour ce message, à demander à votre correspondant : {', '.join(left_out)}.")
    return _paragraphs(paragraphs, feed)


def _received(told: dict[str, Any]) -> str:
    return f"reçu le {french.instant(dt.datetime.fromisoformat(told['received_at']))} (heure de Paris)"


def _paragraphs(texts: list[str], feed: Feed) -> str:
    signed = [*texts, f"Message automatique ({feed.title_fr})."]
    return "\n".join(f"<p>{html.escape(one_line(text))}</p>" for text in signed)


def _attachments(folder: Path) -> tuple[tuple[Path, ...], list[str]]:
    """The page first, then the rest by name, as far as they fit in one message; and the names of what does not."""
    files = sorted(
        (path for path in folder.iterdir() if path.is_file() and path.name != RECORD),
        key=lambda path: (path.name != INDEX, path.name),
    )
    room, kept, left_out = MOST_BYTES, [], []
    for path in files:
        size = path.stat().st_size
        if size <= room:
            kept.append(path)
            room -= size
        else:
            left_out.append(path.name)
    return tuple(kept), left_out


def _sent(record: Path) -> dict[str, dict[str, str]]:
    try:
        known: dict[str, dict[str, str]] = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return known

"""Which senders are still to be told of their file's feedback, and what was sent to whom. Sends nothing itself.

What a letter says is kept in the feedback folder, so that it is what the page says; what was sent is kept apart from
it, in `data/mails/<feed>/<receipt>.json`, because a feedback folder is made anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
from collections.abc import Iterable, Iterator
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
    contacts = feed.contacts or {}
    addresses = contacts.get(told["ministry_code"] or DEFAULT) or contacts.get(DEFAULT, ())
    verdict = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    folder = record.parent
    sent_record = settings.mails_dir / feed.id / f"{folder.name}.json"
    known = _sent(sent_record)
    files, left_out = _attachments(folder)
    for address in addresses:
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


def _body(feed: Feed, told: dict[str, Any], files: tuple[Path, ...], left_out: list[str], *, is_update: bool) -> str:
    received = french.instant(dt.datetime.fromisoformat(told["received_at"]))
    opening = f"Votre fichier « {told['file_name']} », reçu le {received} (heure de Paris), a été lu."
    if is_update:
        opening += " Ce message remplace le précédent : le résultat a changé depuis."
    paragraphs = [opening, *told["lines"], *(f"À faire : {action}" for action in told["actions"])]
    if files:
        paragraphs.append(f"En pièces jointes : {', '.join(path.name for path in files)}.")
    if left_out:
        paragraphs.append(f"Trop volumineux pour ce message, à demander à votre correspondant : {', '.join(left_out)}.")
    paragraphs.append(f"Message automatique ({feed.title_fr}).")
    return "\n".join(f"<p>{html.escape(one_line(text))}</p>" for text in paragraphs)


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

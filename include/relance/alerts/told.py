"""What was told of which cause, in `data/alerts/<key>.json`: a cause that stands is told once by each channel.

Deleting a file has its cause told again. A run killed between sending and noting tells twice, rather than never.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import asof
from relance.files import locked, write_json
from relance.settings import Settings

if TYPE_CHECKING:
    from relance.alerts.cause import Cause

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """What goes out: `text` is the whole of it in lines, `fields` the same for programs."""

    subject: str
    text: str
    fields: dict[str, str | None]

    @property
    def html(self) -> str:
        """The same, for a mail; an address is a link."""
        lines = (html.escape(line) for line in self.text.splitlines())
        return "\n".join(f"<p>{re.sub(r'(https?://[^ ]+)', _LINK, line)}</p>" for line in lines)


_LINK = r'<a href="\1">\1</a>'
Channels = Mapping[str, Callable[[Message], None]]


def tell(settings: Settings, cause: Cause, channels: Channels) -> list[str]:
    """Send a cause by each channel that was not told it yet; the names of those that were now.

    What a channel raises is logged by its type, since its text may hold an address that is a secret, and never
    raised: that channel is tried again when the cause comes up the next time.
    """
    if not channels:
        log.warning("Told nobody: %s. No channel for alerts is configured (docs/operations.md#alerts).", cause.title)
        return []
    with locked(settings.alerts_dir / ".lock"):
        path = settings.alerts_dir / f"{_file_name(cause.key)}.json"
        known = _read(path)
        is_new = known is None or bool(set(cause.items) - set(known["items"]))
        told = [] if known is None or is_new else list(known["told"])
        waiting = {name: send for name, send in channels.items() if name not in told}
        record = {
            "key": cause.key,
            "title": cause.title,
            "sentence": cause.sentence,
            "items": list(cause.items),
            "owner": cause.owner,
            "runbook": cause.runbook,
            "since": asof.now().isoformat() if known is None else known["since"],
            "told": told,
            "is_mended": False,
        }
        if told:
            write_json(path, record)
        sent = []
        # Noted after each way: of a task that is ended while a mail server does not answer, the webhook was told.
        for name in _send(_message(settings, cause), waiting):
            sent.append(name)
            write_json(path, {**record, "told": sorted({*told, *sent})})
        if not waiting:
            log.info("Told before, and not again: %s", cause.title)
    return sent


def mend(
    settings: Settings, channels: Callable[[], Channels], *, owner: str | None = None, key: str | None = None
) -> list[str]:
    """Say that what a task (`owner`) had been told to have failed on, or a `key`, is mended; the titles of it.

    A channel that it does not go by is told the next time that something is mended or told of the same cause.
    """
    mended = []
    # Asked after every task: without anything that stands nothing is locked, and no connection looked for.
    for path in [path for path, record in _records(settings) if _is_of(record, owner, key)]:
        with locked(settings.alerts_dir / ".lock"):
            record = _read(path)
            if record is None:
                continue
            ways = {name: send for name, send in channels().items() if name in record["told"]}
            left = set(ways) - set(_send(_mended_message(record), ways))
            if left:
                write_json(path, {**record, "told": sorted(left), "is_mended": True})
            else:
                path.unlink(missing_ok=True)
            mended.append(record["title"])
    return mended


def standing(settings: Settings) -> list[dict[str, Any]]:
    """What was told and is not mended, oldest first."""
    return sorted(
        (one for _, one in _records(settings) if not one.get("is_mended")), key=lambda record: str(record["since"])
    )


def _send(message: Message, channels: Channels) -> Iterator[str]:
    """Send by each channel in turn; the names of those by which it went, as it goes."""
    for name, send in channels.items():
        try:
            send(message)
        except Exception as error:  # an alert that does not go must not fail what it tells of
            log.warning("The alert « %s » did not go by %s (%s).", message.subject, name, type(error).__name__)
        else:
            log.info("Told by %s: %s", name, message.subject)
            yield name


def _message(settings: Settings, cause: Cause) -> Message:
    runbook = f"{settings.runbook_url}#{cause.runbook}"
    lines = [cause.title, "", cause.sentence, ""]
    if cause.url:
        lines.append(f"Run: {cause.url}")
    lines.append(f"Runbook: {runbook}")
    fields = {"title": cause.title, "sentence": cause.sentence, "run_url": cause.url, "runbook_url": runbook}
    return Message(f"[relance] {cause.title}", "\n".join(lines), {"kind": "alert", **fields})


def _mended_message(record: dict[str, Any]) -> Message:
    title = f"Mended: {record['title']}"
    text = f"{title}\n\nIt was told first at {record['since'][:16]} UTC, and is so no longer."
    return Message(f"[relance] {title}", text, {"kind": "mended", "title": title})


def _records(settings: Settings) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(settings.alerts_dir.glob("[!.]*.json")):
        if (record := _read(path)) is not None:
            yield path, record


def _is_of(record: dict[str, Any], owner: str | None, key: str | None) -> bool:
    return (owner is not None and record["owner"] == owner) or (key is not None and record["key"] == key)


def _read(path: Path) -> dict[str, Any] | None:
    """What was told, or None; a record that cannot be read is as none: its cause is told again."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {name: record[name] for name in ("key", "title", "items", "owner", "since", "told")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read (%s): what it told is told again.", path, error)
        return None
    return {**record, **known}


def _file_name(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", key)

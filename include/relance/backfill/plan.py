"""What a backfill would do, said before it does anything: for each night what is published, and what would change.

Only what goes in is looked at (files, feeds, contracts, code), since what comes out is a function of that; nothing is
built. Files that were never parsed are parsed on the way, which any night would do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from relance import asof
from relance.errors import NothingReceivedError
from relance.publication.current import last_revision, read_publication
from relance.settings import Settings

NEW, REVISION, SAME, NOTHING = "new", "revision", "unchanged", "empty"
# Where the feedback lies is no input of a figure.
NOT_COMPARED = ("feedback_path",)


@dataclass(frozen=True)
class Forecast:
    """One night: `standing` names its last revision, `expected` is one of the words above, `why` what differs."""

    date: dt.date
    standing: str | None
    expected: str
    why: str


def forecasts(settings: Settings, dates: Iterable[dt.date]) -> Iterator[Forecast]:
    """What is to be expected of each night."""
    from relance.gate.hold import counted_entries
    from relance.warehouse.manifest import manifest_of

    for date in dates:
        as_of = asof.night_of(date)
        folder = last_revision(settings.publications_dir, as_of)
        name = None if folder is None else f"{date}/{folder.name}"
        try:
            manifest = manifest_of(settings, "", as_of, counted_entries(settings, as_of))
        except NothingReceivedError as error:
            yield Forecast(date, name, NOTHING, str(error).split(":")[0])
            continue
        if folder is None:
            yield Forecast(date, None, NEW, f"{len(manifest['receipts'])} files received by then")
            continue
        why = differences(read_publication(folder) or {}, manifest)
        yield Forecast(date, name, REVISION if why else SAME, ", ".join(why) or "same files, same code")


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What of the inputs differs between two manifests of the same date, in words; empty where nothing does."""
    from relance.warehouse.manifest import moved_code

    sides = [{one["receipt_id"]: _compared(one) for one in manifest.get("receipts", ())} for manifest in (before, now)]
    files = sum(sides[0].get(one) != sides[1].get(one) for one in {*sides[0], *sides[1]})
    is_program_moved, reference = moved_code(before.get("code", {}), now["code"])
    said = {
        f"{files} file{'s' if files > 1 else ''} received or read otherwise": files > 0,
        "other contracts": before.get("contract_version") != now["contract_version"],
        "feeds looked at otherwise": before.get("feeds") != now["feeds"],
        f"other figures in {', '.join(reference)}": bool(reference),
        "other code": is_program_moved,
    }
    return [what for what, is_so in said.items() if is_so]


def _compared(receipt: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in receipt.items() if name not in NOT_COMPARED}

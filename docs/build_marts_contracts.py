"""Writes docs/marts-contracts.json, what readers of the marts were promised: `python docs/build_marts_contracts.py`.

The version policy is in docs/bi.md. A mart or a column enters with its line in docs/marts-changelog.md; what breaks a
promise is refused here, and a test refuses it too, so that writing the file again cannot hide it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages import published_marts, write

DOCS = Path(__file__).parent
PAGE = DOCS / "marts-contracts.json"
CHANGELOG = DOCS / "marts-changelog.md"
# How long a mart that another replaces goes on being published.
KEPT_DAYS = 183
ADDED, TIGHTENED, REPLACED, REMOVED = "Added", "Tightened", "Replaced", "Removed"

Contract = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A line of the changelog: `name` is a mart (`fund.fct_award`) or one of its columns (`fund.fct_award.period`)."""

    day: dt.date
    verb: str
    name: str


def contracts(marts: dict[str, dict[str, Any]]) -> dict[str, Contract]:
    """Of each mart what readers may rely on: its key, and of each column type, unit and whether it is always there."""
    return {
        name: {
            "key": mart["key"],
            "columns": {
                column["name"]: {
                    "type": column["data_type"],
                    "unit": column["unit"],
                    "is_required": column["name"] in mart["key"] or column.get("is_required", False),
                }
                for column in mart["columns"]
            },
        }
        for name, mart in sorted(marts.items())
    }


def read_changelog(text: str) -> list[Entry]:
    """The entries, in the order of the page."""
    entries, day = [], None
    for line in text.splitlines():
        if heading := re.fullmatch(r"## (\d{4}-\d\d-\d\d)", line):
            day = dt.date.fromisoformat(heading[1])
        elif day and (told := re.match(rf"- ({ADDED}|{TIGHTENED}|{REPLACED}|{REMOVED}) ([^:]+)", line)):
            entries += [Entry(day, told[1], name) for name in re.findall(r"`([\w.]+)`", told[2])]
    return entries


def broken(promised: dict[str, Contract], published: dict[str, Contract], log: list[Entry]) -> Iterator[str]:
    """A sentence for each promise that is not kept."""
    for mart, before in promised.items():
        now = published.get(mart)
        if now is None:
            if not _may_go(mart, log):
                yield (
                    f"{mart} is no longer published (removed, or renamed). Publish it again; to withdraw it, announce "
                    f"it in the changelog (- {REPLACED} `{mart}`: by which, until when), and remove it "
                    f"{KEPT_DAYS} days later with a line of its own (- {REMOVED} `{mart}`)."
                )
            continue
        for what in _differences(before, now):
            yield (
                f"{mart}{what}. What reads it would break: leave {mart} as it was, publish the change as "
                f"{_next(mart)} beside it, and write both in the changelog (docs/bi.md, Versions)."
            )


def _differences(before: Contract, now: Contract) -> Iterator[str]:
    if before["key"] and before["key"] != now["key"]:
        yield f": the key was ({', '.join(before['key'])}) and is ({', '.join(now['key'])})"
    for name, was in before["columns"].items():
        column = now["columns"].get(name)
        if column is None:
            yield f".{name} is no longer there (removed, or renamed)"
            continue
        for aspect in ("type", "unit"):
            if was[aspect] != column[aspect]:
                yield f".{name}: the {aspect} was {was[aspect]} and is {column[aspect]}"
        if was["is_required"] and not column["is_required"]:
            yield f".{name} could not be null, and now can"


def unannounced(promised: dict[str, Contract], published: dict[str, Contract], log: list[Entry]) -> Iterator[str]:
    """A sentence for each addition that the changelog does not name."""
    told = {(entry.verb, entry.name) for entry in log}
    for mart, now in published.items():
        before = promised.get(mart)
        if before is None:
            if (ADDED, mart) not in told:
                yield f"{mart} is new: {_write(ADDED, mart)}"
            continue
        for name, column in now["columns"].items():
            was = before["columns"].get(name)
            if was is None and (ADDED, f"{mart}.{name}") not in told:
                yield f"{mart}.{name} is new: {_write(ADDED, f'{mart}.{name}')}"
            if was and column["is_required"] and not was["is_required"] and (TIGHTENED, f"{mart}.{name}") not in told:
                yield f"{mart}.{name} can no longer be null: {_write(TIGHTENED, f'{mart}.{name}')}"


def _write(verb: str, name: str) -> str:
    return f"write it in docs/{CHANGELOG.name} under today's date (- {verb} `{name}`: what it says)."


def _may_go(mart: str, log: list[Entry]) -> bool:
    days = {
        verb: entry.day for entry in log for verb in (REPLACED, REMOVED) if (entry.verb, entry.name) == (verb, mart)
    }
    return len(days) == 2 and (days[REMOVED] - days[REPLACED]).days >= KEPT_DAYS


def _next(mart: str) -> str:
    stem, _, number = mart.rpartition("_v")
    return f"{stem}_v{int(number) + 1}" if number.isdecimal() else f"{mart}_v2"


def problems(promised: dict[str, Contract]) -> list[str]:
    """What is to be done before the contracts of this checkout may be published, given what was promised."""
    published, log = contracts(published_marts()), read_changelog(CHANGELOG.read_text(encoding="utf-8"))
    return [*broken(promised, published, log), *unannounced(promised, published, log)]


def promises() -> dict[str, Contract]:
    """What was promised; nothing, before the file is written for the first time."""
    return json.loads(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}


def page() -> str:
    """The whole file, a line a column."""
    return "{\n" + ",\n".join(_written(*each) for each in contracts(published_marts()).items()) + "\n}\n"


def _written(mart: str, contract: Contract) -> str:
    columns = ",\n".join(f"    {json.dumps(name)}: {json.dumps(each)}" for name, each in contract["columns"].items())
    return f'  {json.dumps(mart)}: {{"key": {json.dumps(contract["key"])}, "columns": {{\n{columns}\n  }}}}'


if __name__ == "__main__":
    if found := problems(promises()):
        sys.exit("\n".join(["The contracts of the marts are not written:", *found]))
    write(PAGE, page())

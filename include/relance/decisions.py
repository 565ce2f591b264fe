"""What became of a build, in small files in its folder: the audit's verdict, a person's decision, nothing new in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from relance import asof
from relance.errors import PublicationHeldError, RelanceError
from relance.files import write_json, write_once

VERDICT_FILE = "verdict.json"
DECISION_FILE = "decision.json"
UNCHANGED_FILE = "unchanged.json"
APPROVED, REJECTED = "approved", "rejected"


def require_approval(build_dir: Path) -> None:
    """Raise `PublicationHeldError`, with the sentences that hold it, when a build waits or was rejected."""
    verdict, decision = read_verdict(build_dir), read_decision(build_dir)
    if verdict is None or verdict["outcome"] != "hold" or (decision and decision["decision"] == APPROVED):
        return
    if decision is None:
        said = "the audit holds this build until somebody decides"
        todo = (
            f'Decide: `relance approve {build_dir.name} --reason "…"` publishes it with that reason, `relance reject` '
            "does not. Or have the file corrected, or register the difference in "
            "expectations/accepted_differences.yml with its reason, and run again; the last publication stays current."
        )
    else:
        said = f"{decision['who']} rejected this build ({decision['reason']})"
        todo = "Have the file corrected and run again; the last publication stays current."
    raise PublicationHeldError(f"Nothing is published: {said}.\n{as_list(verdict['sentences'])}\n{todo}")


def as_list(sentences: Iterable[str]) -> str:
    """Sentences, one a line."""
    return "\n".join(f"  - {sentence}" for sentence in sentences)


def as_markdown(sentences: Iterable[str]) -> str:
    """Sentences as a Markdown list that shows them as they are."""
    return as_list(map(plain_markdown, sentences))


def plain_markdown(text: str) -> str:
    """Markdown that shows a text as it is: the name of a file must not become a link."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def read_prepared(build_dir: Path) -> dict[str, Any] | None:
    """The manifest that a build was prepared with, or None."""
    return _read_json(build_dir / "manifest.json")


def read_verdict(build_dir: Path) -> dict[str, Any] | None:
    """What the audit said of a build, or None where it was not audited."""
    return _read_json(build_dir / VERDICT_FILE)


def read_decision(build_dir: Path) -> dict[str, Any] | None:
    """What a person decided of a held build: `decision`, `who`, `at`, `reason`, `by`; None where nobody did."""
    return _read_json(build_dir / DECISION_FILE)


def read_unchanged(build_dir: Path) -> Path | None:
    """The revision that a backfilled build found to hold the same marts already, None where it made one of its own."""
    record = _read_json(build_dir / UNCHANGED_FILE)
    return None if record is None else (build_dir / record["publication"]).resolve()


def unchanged_sentence(build_dir: Path) -> str | None:
    """Why a backfilled build made no revision of its own, None where it made one."""
    standing = read_unchanged(build_dir)
    if standing is None:
        return None
    return f"the marts are those of {standing.parent.name}/{standing.name}, byte for byte: no new revision"


def write_unchanged(build_dir: Path, publication: Path) -> None:
    """Note the revision that holds the same marts as a build: none is made of it."""
    record = {"publication": os.path.relpath(publication.resolve(), build_dir.resolve())}
    write_json(build_dir / UNCHANGED_FILE, record)


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def decide(build_dir: Path, decision: str, who: str, reason: str, by: str) -> dict[str, Any]:
    """Keep what a person (or, after the set time, nobody) decided of a held build: `approved` or `rejected`.

    The first decision stands: it is returned, whoever asks later. Raises `RelanceError` when there is no such build,
    when its audit does not hold it, or when no reason is given.
    """
    verdict = read_verdict(build_dir)
    if verdict is None or verdict["outcome"] != "hold":
        found = (
            "there is no audited build of that name" if verdict is None else f"its audit says {verdict['outcome']!r}"
        )
        raise RelanceError(
            f"The build {build_dir.name} waits for no decision: {found}. `relance holds` lists those that wait."
        )
    if not reason.strip():
        raise RelanceError("A decision needs its reason: say why in a few words (--reason). It is published.")
    record = {"decision": decision, "who": who, "at": asof.now().isoformat(), "reason": reason.strip(), "by": by}
    if not write_once(build_dir / DECISION_FILE, record):
        standing = read_decision(build_dir)
        if standing is None:
            raise RelanceError(f"The decision of {build_dir.name} was removed while it was read. Decide again.")
        return standing
    return record


def held_by(build_dir: Path) -> list[str] | None:
    """The sentences that hold a build on which nobody has decided yet; None where it waits for no decision."""
    verdict = read_verdict(build_dir)
    if verdict is None or verdict["outcome"] != "hold" or read_decision(build_dir) is not None:
        return None
    return list(verdict["sentences"])


def waiting(builds_dir: Path) -> list[dict[str, Any]]:
    """The builds that wait for a decision, oldest first: `build_id`, `as_of` and the sentences that hold each."""
    found = []
    for build_dir in sorted(builds_dir.glob("[!.]*")):
        if (sentences := held_by(build_dir)) is not None:
            manifest = read_prepared(build_dir) or {}
            found.append({"build_id": build_dir.name, "as_of": manifest.get("as_of"), "sentences": sentences})
    return found

"""A file to answer for: what parsing made of it, and what the warehouse makes of that."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from relance.feedback.changes import Changes
from relance.parsing import ParsedFile

COUNTED, SUPERSEDED, SET_ASIDE, UNDECIDED = "counted", "superseded", "set_aside", "undecided"
PENDING, REJECTED = "pending", "rejected"


@dataclass(frozen=True)
class Found:
    """What a control of the register found of the file: its French sentence."""

    control_id: str
    sentence: str
    can_be_accepted: bool = True


@dataclass(frozen=True)
class Decided:
    """What a person decided of the file: `accepted` or `rejected`, who, when, why."""

    decision: str
    who: str
    at: dt.datetime
    reason: str


@dataclass(frozen=True)
class Sent:
    """One file, as received; `file_name` may be `archive.zip/folder/file.xlsx`.

    `path` is where its bytes lie (None where they could not be unpacked), `counted` the tables that count, `undecided`
    those that another file sent with it has as well, where nobody can tell which of them is the later one;
    `edition` is `YYYY-MM`. `allowed_ministries` are the codes that its sender may speak for (none: any), and
    `claimed_ministry_code` another one that it claims, for which it was set aside. `findings` are what holds the file,
    `warnings` what was found of it that does not, `meanwhile` name and period of the files that count in its place.
    `as_of` is the instant that `status` speaks of. Without `received_at` and `as_of` it is a file that its sender has
    checked before sending it: `findings` would hold it then, and `is_compared` says whether a publication was at hand,
    `changes` what the file changes against it.
    """

    file_name: str
    kind: str
    parsed: ParsedFile
    path: Path | None
    status: str
    reason: str | None = None
    notes: tuple[str, ...] = ()
    counted: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    is_stale: bool = False
    ministry_code: str | None = None
    period: str | None = None
    edition: str | None = None
    allowed_ministries: tuple[str, ...] = ()
    claimed_ministry_code: str | None = None
    findings: tuple[Found, ...] = ()
    warnings: tuple[Found, ...] = ()
    decision: Decided | None = None
    meanwhile: tuple[tuple[str, str | None], ...] = ()
    changes: Changes | None = None
    is_compared: bool = False
    received_at: dt.datetime | None = None
    as_of: dt.datetime | None = None

    @property
    def is_read(self) -> bool:
        """Whether there are tables to tell of, counting or not."""
        return bool(self.parsed.facts["tables"])

    @property
    def base_name(self) -> str:
        return PurePosixPath(self.file_name).name

    @property
    def state(self) -> str:
        """A hash of all that its feedback shows but the date: the feedback is made again when it changes."""
        shown = [
            self.file_name, self.kind, self.parsed.facts["sha256"], self.parsed.facts["contract_version"],
            self.path is None, self.status, self.reason, self.notes, sorted(self.counted), sorted(self.undecided),
            self.is_stale, self.allowed_ministries, self.claimed_ministry_code,
            self.ministry_code, self.period, self.edition, str(self.received_at), _own_version(),
            [asdict(found) for found in (*self.findings, *self.warnings)], len(self.findings), str(self.decision),
            self.meanwhile,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@cache
def _own_version() -> str:
    """A hash of what writes the feedback: a page that another version wrote is made again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in {".py", ".jinja"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()

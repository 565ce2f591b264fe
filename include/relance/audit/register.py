"""Reads the register of controls and the accepted differences; a defect in either is said, never guessed around."""

from __future__ import annotations

import datetime as dt
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from relance.audit.units import UNITS, Unit
from relance.audit.verdict import BLOCK, HOLD, WARNING
from relance.errors import RelanceError

CHANGES = "changes"
# What causes what a control finds.
FILE, EDITION, PUBLICATION = "file", "edition", "publication"
CONCERNS = (FILE, EDITION, PUBLICATION)
# Each area with its French name, in the order of the pages.
AREAS = {
    "fund": "Le fonds",
    "projects": "Les projets",
    "submissions": "Les fichiers reçus",
    "consistency": "La cohérence des tables",
    CHANGES: "Ce qui change depuis la publication précédente",
}
EQUAL, AT_MOST = "equal", "at_most"
COMPARISONS = (EQUAL, AT_MOST)
SEVERITIES = (WARNING, HOLD, BLOCK)
EVERY_SUBJECT, EXCEPTIONS = "every_subject", "exceptions"
PER_SUBJECT = "per_subject"
# Above this, a control's exceptions are counted and no longer listed one by one.
LISTED_EXCEPTIONS = 200


@dataclass(frozen=True)
class Floor:
    """The rows that a control must have looked at: a number, or what `floors/<query>.sql` counts.

    `when_zero` is the French sentence for a night on which none is legitimate; without it, none is a block.
    """

    rows: int | None = None
    query: str | None = None
    when_zero: str | None = None


@dataclass(frozen=True)
class Guard:
    """The figure of a control, `expected` or `actual`, that cannot be negative, and the French sentence for it."""

    never_negative: str
    statement: str


@dataclass(frozen=True)
class Control:
    """One entry of the register; the fields are explained at the head of `expectations/controls.yml`.

    `tolerance` is in integer units of `unit`; None means that the measure gives one for each subject.
    """

    id: str
    area: str
    concerns: str
    statement: str
    unit: str
    comparison: str
    tolerance: int | None
    severity: str
    source: str
    floor: Floor
    finding: str
    to_do: str
    guard: Guard | None = None
    report: str = EVERY_SUBJECT
    when_expected_unknown: str | None = None

    @property
    def in_unit(self) -> Unit:
        return UNITS[self.unit]

    @property
    def holds_files(self) -> bool:
        """Whether it is measured before the build too, and sets the file that causes a finding pending."""
        return self.concerns == FILE and self.severity != WARNING

    @property
    def warns_of_files(self) -> bool:
        """Whether what it finds is the doing of one file, which counts all the same."""
        return self.concerns == FILE and self.severity == WARNING

    @property
    def measure_name(self) -> str:
        return self.id.replace("-", "_")


@dataclass(frozen=True)
class AcceptedDifference:
    """A disagreement of the sources that somebody accepted: this exact difference (actual - expected), no other.

    It counts for as-of dates until `review_by`; from the day after, somebody has to accept it anew. What was accepted
    of a file stands without such a day (`review_by` None) for as long as the file is that one.
    """

    control_id: str
    subject: str
    difference: int
    reason: str
    source: str
    accepted_by: str
    accepted_on: dt.date
    review_by: dt.date | None

    def explains(self, difference: int, as_of: dt.date) -> bool:
        """Whether this very difference is accepted on that date."""
        return difference == self.difference and (self.review_by is None or as_of <= self.review_by)


def load_controls(expectations_dir: Path) -> list[Control]:
    """The register, in its own order. Raises `RelanceError` naming the entry and the field at fault."""
    path = expectations_dir / "controls.yml"
    controls = [_control(entry, path) for entry in _entries(path, "controls")]
    if not controls:
        raise RelanceError(f"{path} registers no control: an audit that looks at nothing proves nothing.")
    _refuse_twice(path, [control.id for control in controls])
    return controls


def load_accepted(expectations_dir: Path, controls: list[Control]) -> dict[tuple[str, str], AcceptedDifference]:
    """The accepted differences by control and subject. Raises `RelanceError` on one that can match nothing."""
    path = expectations_dir / "accepted_differences.yml"
    by_id = {control.id: control for control in controls}
    accepted = [_accepted(entry, path, by_id) for entry in _entries(path, "accepted_differences")]
    _refuse_twice(path, [f"{entry.control_id} / {entry.subject}" for entry in accepted])
    return {(entry.control_id, entry.subject): entry for entry in accepted}


def _entries(path: Path, key: str) -> list[dict[str, Any]]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise RelanceError(f"{path} is missing: the audit has nothing to go by. Restore it from git.") from error
    except yaml.YAMLError as error:
        raise RelanceError(f"{path} is not readable as YAML: {error}") from error
    entries = content.get(key) if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RelanceError(f"{path}: expected a list of entries under `{key}`, found {type(entries).__name__}.")
    return entries


def _control(entry: dict[str, Any], path: Path) -> Control:
    where = f"{path}, control {entry.get('id', '(without id)')}"
    _check_fields(entry, Control, where)
    _check_one_of(entry, "area", tuple(AREAS), where)
    _check_one_of(entry, "concerns", CONCERNS, where)
    _check_one_of(entry, "unit", tuple(UNITS), where)
    _check_one_of(entry, "comparison", COMPARISONS, where)
    _check_one_of(entry, "severity", SEVERITIES, where)
    _check_one_of({"report": EVERY_SUBJECT, **entry}, "report", (EVERY_SUBJECT, EXCEPTIONS), where)
    tolerance = None if entry["tolerance"] == PER_SUBJECT else _integer(entry, "tolerance", entry["unit"], where)
    guard = _guard(entry["guard"], where) if "guard" in entry else None
    return Control(**{**entry, "tolerance": tolerance, "floor": _floor(entry["floor"], where), "guard": guard})


def _guard(entry: Any, where: str) -> Guard:
    if not isinstance(entry, dict):
        raise RelanceError(f"{where}: expected `guard` to say `never_negative` and `statement`, found {entry!r}.")
    _check_fields(entry, Guard, f"{where}, guard")
    _check_one_of(entry, "never_negative", ("expected", "actual"), f"{where}, guard")
    return Guard(**entry)


def _floor(entry: Any, where: str) -> Floor:
    if not isinstance(entry, dict):
        raise RelanceError(f"{where}: expected `floor` to say `rows` or `query`, found {entry!r}.")
    _check_fields(entry, Floor, f"{where}, floor")
    floor = Floor(**entry)
    if (floor.rows is None) == (floor.query is None):
        raise RelanceError(f"{where}: expected `floor` to say either `rows` or `query`, found {entry!r}.")
    if floor.rows is not None and floor.rows < 1:
        raise RelanceError(f"{where}: a floor of {floor.rows} rows lets an empty table pass; expected 1 or more.")
    return floor


def _accepted(entry: dict[str, Any], path: Path, controls: dict[str, Control]) -> AcceptedDifference:
    where = f"{path}, {entry.get('control_id')} / {entry.get('subject')}"
    _check_fields(entry, AcceptedDifference, where)
    control = controls.get(entry["control_id"])
    if control is None:
        raise RelanceError(f"{where}: the register has no control of this id.")
    if control.severity != HOLD:
        raise RelanceError(
            f"{where}: a difference of this control cannot be accepted, its severity is {control.severity}; "
            "only one that holds can."
        )
    if not isinstance(entry["subject"], str):
        raise RelanceError(f"{where}: the subject must be text; put it in quotes.")
    for name in ("accepted_on", "review_by"):
        if not isinstance(entry[name], dt.date):
            raise RelanceError(f"{where}: expected a date such as 2027-06-30 for `{name}`, found {entry[name]!r}.")
    difference = _integer(entry, "difference", control.unit, where)
    if difference == 0:
        raise RelanceError(f"{where}: a difference of 0 is no difference; remove the entry.")
    return AcceptedDifference(**{**entry, "difference": difference})


def _check_fields(entry: dict[str, Any], kind: type, where: str) -> None:
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(entry) - set(known))
    missing = sorted(name for name, field in known.items() if _is_required(field) and entry.get(name) in (None, ""))
    if unknown or missing:
        raise RelanceError(f"{where}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}.")


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _check_one_of(entry: dict[str, Any], name: str, allowed: tuple[str, ...], where: str) -> None:
    if entry[name] not in allowed:
        raise RelanceError(f"{where}: `{name}` is {entry[name]!r}, expected one of {', '.join(allowed)}.")


def _integer(entry: dict[str, Any], name: str, unit: str, where: str) -> int:
    value = entry[name]
    if not isinstance(value, str):
        # YAML would make a binary float of 0.05.
        raise RelanceError(f'{where}: write `{name}` in quotes ("{value}"), so that no digit of it is lost.')
    try:
        return UNITS[unit].integer(value)
    except (ArithmeticError, ValueError) as error:
        raise RelanceError(f"{where}: `{name}` is {value!r}, expected an exact number of {unit} ({error}).") from error


def _refuse_twice(path: Path, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RelanceError(f"{path} has more than one entry for {', '.join(twice)}: keep one of each.")

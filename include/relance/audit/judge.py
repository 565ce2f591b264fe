"""What is allowed, in integers, and the results in French of what was judged. Pure: no file, no clock.

An audit's findings are the rows that Great Expectations finds beyond their bounds. Before a build the bounds are
compared here, by `failures`: loading Great Expectations for it would take longer than all else that `relance check`
and `relance status` do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from relance import french
from relance.audit.measure import MeasureError, Measurement
from relance.audit.register import AT_MOST, EQUAL, EXCEPTIONS, LISTED_EXCEPTIONS, AcceptedDifference, Control, Guard
from relance.audit.units import UNITS
from relance.audit.verdict import ALL, BLOCK, PASS, WARNING, ControlResult

if TYPE_CHECKING:
    from relance.audit.measure import Integers

Accepted = Mapping[tuple[str, str], AcceptedDifference]

# What a measure may say of its figures beside them, and its words.
AT_RISK = "at_risk"
AT_RISK_WORDS = {
    "rejected_eur": "rejetés",
    "without_award_eur": "sans subvention",
    "pending_eur": "en attente d'une décision",
    "stale_eur": "repris d'un fichier antérieur",
    "carried_forward_eur": "reportés d'une période antérieure",
}
FIGURE_WORDS = {"awarded": "accordé", "committed": "engagé", "paid": "payé"}


@dataclass(frozen=True)
class Bounds:
    """What is allowed for each subject, in integer units.

    `explained` are the positions of those whose difference is beyond the tolerance, and accepted.
    """

    lowest: Integers
    highest: Integers
    explained: tuple[int, ...]


def bounds_of(control: Control, measured: Measurement, accepted: Accepted, as_of: dt.date) -> Bounds:
    """What the tolerance allows; where it is exceeded by exactly an accepted difference, that very figure."""
    import numpy as np

    highest = measured.expected + measured.tolerance
    if control.comparison == EQUAL:
        lowest = measured.expected - measured.tolerance
    else:
        lowest = np.full(len(measured), np.iinfo(np.int64).min, np.int64)
    explained = []
    subjects = measured.table.column("subject").to_pylist() if _has_accepted(control, accepted) else []
    for at, subject in enumerate(subjects):
        entry = accepted.get((control.id, subject)) if measured.known[at] else None
        difference = int(measured.actual[at] - measured.expected[at])
        if entry is not None and entry.explains(difference, as_of):
            if not _is_within(control, difference, int(measured.tolerance[at])):
                explained.append(at)
            lowest[at] = highest[at] = measured.actual[at]
    return Bounds(lowest, highest, tuple(explained))


def judge(
    control: Control, measured: Measurement, bounds: Bounds, failing: Collection[int], accepted: Accepted
) -> list[ControlResult]:
    """The results of one control: one a subject, or one for all rows and one for each that fails.

    `failing` are the positions of the subjects that are not within their bounds.
    """
    if control.report == EXCEPTIONS:
        return _exceptions(control, measured, bounds, sorted(failing), accepted)
    return [_result(control, measured, at, at in failing, accepted) for at in range(len(measured))]


def not_measured(control: Control, reason: str) -> ControlResult:
    """The result of a control that could not be measured: nothing is known, so nothing is published."""
    return _whole(control, BLOCK, None, None, f"{_named(control)} n'a pas pu être fait : {reason}.")


def under_floor(control: Control, rows: int, floor: int) -> ControlResult:
    """The result of a control that saw fewer rows than it must have."""
    sentence = (
        f"{_named(control)} n'a porté que sur {french.count(rows, 'ligne')}, pour un plancher de "
        f"{french.count(floor)} : des données manquent dans la base construite."
    )
    return _whole(control, BLOCK, floor, rows, sentence)


def not_evaluated(control: Control) -> ControlResult:
    """The result of a control with nothing to look at, on a night on which the register allows that."""
    sentence = f"Contrôle non évalué : {control.statement} {control.floor.when_zero}"
    return _whole(control, WARNING, 0, 0, sentence)


def not_judged(control: Control, found: str) -> ControlResult:
    """The result of a control that Great Expectations did not judge, or not on the rows that were measured."""
    return _whole(control, BLOCK, None, None, f"{_named(control)} se contredit : {found}.")


def guarded(control: Control, guard: Guard) -> ControlResult:
    """The result of a control with a figure that is negative and never is."""
    sentence = f"{_named(control)} porte sur un chiffre impossible : {guard.statement}"
    return _whole(control, BLOCK, None, None, sentence)


def _exceptions(
    control: Control, measured: Measurement, bounds: Bounds, failing: list[int], accepted: Accepted
) -> list[ControlResult]:
    looked = french.count(measured.rows, "ligne")
    known = [_result(control, measured, at, False, accepted) for at in bounds.explained]
    if not failing:
        return known or [_whole(control, PASS, 0, 0, f"Conforme : aucun écart sur {looked}.")]
    # Each exception has its own sentence; the count is said too only where not all are listed.
    listed = [_result(control, measured, at, True, accepted) for at in failing[:LISTED_EXCEPTIONS]]
    count = len(failing) + measured.unlisted
    if count <= LISTED_EXCEPTIONS:
        return [*listed, *known]
    sentence = (
        f"{control.statement} {french.count(count)} lignes en écart sur {looked} ; "
        f"les {LISTED_EXCEPTIONS} premières sont listées."
    )
    return [_whole(control, control.severity, 0, count, sentence), *listed, *known]


@dataclass(frozen=True)
class Failure:
    """A subject whose expectation is not met: its row of the measure, the difference in integer units, the finding."""

    row: Mapping[str, Any]
    difference: int
    finding: str


def failures(control: Control, measured: Measurement, bounds: Bounds) -> list[Failure]:
    """What a control finds before a build, without what to do about it."""
    import numpy as np

    found = []
    within = (measured.actual >= bounds.lowest) & (measured.actual <= bounds.highest)
    for at in np.flatnonzero(~within & measured.known):
        row, expected, actual = measured.row(int(at)), int(measured.expected[at]), int(measured.actual[at])
        values = _values(control, row, expected, actual, int(measured.tolerance[at]))
        found.append(Failure(row, actual - expected, _say(control.finding, values)))
    return found


def _result(control: Control, measured: Measurement, at: int, fails: bool, accepted: Accepted) -> ControlResult:
    row = measured.row(at)
    known, subject = bool(measured.known[at]), str(row["subject"])
    expected, actual = int(measured.expected[at]), int(measured.actual[at])
    tolerance, entry = int(measured.tolerance[at]), accepted.get((control.id, subject))
    values = _values(control, row, expected, actual, tolerance)
    if not known:
        outcome, sentence = WARNING, _say(control.when_expected_unknown or "", values) + values[AT_RISK]
    elif not fails and not _is_within(control, actual - expected, tolerance):
        outcome, sentence = WARNING, f"{_say(control.finding, values)}{values[AT_RISK]} {_say_accepted(entry)}"
    elif fails:
        outcome, sentence = control.severity, _say_failing(control, values, actual - expected, entry)
    elif entry is not None:
        outcome, sentence = WARNING, _say_pointless(control, values, entry) + values[AT_RISK]
    else:
        outcome, sentence = PASS, _say_met(control, values, actual - expected) + values[AT_RISK]
    return ControlResult(
        control_id=control.id,
        area=control.area,
        subject=subject,
        statement=control.statement,
        unit=control.unit,
        expected=expected if known else None,
        actual=actual,
        tolerance=tolerance,
        severity=control.severity,
        outcome=outcome,
        source=control.source,
        sentence=sentence,
    )


def _whole(control: Control, outcome: str, expected: int | None, actual: int | None, sentence: str) -> ControlResult:
    return ControlResult(
        control_id=control.id,
        area=control.area,
        subject=ALL,
        statement=control.statement,
        unit="count",
        expected=expected,
        actual=actual,
        tolerance=0,
        severity=control.severity,
        outcome=outcome,
        source=control.source,
        sentence=sentence,
    )


def _named(control: Control) -> str:
    return f"Le contrôle « {control.statement.rstrip('.')} »"


def _is_within(control: Control, difference: int, tolerance: int) -> bool:
    return difference <= tolerance and (control.comparison == AT_MOST or difference >= -tolerance)


def _has_accepted(control: Control, accepted: Accepted) -> bool:
    return any(control_id == control.id for control_id, _ in accepted)


def _values(control: Control, row: dict[str, Any], expected: int, actual: int, tolerance: int) -> dict[str, str]:
    """What a sentence may name, as French text: the figures, and the measure's details by their suffix."""
    unit = control.in_unit
    difference = actual - expected
    # Two figures that differ must not read the same once rounded.
    is_blurred = difference != 0 and unit.text(expected) == unit.text(actual)
    show = unit.exact_text if is_blurred else unit.text
    details = {name: _detail(name, value) for name, value in row.items() if name != AT_RISK}
    return {
        **details,
        AT_RISK: _say_at_risk(row.get(AT_RISK) or []),
        "expected": show(expected),
        "actual": show(actual),
        "difference": show(abs(difference)),
        "signed_difference": show(difference, signed=True),
        "tolerance": unit.text(tolerance),
    }


def _say_at_risk(risks: list[dict[str, Any]]) -> str:
    """A sentence on what the figures lack, with the space before it; nothing where they lack nothing.

    `risks` are rows of int_money_at_risk__by_subject.
    """
    incomplete = []
    for risk in risks:
        parts = [
            f"{UNITS['euro'].text(int(risk[name] * french.CENTS), signed=name == 'pending_eur')} {words}"
            for name, words in AT_RISK_WORDS.items()
            if risk[name]
        ]
        if risk["rejected_row_count"] and not risk["rejected_eur"]:
            rejected = french.plural("rejetée", risk["rejected_row_count"])
            parts.insert(0, f"{french.count(risk['rejected_row_count'], 'ligne')} {rejected} sans montant lisible")
        if parts:
            incomplete.append(f"{FIGURE_WORDS[risk['figure']]}, {', '.join(parts)}")
    return f" Montants incomplets : {' ; '.join(incomplete)}." if incomplete else ""


def _detail(name: str, value: Any) -> str:
    if value is None:
        return "non renseigné"
    if name.endswith("_cents"):
        return UNITS["euro"].text(int(value))
    if isinstance(value, dt.date):
        return french.month(value) if name.endswith("_month") else french.day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return french.number(value, 0)
    return str(value)


def _say(template: str, values: dict[str, str]) -> str:
    unknown = sorted(field_names(template) - set(values))
    if unknown:
        raise MeasureError(f"sa phrase nomme {', '.join(unknown)}, que sa requête ne donne pas")
    return template.format_map(values)


def field_names(template: str) -> set[str]:
    """The names that a sentence of the register takes from its measure."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _say_met(control: Control, values: dict[str, str], difference: int) -> str:
    if control.comparison == AT_MOST:
        return f"Conforme : {values['actual']}, pour un plafond de {values['expected']}."
    if difference == 0:
        return f"Conforme : {values['actual']}."
    return (
        f"Conforme : {values['actual']} (attendu : {values['expected']}, écart {values['difference']}, "
        f"tolérance {values['tolerance']})."
    )


def _say_failing(control: Control, values: dict[str, str], difference: int, entry: AcceptedDifference | None) -> str:
    parts = [_say(control.finding, values) + values[AT_RISK]]
    if entry is not None and entry.difference == difference and entry.review_by is not None:
        until = french.short_day(entry.review_by)
        parts.append(f"Cet écart n'était accepté que jusqu'au {until} ({entry.reason.rstrip('.')}).")
    elif entry is not None:
        known = control.in_unit.exact_text(entry.difference, signed=True)
        parts.append(f"L'écart accepté est de {known}, celui-ci de {values['signed_difference']} : il est nouveau.")
    parts.append(_say(control.to_do, values))
    return " ".join(parts)


def _say_accepted(entry: AcceptedDifference | None) -> str:
    if entry is None:
        raise AssertionError("bounds wider than the tolerance without an accepted difference")
    until = "" if entry.review_by is None else f", à revoir avant le {french.short_day(entry.review_by)}"
    accepted = f"accepté le {french.short_day(entry.accepted_on)} ({entry.accepted_by})"
    return f"Écart connu, {accepted}{until} : {entry.reason}"


def _say_pointless(control: Control, values: dict[str, str], entry: AcceptedDifference) -> str:
    known = control.in_unit.exact_text(entry.difference, signed=True)
    return (
        f"Conforme : {values['actual']} (attendu : {values['expected']}), alors qu'un écart de {known} est accepté "
        f"pour {values['subject']} : retirer cette entrée de accepted_differences.yml."
    )

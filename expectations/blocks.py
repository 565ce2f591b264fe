"""What every suite is made of: the floor of rows, and the bounds within which the found figure must lie."""

from __future__ import annotations

from great_expectations import ExpectationSuite
from great_expectations import expectations as gxe
from great_expectations.expectations.expectation import Expectation

from relance import french
from relance.audit.register import Control

# Great Expectations' own scale, for its reports; the outcome comes from the register.
SEVERITIES = {"warning": "info", "hold": "warning", "block": "critical"}


class ExpectRowsAtAll(gxe.ExpectTableRowCountToBeBetween):
    """A row at least: every other expectation, a sum between bounds included, is met by a frame without any."""


class ExpectRowsLookedAt(gxe.ExpectColumnSumToBeBetween):
    """At least so many rows, counting those that a row stands for."""


class ExpectFoundWithinBounds(gxe.ExpectColumnPairValuesAToBeGreaterThanB):
    """What was found lies on the right side of a bound, row by row."""


class ExpectFigureNotBelow(gxe.ExpectColumnMinToBeBetween):
    """No figure below a least one: what a subject area knows of its figures beyond the comparison."""


def suite_of(control: Control, floor: int, *more: Expectation) -> ExpectationSuite:
    """The suite of one control: its floor, its bounds, and what its area adds."""
    said = {
        "description": control.statement,
        "severity": SEVERITIES[control.severity],
        "meta": {"control_id": control.id, "source": control.source, "to_do": control.to_do},
    }
    bounds = [("highest", "actual")] + ([("actual", "lowest")] if control.comparison == "equal" else [])
    within = [
        ExpectFoundWithinBounds(column_A=above, column_B=below, or_equal=True, ignore_row_if="neither", **said)
        for above, below in bounds
    ]
    floors = [
        ExpectRowsAtAll(min_value=1, **{**said, "description": "Une ligne au moins a été évaluée."}),
        ExpectRowsLookedAt(
            column="stands_for",
            min_value=floor,
            **{**said, "description": f"Lignes évaluées : au moins {french.count(floor)}."},
        ),
    ]
    return ExpectationSuite(name=control.id, expectations=[*floors, *within, *more])


def not_below(column: str, least: int, control: Control, description: str) -> Expectation:
    """A guard of a subject area, worded in French."""
    return ExpectFigureNotBelow(
        column=column,
        min_value=least,
        description=description,
        severity=SEVERITIES[control.severity],
        meta={"control_id": control.id},
    )

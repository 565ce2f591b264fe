"""Suites of the marts among each other: one total by every path, parts and sums, facts and their dimensions."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of two marts; a slippage may be negative, a count, a cost or a duration is not."""
    if control.unit in ("euro", "ratio"):
        return suite_of(control, floor)
    return suite_of(control, floor, not_below("actual", 0, control, "Aucun nombre ni aucune durée n'est négatif."))

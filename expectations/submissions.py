"""Suites of what was received: rows and amounts of each file, what it declares, what was set aside."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of the received files; a count of rows is never negative, a sum of refused amounts may be."""
    if control.unit != "count":
        return suite_of(control, floor)
    return suite_of(control, floor, not_below("actual", 0, control, "Aucun nombre de lignes n'est négatif."))

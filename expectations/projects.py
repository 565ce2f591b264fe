"""Suites of the panorama: editions against their headlines, overviews against their rows."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of the projects: counts, costs and durations are never negative, changes in points may be."""
    if control.unit == "points":
        return suite_of(control, floor)
    return suite_of(control, floor, not_below("actual", 0, control, "Aucun nombre, coût ou durée n'est négatif."))

"""Suites of the projects: editions against their headlines, overviews against their rows, what ministries declare."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of the projects: counts, costs and durations are never negative, slippages and changes may be."""
    if control.unit in ("points", "ratio"):
        return suite_of(control, floor)
    return suite_of(control, floor, not_below("actual", 0, control, "Aucun nombre, coût ou durée n'est négatif."))

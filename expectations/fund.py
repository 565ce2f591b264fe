"""Suites of the fund: envelopes, lines, awards, commitments, payments. Projects and files have their own."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of the fund; a ceiling that is negative would allow nothing and means a broken reference."""
    if control.comparison != "at_most":
        return suite_of(control, floor)
    return suite_of(control, floor, not_below("expected", 0, control, "Aucun plafond n'est négatif."))

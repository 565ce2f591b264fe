"""Suites of what changed since the publication before."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of changes; neither a movement nor its threshold is ever negative."""
    return suite_of(control, floor, not_below("expected", 0, control, "Aucun seuil n'est négatif."))

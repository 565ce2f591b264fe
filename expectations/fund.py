"""Suites of the fund: envelopes, lines, awards, commitments, payments. Projects and files have their own."""

from __future__ import annotations

from great_expectations import ExpectationSuite

from relance.audit.register import Control

from .blocks import not_below, suite_of


def suite(control: Control, floor: int) -> ExpectationSuite:
    """One control of the fund: no envelope, allocation or ceiling is ever negative."""
    return suite_of(control, floor, not_below("expected", 0, control, "Aucun montant de référence n'est négatif."))

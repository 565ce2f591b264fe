"""Judges a built file before anyone can read it; changes no figure.

What is judged, and how, stands in `expectations/` at the project's root: the register `controls.yml`, and one SQL
measure a control. This package reads the register, measures, makes Great Expectations suites of it, has Great
Expectations judge, and turns the judgement into an outcome, French sentences and `quality.controls`. A figure,
a threshold or a French sentence about the domain does not belong here.
"""

from relance.audit.run import run_audit
from relance.audit.table import DESCRIPTION as CONTROLS_DESCRIPTION
from relance.audit.table import NAME as CONTROLS
from relance.audit.verdict import ControlResult, LookedAt, Verdict

__all__ = ["CONTROLS", "CONTROLS_DESCRIPTION", "ControlResult", "LookedAt", "Verdict", "run_audit"]

"""What an audit says: one result a control and subject, one evidence a control, one outcome for all."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from relance.audit.units import UNITS

PASS, WARNING, HOLD, BLOCK = "pass", "warning", "hold", "block"
# Worst last. A warning is published with its sentence: it stops nothing.
ORDER = (PASS, WARNING, HOLD, BLOCK)

# The subject of what a control says as a whole: of all its rows, or of a measure that failed.
ALL = "all"


@dataclass(frozen=True)
class ControlResult:
    """What one control found for one subject.

    `expected`, `actual`, `difference` (actual - expected) and `tolerance` are integer units of `unit` (cents,
    counts, millionths), or None where nothing could be compared; `sentence` is French.
    """

    control_id: str
    area: str
    subject: str
    statement: str
    unit: str
    expected: int | None
    actual: int | None
    tolerance: int
    severity: str
    outcome: str
    source: str
    sentence: str

    @property
    def difference(self) -> int | None:
        if self.expected is None or self.actual is None:
            return None
        return self.actual - self.expected

    def natural(self, value: int | None) -> Decimal | None:
        """A figure of this result in its natural unit: euros, not cents."""
        return None if value is None else UNITS[self.unit].natural(value)

    def to_json(self) -> dict[str, Any]:
        figures = ("expected", "actual", "difference", "tolerance")
        natural = {name: self.natural(getattr(self, name)) for name in figures}
        shown = {name: None if value is None else f"{value:f}" for name, value in natural.items()}
        return {**asdict(self), **shown}


@dataclass(frozen=True)
class LookedAt:
    """How many rows a control looked at, and under how many it would have been blocked."""

    control_id: str
    floor: int | None
    rows: int | None


@dataclass(frozen=True)
class Verdict:
    """The audit of a build: `outcome` is `pass`, `hold` or `block`.

    `sentences` are those that keep the build from being published, worst first; `warnings` are published.
    """

    controls: list[ControlResult]
    looked_at: list[LookedAt] = field(default_factory=list)
    great_expectations: str = ""

    @property
    def outcome(self) -> str:
        worst = max((ORDER.index(result.outcome) for result in self.controls), default=ORDER.index(BLOCK))
        return PASS if ORDER[worst] == WARNING else ORDER[worst]

    @property
    def sentences(self) -> list[str]:
        return self._said(BLOCK) + self._said(HOLD)

    @property
    def warnings(self) -> list[str]:
        return self._said(WARNING)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings have each outcome."""
        return {outcome: sum(r.outcome == outcome for r in self.controls) for outcome in ORDER}

    def _said(self, outcome: str) -> list[str]:
        return [result.sentence for result in self.controls if result.outcome == outcome]

    def to_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "sentences": self.sentences,
            "warnings": self.warnings,
            "counts": self.counts,
            "controls": [result.to_json() for result in self.controls],
            "looked_at": [asdict(entry) for entry in self.looked_at],
            "great_expectations": self.great_expectations,
        }

"""Has Great Expectations judge the measured frames. It is imported when it is first needed: it takes seconds."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance.audit.register import Control

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Batch:
    """What Great Expectations judges of one control, in int64 columns.

    `expected`, `actual`, `lowest`, `highest`, and `stands_for`: for how many rows each row of the frame speaks. The
    index is the position of a row in its measurement.
    """

    control: Control
    floor: int
    frame: pd.DataFrame


@dataclass(frozen=True)
class Evidence:
    """What Great Expectations said of one control.

    `rows` is the number of rows it counted itself, those that others stand for included; `failing` are the positions
    of the rows that are not within their bounds. `broken` names the expectations that raised instead of judging, or
    refused and named no row; `is_guard_met` is false where a figure is negative that never is.
    """

    rows: int
    expectations: int
    failing: frozenset[int] = frozenset()
    is_under_floor: bool = False
    is_guard_met: bool = True
    broken: tuple[str, ...] = ()


def run_checkpoint(batches: list[Batch], docs: Path) -> tuple[dict[str, Evidence], str]:
    """Judge every batch by its control's suite: the evidence by control id, and the version that judged.

    A page a control with what was evaluated is written into the folder `docs`.
    """
    # No figure leaves the house, and the machine that audits has no way out anyway.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    _import_great_expectations()
    from relance.audit import checkpoint

    return checkpoint.run(batches, docs), checkpoint.VERSION


def frame_of(columns: dict[str, Any], positions: Any = None) -> pd.DataFrame:
    """A frame of int64 columns, the only kind that is judged: Decimal columns take a thousand times as long."""
    import pandas as pd

    return pd.DataFrame(columns, index=positions, dtype="int64")


def _import_great_expectations() -> None:
    """Import it without the garbage collector: what it makes stays, and is never looked through."""
    if "great_expectations" in sys.modules:
        return
    gc.disable()
    try:
        import great_expectations  # noqa: F401 - for its own modules' sake
    finally:
        gc.enable()
    gc.freeze()

"""A checkout in which a control of the whole cannot be measured: it blocks the publication."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.pipeline.house import PROJECT

# What the verdict says of it.
UNMEASURED = "Les allocations des lignes d'un périmètre ne dépassent pas son enveloppe"


def home_without_a_measure(target: Path) -> Path:
    """A copy of the project (links to all but the expectations) that lacks the measure of one control."""
    target.mkdir()
    for path in PROJECT.iterdir():
        if path.name != "expectations" and not path.name.startswith(".") and path.name != "data":
            (target / path.name).symlink_to(path)
    shutil.copytree(PROJECT / "expectations", target / "expectations")
    (target / "expectations" / "measures" / "fund_lines_within_envelope.sql").unlink()
    return target

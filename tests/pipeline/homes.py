"""A checkout in which a reference figure is wrong: what belongs to the whole blocks the publication."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.pipeline.house import PROJECT


def home_with_a_wrong_envelope(target: Path) -> Path:
    """A copy of the project (links to all but dbt's) whose whole envelope is a cent more than its two parts."""
    target.mkdir()
    for path in PROJECT.iterdir():
        if path.name != "dbt_project" and not path.name.startswith(".") and path.name != "data":
            (target / path.name).symlink_to(path)
    shutil.copytree(PROJECT / "dbt_project", target / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    envelopes = target / "dbt_project" / "seeds" / "envelopes.csv"
    text = envelopes.read_text(encoding="utf-8")
    assert text.count("292000000.00") == 1
    envelopes.write_text(text.replace("292000000.00", "292000000.01"), encoding="utf-8")
    return target

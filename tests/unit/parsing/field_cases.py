"""Where the files from the field lie, beside the checkout; a test of one is skipped where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

FIELD_CASES = Path(__file__).resolve().parents[4] / "shared" / "data" / "field-cases"


def field_case(name: str) -> Path:
    """The file of this name."""
    path = FIELD_CASES / name
    if not path.exists():
        pytest.skip(f"{name} lies in ../shared/data/field-cases, which is not here")
    return path

"""What the scripts that make a page of the documentation share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from relance.audit import CONTROLS, CONTROLS_DESCRIPTION
from relance.warehouse.descriptions import describe_marts


def write(page: Path, text: str) -> None:
    """Write a page, and say where."""
    page.write_text(text, encoding="utf-8")
    print(f"wrote {page}")


def published_marts() -> dict[str, dict[str, Any]]:
    """What is published, by `schema.name`: the marts of the dbt project, and the one that the audit writes."""
    dbt_dir = Path(__file__).parents[1] / "dbt_project"
    return {**describe_marts(dbt_dir), CONTROLS: CONTROLS_DESCRIPTION}

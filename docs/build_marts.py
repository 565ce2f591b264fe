"""Writes docs/marts.md from what the dbt project says of its marts: `python docs/build_marts.py`.

The introduction stands in docs/marts-introduction.md, the questions in docs/marts-questions.md; the tables come from
dbt_project/models/marts/*/_*__models.yml, so that the page and the contracts that dbt enforces cannot differ. A test
checks that the page is current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent
MARTS = DOCS.parent / "dbt_project" / "models" / "marts"
SCHEMAS = ("fund", "project", "shared", "quality")
PAGE = DOCS / "marts.md"
# Not a model of dbt's: the audit writes it once it has judged the build.
CONTROLS = {
    "name": "controls",
    "description": (
        "Grain: one row per control and subject (a line, a file, an edition). Written by the audit; registered in "
        "expectations/controls.yml."
    ),
    "label_fr": "Contrôles",
    "columns": [
        ("control_id", "Contrôle", "code", "Identifier in the register"),
        ("subject", "Objet", "text", "What was looked at: a line, a file, an edition, or all"),
        ("statement", "Énoncé", "text", "What must hold, in French"),
        ("unit", "Unité", "code", "euro, count, ratio, years or points"),
        ("expected", "Attendu", "unit of the row", "What it was compared with"),
        ("actual", "Constaté", "unit of the row", "What was found"),
        ("difference", "Écart", "unit of the row", "actual − expected"),
        ("tolerance", "Tolérance", "unit of the row", "Difference that is allowed"),
        ("severity", "Gravité", "code", "What a failure does: block, hold or warning"),
        ("outcome", "Résultat", "code", "pass, or warning with its sentence"),
        ("source", "Source", "text", "Where the expectation comes from"),
        ("sentence", "Constat", "text", "The finding, in French"),
    ],
}


def page() -> str:
    """The whole page."""
    parts = [
        (DOCS / name).read_text(encoding="utf-8").rstrip() for name in ("marts-introduction.md", "marts-questions.md")
    ]
    for schema in SCHEMAS:
        (path,) = MARTS.glob(f"{schema}/_*__models.yml")
        models = [_mart(model) for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]]
        if schema == "quality":
            models.append(CONTROLS)
        for model in sorted(models, key=lambda model: str(model["name"])):
            parts.append("\n".join(_section(schema, model)))
    return "\n\n".join(parts) + "\n"


def _mart(model: dict[str, Any]) -> dict[str, Any]:
    columns = [
        (
            column["name"],
            column["config"]["meta"]["label_fr"],
            f"{column['data_type']}, {column['config']['meta']['unit']}",
            column["description"],
        )
        for column in model["columns"]
    ]
    return {
        "name": model["config"].get("alias", model["name"]),
        "description": model["description"],
        "label_fr": model["config"]["meta"]["label_fr"],
        "columns": columns,
    }


def _section(schema: str, model: dict[str, Any]) -> Iterator[str]:
    yield f"## `{schema}.{model['name']}` — {model['label_fr']}\n"
    yield f"{' '.join(model['description'].split())}\n"
    yield "| column | libellé | type, unit | what it says |"
    yield "|---|---|---|---|"
    for name, label, unit, description in model["columns"]:
        yield f"| `{name}` | {label} | {unit} | {' '.join(description.split())} |"


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes docs/marts.md from what the dbt project says of its marts: `python docs/build_marts.py`.

The introduction stands in docs/marts-introduction.md, the questions in docs/marts-questions.md; the tables come from
dbt_project/models/marts/*/_*__models.yml, so that the page and the contracts that dbt enforces cannot differ. A test
checks that the page is current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pages import published_marts, write

DOCS = Path(__file__).parent
PAGE = DOCS / "marts.md"


def page() -> str:
    """The whole page."""
    parts = [
        (DOCS / name).read_text(encoding="utf-8").rstrip() for name in ("marts-introduction.md", "marts-questions.md")
    ]
    marts = published_marts()
    parts += ["\n".join(_section(name, marts[name])) for name in sorted(marts)]
    return "\n\n".join(parts) + "\n"


def _section(name: str, mart: dict[str, Any]) -> Iterator[str]:
    yield f"## `{name}` — {mart['label_fr']}\n"
    yield f"{mart['description']}\n"
    yield "| column | libellé | type, unit | what it says |"
    yield "|---|---|---|---|"
    for column in mart["columns"]:
        type_and_unit = f"{column['data_type']}, {column['unit']}"
        yield f"| `{column['name']}` | {column['label_fr']} | {type_and_unit} | {column['description']} |"


if __name__ == "__main__":
    write(PAGE, page())

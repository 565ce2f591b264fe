"""How rows of marts stand beneath one another, as the manifest of a publication says it, in SQL."""

from __future__ import annotations

from typing import Any

from relance import sql


def table(mart: str, database: str | None = None) -> str:
    """`fund.fct_award` as a quoted name, of an attached database where one is named."""
    return ".".join(sql.name(part) for part in ([database] if database else []) + mart.split("."))


def condition(link: dict[str, Any]) -> str:
    """When a row of `beneath` stands beneath a row of `above`, by an entry of a mart's `explained_by`."""
    matches = " and ".join(
        f"beneath.{sql.name(column)} is not distinct from above.{sql.name(other)}"
        for column, other in link["matching"].items()
    )
    for column, value in link.get("all_when", {}).items():
        matches = f"({matches} or above.{sql.name(column)} = {sql.literal(value)})"
    return matches + "".join(
        f" and beneath.{sql.name(column)} = {str(value).lower() if isinstance(value, bool) else sql.literal(value)}"
        for column, value in link.get("where", {}).items()
    )

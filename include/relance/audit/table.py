"""The table of the marts that the audit writes: its columns, as a mart of dbt's says its own."""

from __future__ import annotations

from typing import Any

NAME = "quality.controls"

# Name, type, French label, unit, what it says. Order is that of the table.
_COLUMNS = (
    ("control_id", "varchar", "Contrôle", "code", "Identifier in the register"),
    ("subject", "varchar", "Objet", "text", "What was looked at: a line, a file, an edition, or all"),
    ("statement", "varchar", "Énoncé", "text", "What must hold, in French"),
    ("unit", "varchar", "Unité", "code", "euro, count, ratio, years or points"),
    ("expected", "decimal(24,6)", "Attendu", "unit of the row", "What it was compared with"),
    ("actual", "decimal(24,6)", "Constaté", "unit of the row", "What was found"),
    ("difference", "decimal(24,6)", "Écart", "unit of the row", "actual − expected"),
    ("tolerance", "decimal(24,6)", "Tolérance", "unit of the row", "Difference that is allowed"),
    ("severity", "varchar", "Gravité", "code", "What a failure does: block, hold or warning"),
    (
        "outcome",
        "varchar",
        "Résultat",
        "code",
        "pass, warning with its sentence, or hold where somebody approved the publication all the same",
    ),
    ("source", "varchar", "Source", "text", "Where the expectation comes from"),
    ("sentence", "varchar", "Constat", "text", "The finding, in French"),
)
COLUMNS = tuple(name for name, *_ in _COLUMNS)
FIGURES = tuple(name for name, data_type, *_ in _COLUMNS if data_type.startswith("decimal"))
DDL = (
    "create schema if not exists quality; "
    f"create or replace table {NAME} ({', '.join(f'{name} {data_type}' for name, data_type, *_ in _COLUMNS)})"
)
INSERT = f"insert into {NAME} select * from results"  # noqa: S608

DESCRIPTION: dict[str, Any] = {
    "label_fr": "Contrôles",
    "description": (
        "Grain: one row per control and subject (a line, a file, an edition). Written by the audit; registered in "
        "expectations/controls.yml."
    ),
    "key": ["control_id", "subject"],
    "columns": [
        {"name": name, "data_type": data_type, "label_fr": label, "unit": unit, "description": description}
        for name, data_type, label, unit, description in _COLUMNS
    ],
}

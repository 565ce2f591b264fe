"""What the dbt project says of its marts: their columns, what names a row of each, and what stands beneath it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def describe_marts(dbt_dir: Path) -> dict[str, dict[str, Any]]:
    """Of each mart, as `schema.name`: `label_fr`, `description`, `key` (columns) and `columns`.

    A column has `name`, `data_type`, `label_fr`, `unit`, `description` and `is_required`. `explained_by` and
    `explained_elsewhere` are there where the project says what stands beneath a row.
    """
    described = {}
    for path in sorted(dbt_dir.glob("models/marts/*/_*__models.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            config = model["config"]
            meta = config["meta"]
            described[f"{path.parent.name}.{config.get('alias', model['name'])}"] = {
                "label_fr": meta["label_fr"],
                "description": " ".join(model["description"].split()),
                "key": _key(model),
                **{name: meta[name] for name in ("explained_by", "explained_elsewhere") if name in meta},
                "columns": [_column(column) for column in model["columns"]],
            }
    return described


def _column(column: dict[str, Any]) -> dict[str, Any]:
    meta = column["config"]["meta"]
    return {
        "name": column["name"],
        "data_type": column["data_type"],
        "label_fr": meta["label_fr"],
        "unit": meta["unit"],
        "description": " ".join(column["description"].split()),
        "is_required": {"type": "not_null"} in column.get("constraints", ()),
    }


def _key(model: dict[str, Any]) -> list[str]:
    """The columns that name a row, as the test `holds` of the model has them: the first key where there are several."""
    for test in model.get("data_tests", ()):
        rules = test["holds"]["arguments"]
        key: list[str] = rules.get("key") or rules.get("keys", [[]])[0]
        return key
    return []

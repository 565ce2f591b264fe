"""What the dbt project says of its marts: what names a row of each, and which rows of other marts stand beneath it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def describe_marts(dbt_dir: Path) -> dict[str, dict[str, Any]]:
    """Of each mart, as `schema.name`: `key`, its columns; where given, `explained_by` and `explained_elsewhere`."""
    described = {}
    for path in sorted(dbt_dir.glob("models/marts/*/_*__models.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            config = model.get("config", {})
            meta = config.get("meta", {})
            described[f"{path.parent.name}.{config.get('alias', model['name'])}"] = {
                "key": _key(model),
                **{name: meta[name] for name in ("explained_by", "explained_elsewhere") if name in meta},
            }
    return described


def _key(model: dict[str, Any]) -> list[str]:
    """The columns that the test `is_key` names, on the model or on one of its columns."""
    for test in model.get("data_tests", ()):
        if isinstance(test, dict) and "is_key" in test:
            columns: list[str] = test["is_key"]["arguments"]["columns"]
            return columns
    return [column["name"] for column in model["columns"] if "is_key" in column.get("data_tests", ())]

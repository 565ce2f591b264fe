"""The description of a publication's CSV files as a Data Package (version 2), each with its Table Schema."""

from __future__ import annotations

import re
from typing import Any

TITLE = "Fonds de transformation numérique (France Relance) et panorama des grands projets numériques de l'État"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# Table Schema's name of a type of the marts.
TYPES = {
    "varchar": "string",
    "bigint": "integer",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
}
# How the CSV files write an instant (UTC, to the microsecond).
TIMESTAMPS = "%Y-%m-%dT%H:%M:%S.%fZ"


def describe(
    label: str, marts: dict[str, dict[str, Any]], columns: dict[str, list[tuple[str, str]]], files: dict[str, Any]
) -> dict[str, Any]:
    """The content of `datapackage.json`.

    `marts` are those of the manifest, `columns` the names and types that each really has, `files` the hash and size
    of each CSV file by its path in the publication.
    """
    return {
        "$schema": PROFILE,
        "name": f"relance-{_slug(label)}",
        "title": TITLE,
        "version": label,
        "resources": [_resource(name, mart, columns[name], files[_path(name)]) for name, mart in sorted(marts.items())],
    }


def _path(mart: str) -> str:
    return f"marts/{mart}.csv"


def _resource(name: str, mart: dict[str, Any], columns: list[tuple[str, str]], file: dict[str, Any]) -> dict[str, Any]:
    described = {column["name"]: column for column in mart.get("columns", ())}
    key = mart.get("key", [])
    return {
        "name": _slug(name),
        "type": "table",
        "path": _path(name),
        "title": mart.get("label_fr", name),
        "description": mart.get("description", ""),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file["size_bytes"],
        "hash": f"sha256:{file['sha256']}",
        "schema": {
            "fields": [_field(column, type_, described.get(column, {}), column in key) for column, type_ in columns],
            "missingValues": [""],
            **({"primaryKey": key} if key else {}),
        },
    }


def _field(name: str, type_: str, described: dict[str, Any], is_key: bool) -> dict[str, Any]:
    kind = TYPES.get(type_.lower(), "number" if type_.lower().startswith("decimal") else "string")
    return {
        "name": name,
        "type": kind,
        **({"title": described["label_fr"], "description": described["description"]} if described else {}),
        **({"format": TIMESTAMPS} if kind == "datetime" else {}),
        **({"trueValues": ["true"], "falseValues": ["false"]} if kind == "boolean" else {}),
        **({"constraints": {"required": True}} if is_key or described.get("is_required") else {}),
    }


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).replace("_", "-")

"""Small publications, written, placed and switched by the project's own functions, from tables said in SQL."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from relance.publication.current import place, switch
from relance.publication.write import write_publication

NIGHT = dt.datetime(2021, 2, 1, 2, 0, tzinfo=dt.UTC)


def manifest_of(build_id: str, as_of: dt.datetime = NIGHT, **more: Any) -> dict[str, Any]:
    """What a build hands to the publication, in small."""
    return {
        "build_id": build_id,
        "as_of": as_of.isoformat(),
        "as_of_label": f"{as_of:%Y-%m-%d}",
        "code": {"commit": None, "sources_sha256": "0" * 64},
        "contract_version": "c1",
        "receipts": [],
        "feeds": [],
        "audit": {"outcome": "pass", "counts": {}},
        "approval": None,
        **more,
    }


def put(
    publications: Path,
    tables: Mapping[str, str],
    described: Mapping[str, dict[str, Any]] | None = None,
    as_of: dt.datetime = NIGHT,
) -> Path:
    """Publish `tables` (a query by the mart's name); the publication's folder. `current` moves as it always does."""
    label, build_id = f"{as_of:%Y-%m-%d}", uuid.uuid4().hex
    build = publications.parent / "builds" / build_id
    build.mkdir(parents=True)
    with duckdb.connect(str(build / "warehouse.duckdb")) as connection:
        for name, query in tables.items():
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.execute(f"create table {name} as {query}")
    (build / "verdict.json").write_text('{"outcome": "pass"}')
    written = build / "publication"
    write_publication(
        build / "warehouse.duckdb", written, manifest_of(build_id, as_of), build / "verdict.json", described or {}
    )
    publication = place(publications, label, written)
    shutil.rmtree(build)
    switch(publications, publication)
    return publication


def column(name: str, label: str, unit: str = "text", is_required: bool = False) -> dict[str, Any]:
    """What a manifest says of a column."""
    return {
        "name": name,
        "data_type": "varchar",
        "label_fr": label,
        "unit": unit,
        "description": name,
        "is_required": is_required,
    }

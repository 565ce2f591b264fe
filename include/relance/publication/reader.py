"""Reads a publication as a stranger would: `python -m relance.publication.reader <folder>`.

Opens the database read-only, counts every mart, hashes every file, and compares with `manifest.json`. Says on
standard error what differs and exits with 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

from relance.files import sha256_of

MANIFEST = "manifest.json"


def differences(publication: Path) -> list[str]:
    """What in the folder is not what its manifest says; empty when all is."""
    try:
        manifest = json.loads((publication / MANIFEST).read_text(encoding="utf-8"))
        files, marts = manifest["files"], manifest["marts"]
    except FileNotFoundError:
        return [f"{MANIFEST} is missing"]
    except (ValueError, KeyError, TypeError) as error:
        return [f"{MANIFEST} cannot be read ({type(error).__name__}: {error})"]
    found = []
    for name, file in files.items():
        path = publication / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif (sha256 := sha256_of(path)) != file["sha256"]:
            found.append(f"{name} has the SHA-256 {sha256}, the manifest says {file['sha256']}")
    on_disk = {path.relative_to(publication).as_posix() for path in publication.rglob("*") if path.is_file()}
    found += [f"{name} is not in the manifest" for name in sorted(on_disk - {*files, MANIFEST})]
    if found:
        return found
    try:
        return list(_miscounted(publication / "warehouse.duckdb", marts))
    except duckdb.Error as error:
        return [f"warehouse.duckdb cannot be read: {error}"]


def _miscounted(warehouse: Path, marts: dict[str, dict[str, int]]) -> Iterator[str]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for mart, facts in marts.items():
            rows = connection.table(mart).count("*").fetchall()[0][0]
            if rows != facts["rows"]:
                yield f"{mart} holds {rows} rows, the manifest says {facts['rows']}"


def main() -> int:
    found = differences(Path(sys.argv[1]))
    print("; ".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

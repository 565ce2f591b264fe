"""Reads a publication as a stranger would: `python -m relance.publication.reader <folder>`.

Opens the database read-only, counts every mart, hashes every file, and compares with `manifest.json`. Says on
standard error what differs and exits with 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from relance.files import sha256_of


def differences(publication: Path) -> list[str]:
    """What in the folder is not what its manifest says; empty when all is."""
    manifest = json.loads((publication / "manifest.json").read_text(encoding="utf-8"))
    found = []
    for name, file in manifest["files"].items():
        path = publication / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif (sha256 := sha256_of(path)) != file["sha256"]:
            found.append(f"{name} has the SHA-256 {sha256}, the manifest says {file['sha256']}")
    if (publication / "warehouse.duckdb.wal").exists():
        found.append("warehouse.duckdb.wal is left beside the database")
    if found:
        return found
    with duckdb.connect(str(publication / "warehouse.duckdb"), read_only=True) as connection:
        for mart, facts in manifest["marts"].items():
            rows = connection.table(mart).count("*").fetchall()[0][0]
            if rows != facts["rows"]:
                found.append(f"{mart} holds {rows} rows, the manifest says {facts['rows']}")
    return found


def main() -> int:
    found = differences(Path(sys.argv[1]))
    print("; ".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

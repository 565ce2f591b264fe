"""A publication's database opens in the oldest DuckDB client that docs/bi.md promises, in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.marts import column, put

PROJECT = Path(__file__).parents[3]
PINNED = PROJECT / "tests" / "fixtures" / "oldest-client.txt"
READ = """
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    names = connection.execute("select schema_name || '.' || table_name from duckdb_tables() order by all").fetchall()
    read = {name: connection.execute(f"from {name}").fetchall() for (name,) in names}
print(json.dumps([duckdb.__version__, {name: [list(map(str, row)) for row in rows] for name, rows in read.items()}]))
"""


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the oldest client and nothing else."""
    folder = tmp_path_factory.mktemp("oldest")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "--quiet"]
    how = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--retries=1", "--timeout=20"]
    done = subprocess.run([*pip, *how, "-r", PINNED], capture_output=True, text=True, check=False)
    if done.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(f"the registry did not give the oldest client: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return python


def test_the_oldest_client_reads_every_table(oldest: Path, tmp_path: Path) -> None:
    types = (
        "select 1 as id, 292000000.01::decimal(18, 2) as eur, 0.284::decimal(24, 6) as ratio, "
        "date '2021-02-01' as day, true as is_it, timestamp '2021-02-01 02:00:00.123456' as noted, "
        "'Œuvre' as said, null::varchar as nothing"
    )
    many = "select i as id, 'texte ' || i % 7 as said, (i / 100)::decimal(18, 2) as eur from range(30000) as r (i)"
    publications = tmp_path / "publications"
    described = {"label_fr": "Libellé", "key": ["id"], "columns": [column("said", "Dit", is_required=True)]}
    tables = {"fund.types": types, "project.empty": f"{types} limit 0", "shared.many": many}
    put(publications, tables, dict.fromkeys(tables, described))
    database = publications / "current" / "warehouse.duckdb"
    done = subprocess.run([oldest, "-c", READ, database], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, rows = json.loads(done.stdout)
    (pinned,) = re.findall(r"^duckdb==(\S+)", PINNED.read_text(), re.MULTILINE)
    assert version == pinned
    assert f"{version} or later" in (PROJECT / "docs" / "bi.md").read_text(encoding="utf-8")
    assert rows["fund.types"] == [
        ["1", "292000000.01", "0.284000", "2021-02-01", "True", "2021-02-01 02:00:00.123456", "Œuvre", "None"]
    ]
    assert rows["project.empty"] == []
    assert rows["shared.many"][-1] == ["29999", "texte 4", "299.99"]
    assert len(rows["shared.many"]) == 30_000

"""What dbt costs beside the same SQL run by DuckDB, and what many rows cost: `python benchmarks/warehouse.py`.

1. The samples: `dbt build` as the night runs it (models and tests, parsed project cached), beside the same statements
   run one after another by DuckDB in one process, and beside dbt's own start (a build that selects nothing).
   The bar: dbt build is at most 1.5 times DuckDB plus start.
2. N rows of execution (`--rows N`; 10,000,000; awards as many) in generated Parquet files of ten ministries and four
   periods: wall seconds, peak memory of the largest process and size of the file, with DuckDB held to 3 GB, which is
   what it takes of a machine of 4 GB.

Each run is a process of its own; seconds are the best of the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from relance import asof, stages
from relance.settings import Settings
from relance.warehouse.manifest import read_manifest
from relance.warehouse.raw import create_build_file

RUNS = 3
PERIODS = ("2021-T1", "2021-T2", "2021-T3", "2021-T4")
MINISTRIES = ("ACP", "AGR", "COT", "ECL", "ECO", "EDU", "INT", "JUS", "SOC", "TFP")
# The memory that DuckDB takes by itself where there are 4 GB: four fifths.
MEMORY_LIMIT = "3GB"
# One list of awards and one sheet of execution, as the raw schema has them.
ROWS = {
    "awards": """
        select $receipt::varchar as receipt_id, true as is_counted, null::varchar as sheet, i + 2 as row_number,
            $ministry || '-' || i as award_id,
            ['ITN1', 'ITN2', 'ITN3', 'ITN4', 'ITN5', 'ITN6', 'ITN7', 'ITN8A', 'ITN8B', 'ITN8C', 'ITN8D'][1 + i % 11]
                as line_code,
            case when i % 11 = 6 then (1 + i % 3)::varchar end as axis_code, 'Guichet ' || i % 7 as call_name,
            'Commune ' || i % 30000 as beneficiary_name, (99900000000000 + i % 30000)::varchar as beneficiary_siret,
            lpad((1 + i % 19)::varchar, 2, '0') as department_code, 'Projet ' || i as project_name,
            null::varchar as panorama_project_name, date '2021-01-01' + (i % 80)::integer as awarded_on,
            300.00::decimal(18, 2) as project_cost_eur, 7.25::decimal(18, 2) as awarded_eur
        from range($rows) as r (i)
    """,
    "execution": """
        select $receipt::varchar as receipt_id, true as is_counted, null::varchar as sheet, i + 2 as row_number,
            $ministry || '-' || i as award_id, ($number * 1.10)::decimal(18, 2) as committed_eur,
            ($number * 0.55)::decimal(18, 2) as paid_eur, date '2021-03-01' as last_payment_on,
            null::varchar as comment
        from range($rows) as r (i)
    """,
}

BUILD = (
    "import sys; from pathlib import Path; from relance.warehouse.dbt import run_dbt_build;"
    "run_dbt_build(*map(Path, sys.argv[1:5]))"
)
START = (
    "import sys; from pathlib import Path; from dbt.cli.main import dbtRunner;"
    "from dbt.contracts.graph.manifest import Manifest; from dbt.parser.manifest import extended_mashumuro_decoder;"
    "(cache,) = [p for p in Path(sys.argv[4]).rglob('*') if p.is_file()];"
    "m = Manifest.from_msgpack(cache.read_bytes(), decoder=extended_mashumuro_decoder);"
    "assert dbtRunner(manifest=m).invoke(['--quiet', 'build', '--select', 'no_such_node', '--project-dir', sys.argv[1],"
    "'--profiles-dir', sys.argv[1], '--target-path', sys.argv[3], '--log-level-file', 'none', '--no-write-json',"
    "'--no-partial-parse', '--no-populate-cache']).success"
)
DIRECT = """
import json, sys, duckdb
statements = json.loads(open(sys.argv[1]).read())
with duckdb.connect(sys.argv[2]) as connection:
    connection.execute("set threads = 2")
    for statement in statements:
        connection.execute(statement).fetchall()
"""


def timed(code: str, *words: str, env: dict[str, str] | None = None) -> float:
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *words], check=False, capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - begun


def statements(project: Path, build_file: Path, scratch: Path) -> list[str]:
    """What one dbt build runs, in its order: seeds as DuckDB reads them, models, tests as counts."""
    target = scratch / "statements"
    environment = {**os.environ, "RELANCE_BUILD_FILE": str(build_file)}
    dbt = Path(sys.executable).with_name("dbt")
    flags = ["--project-dir", project, "--profiles-dir", project, "--target-path", target, "--threads", "1"]
    exclude = ["--exclude-resource-type", "unit_test"]
    subprocess.run([dbt, "--quiet", "build", *flags, *exclude], check=True, env=environment)
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    results = json.loads((target / "run_results.json").read_text())["results"]
    found = [f"create schema if not exists {schema}" for schema in sorted({node["schema"] for node in nodes.values()})]
    for result in results:
        node = nodes[result["unique_id"]]
        name = f"{node['schema']}.{node['alias']}"
        if node["resource_type"] == "seed":
            types = ", ".join(f"'{column}': '{kind}'" for column, kind in node["config"]["column_types"].items())
            file = project / node["original_file_path"]
            found.append(f"create table {name} as from read_csv('{file}', header = true, types = {{{types}}})")
        elif node["resource_type"] == "model":
            kind = node["config"]["materialized"]
            found.append(f"create {kind} {name} as {result['compiled_code']}")
        else:
            found.append(f"select count(*) from ({result['compiled_code']}) as failures")  # noqa: S608 - dbt's own SQL
    return found


def samples(project: Path, scratch: Path) -> None:
    os.environ["RELANCE_DATA_DIR"] = str(scratch / "data")
    for feed in ("panorama", "submissions", "applications_sample"):
        stages.collect(feed)
    settings = Settings.from_env()
    raw = scratch / "warehouse0.duckdb"
    create_build_file(settings, read_manifest(settings.builds_dir / stages.prepare(asof.now())), raw)
    build_file = scratch / "warehouse.duckdb"
    words = (str(project), str(build_file), str(scratch / "work"), str(scratch / "cache"))
    shutil.copyfile(raw, build_file)
    listed = scratch / "statements.json"
    listed.write_text(json.dumps(statements(project, build_file, scratch)))
    env = {**os.environ, "RELANCE_BUILD_FILE": str(build_file)}
    best = dict.fromkeys(("dbt build", "DuckDB", "dbt's start"), float("inf"))
    for turn in range(RUNS + 1):
        for name, code, arguments in (
            ("dbt build", BUILD, words),
            ("DuckDB", DIRECT, (str(listed), str(build_file))),
            ("dbt's start", START, words),
        ):
            build_file.unlink(missing_ok=True)
            shutil.copyfile(raw, build_file)
            seconds = timed(code, *arguments, env=env)
            if turn:  # the first build fills the cache of the parsed project
                best[name] = min(best[name], seconds)
    for name, seconds in best.items():
        print(f"{name:<12}{seconds:>8.2f} s")
    bar = best["DuckDB"] + best["dbt's start"]
    print(f"dbt build / (DuckDB + dbt's start): {best['dbt build'] / bar:.2f} times (bar: 1.5)")


def create_many(project: Path, scratch: Path, rows: int) -> Path:
    """A build file of ten ministries and four periods: of each a list of awards and a sheet of execution of rows / 40.

    The project's profile is given DuckDB's limit.
    """
    import duckdb

    build_file = scratch / "warehouse.duckdb"
    build_file.unlink(missing_ok=True)
    create_build_file(
        Settings.from_env(), {"as_of": "2022-03-01T03:00:00+00:00", "receipts": [], "feeds": []}, build_file
    )
    each = rows // (len(MINISTRIES) * len(PERIODS))
    files = scratch / "rows"
    files.mkdir()
    with duckdb.connect(str(build_file)) as connection:
        for number, period in enumerate(PERIODS):
            for ministry in MINISTRIES:
                receipt = f"{ministry}-{period}"
                connection.execute(
                    "insert into raw.receipts select ?, 'submissions', 'submission', ? || '.csv', 'none', 1, "
                    "make_timestamp(2021, 4 + 3 * ? - 12 * (? // 3), 10, 8, 0, 0) + interval 1 year * (? // 3), "
                    "null, ?, ?, 'counted', false, null, null, null",
                    [receipt, receipt, number, number, number, ministry, period],
                )
                connection.execute(
                    "insert into raw.file_tables select ?, t, null, 1, ?, ?, 0, true, true, null "
                    "from (values ('awards'), ('execution')) as v (t)",
                    [receipt, each, each],
                )
                facts = {"receipt": receipt, "ministry": ministry, "number": number + 1, "rows": each}
                for table, query in ROWS.items():
                    named = {name: fact for name, fact in facts.items() if f"${name}" in query}
                    connection.sql(query, params=named).write_parquet(
                        str(files / f"{table}-{receipt}.parquet"), compression="zstd"
                    )
        for table in ("awards", "execution"):
            connection.execute(f"create or replace view raw.{table} as from read_parquet('{files}/{table}-*.parquet')")
    profiles = project / "profiles.yml"
    profiles.write_text(
        profiles.read_text().replace("TimeZone: UTC", f"TimeZone: UTC\n        memory_limit: {MEMORY_LIMIT}", 1)
    )
    return build_file


def many(project: Path, scratch: Path, rows: int) -> None:
    build_file = create_many(project, scratch, rows)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = (str(project), str(build_file), str(scratch / "work"), str(scratch / "cache"))
    seconds = timed(BUILD, *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{rows:,} rows of execution, as many awards: {seconds:.0f} s, "
        f"{processor:.0f} CPU s, {after.ru_maxrss / 1024 / 1024:.2f} GB at most, "
        f"file of {build_file.stat().st_size / 1e9:.2f} GB"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--part", choices=["samples", "many"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        project = scratch / "dbt_project"
        shutil.copytree(Settings.from_env().dbt_dir, project, ignore=shutil.ignore_patterns("target", "logs"))
        if chosen.part != "many":
            samples(project, scratch)
        if chosen.part != "samples":
            many(project, scratch, chosen.rows)


if __name__ == "__main__":
    main()

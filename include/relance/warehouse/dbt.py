"""One `dbt build`, in a child process, into the build file; knows nothing of what the models mean.

The child ends before anything else opens the file: dbt keeps DuckDB's lock until its process ends (dbt-core 11980).
It writes into the build file, the work folder and, if one is given, the cache folder; never into the dbt project.

The cache holds dbt's parsed project (measured: a quarter of a build's time). Its key covers everything that
parsing reads, so that a hit is the same project, and a file is renamed into place, so that it is whole.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from relance.errors import RelanceError
from relance.files import shortage, write_aside, write_json
from relance.processes import end_with_parent

LOG_NAME = "dbt.log"
_OUTCOME_NAME = "dbt-outcome.json"
# Of what a failed test found, in the sentence; the rest is in the build file.
_SHOWN_ROWS = 5
_FAILED = {"error", "fail", "runtime error"}
# What a program needs to start. The rest of the caller's environment stays out: a variable of dbt's own (DBT_...)
# would change what is built.
_KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")


def run_dbt_build(
    dbt_dir: Path,
    build_file: Path,
    work_dir: Path,
    cache_dir: Path | None = None,
    *,
    unit_tests: bool = False,
    artefacts: bool = False,
) -> None:
    """Run `dbt build` of the project `dbt_dir` on the DuckDB file `build_file`, which has the raw schema already.

    dbt's target and logs go into `work_dir` (its output into `dbt.log`). `cache_dir` may be shared by runs.
    `unit_tests` also runs the models' unit tests: they test the code, not the rows, and need a build of their own
    only when the code has changed. `artefacts` has dbt's own be written into its target folder, for its lineage.

    Raises `RelanceError` naming the nodes that failed with their messages, or what dbt could not read.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    target = (work_dir / "target").resolve()
    outcome_file = (work_dir / _OUTCOME_NAME).resolve()
    # What an attempt before left there must not be taken for the outcome of this one.
    outcome_file.unlink(missing_ok=True)
    arguments = [
        "build",
        *("--project-dir", str(dbt_dir.resolve())),
        *("--profiles-dir", str(dbt_dir.resolve())),
        *("--target-path", str(target)),
        *("--log-path", str((work_dir / "logs").resolve())),
        # One more than the cores of the smallest machine: dbt's own work on a node is half of it, on one of them.
        *("--threads", "3"),
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--no-use-colors",
        "--no-partial-parse",
        # The file is new: there are no relations to read before the first model.
        "--no-populate-cache",
        # What dbt says is in our log, what failed in the outcome: nobody would read its debug log.
        *("--log-level-file", "none"),
        "--write-json" if artefacts else "--no-write-json",
    ]
    if not unit_tests:
        arguments += ["--exclude-resource-type", "unit_test"]
    order = {
        "parent": os.getpid(),
        "arguments": arguments,
        "outcome_file": str(outcome_file),
        "parsed_file": str(target / "partial_parse.msgpack"),
        "cache_file": str(_cache_file(cache_dir.resolve(), dbt_dir, build_file)) if cache_dir else None,
    }
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environment["RELANCE_BUILD_FILE"] = str(build_file.resolve())
    package_root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, environment.get("PYTHONPATH")]))
    with (work_dir / LOG_NAME).open("wb") as log:
        child = subprocess.run(
            [sys.executable, "-m", "relance.warehouse.dbt", json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=work_dir,
            env=environment,
            check=False,
        )
    if child.returncode != 0:
        raise RelanceError(_failure_sentence(child.returncode, build_file, work_dir))


def _cache_file(cache_dir: Path, dbt_dir: Path, build_file: Path) -> Path:
    """The file of the parsed project: named by all that parsing reads (the project, where it is, dbt, the database)."""
    digest = hashlib.sha256()
    for package in ("dbt-core", "dbt-duckdb", "dbt-adapters", "dbt-common"):
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    digest.update(f"python {sys.version}\n{dbt_dir.resolve()}\n{build_file.stem}\n".encode())
    for path in sorted(dbt_dir.rglob("*")):
        relative = path.relative_to(dbt_dir)
        if relative.parts[0] not in ("target", "logs") and path.is_file():
            content = path.read_bytes()
            digest.update(f"{relative}\n{len(content)}\n".encode() + content)
    return cache_dir / f"{digest.hexdigest()}.msgpack"


def _failure_sentence(return_code: int, build_file: Path, work_dir: Path) -> str:
    """What a person has to know of a build that failed: which nodes, why, and where the whole log is."""
    what = f"The warehouse could not be built in {build_file}"
    where = f"The whole log is {work_dir / LOG_NAME}.{shortage(work_dir)}"
    try:
        outcome = json.loads((work_dir / _OUTCOME_NAME).read_text())
    except (OSError, ValueError):
        how = f"was ended by signal {-return_code}" if return_code < 0 else f"ended with status {return_code}"
        return f"{what}: dbt {how} before it had finished. Run again; nothing has to be cleaned first. {where}"
    if outcome["failed"]:
        listed = "\n".join(f"  - {node['line']}{_found(build_file, node['sql'])}" for node in outcome["failed"])
        return (
            f"{what}: {len(outcome['failed'])} of its nodes failed in dbt, {outcome['skipped']} that need them were "
            f"not built.\n{listed}\n"
            f"Correct the model, the reference figures or the rows that it names, and run again. {where}"
        )
    return (
        f"{what}: dbt could not start the build.\n  - {outcome['error'] or 'It gave no reason.'}\n"
        f"Correct the dbt project where it says, and run again. {where}"
    )


def _found(build_file: Path, sql: str | None) -> str:
    """The first rows that a failed test found, in words; nothing where they cannot be read."""
    if sql is None:
        return ""
    try:
        with duckdb.connect(str(build_file), read_only=True) as connection:
            cursor = connection.execute(f"select * from ({sql}) as found limit {_SHOWN_ROWS}")  # noqa: S608 - dbt's own
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall()
    except duckdb.Error:
        return ""
    return "".join(
        "\n      " + ", ".join(f"{name}: {value}" for name, value in zip(names, row, strict=True)) for row in rows
    )


def _outcome(results: Iterable[Any], error: BaseException | None) -> dict[str, Any]:
    """What a build came to: a line a failed node (kind, name, what a test states, dbt's message), the skipped counted.

    With the line of a test stands its SQL, which finds what it failed on.

    `results` are dbt's own; `error` is what kept the build from starting or from ending.
    """
    failed = []
    skipped = 0
    for result in results:
        skipped += result.status == "skipped"
        if result.status in _FAILED:
            node = result.node
            kind = str(node.resource_type).replace("_", " ")
            stated = f"{node.description} " if kind == "test" and node.description else ""
            line = f"{kind} {node.name}: {stated}({_one_line(result.message or 'no message')})"
            failed.append({"line": line, "sql": node.compiled_code if kind == "test" else None})
    return {
        "failed": sorted(failed, key=itemgetter("line")),
        "skipped": skipped,
        "error": _one_line(str(error)) if error else None,
    }


def _one_line(message: str) -> str:
    """dbt's message without what only its developers read: colours, the node's path, the excerpt of SQL, macros."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message).strip()
    # The node is named before it already.
    text = re.sub(r"^\w+ Error in [\w ]+ \([^)]*\)\n", "", text)
    kept = re.split(r"\n\s*(?:LINE \d+:|compiled code at|> in macro|Traceback)", text, maxsplit=1)[0]
    return " ".join(kept.split())


def _child(order: dict[str, Any]) -> int:
    """Run dbt in this process and write what it came to; returns the exit status, 0 or 1."""
    end_with_parent(order["parent"])
    # dbt makes a great many objects, keeps nearly all of them, and this process ends with the build: what the garbage
    # collector looks for is not there.
    gc.disable()
    # dbt is imported here, in the child: it takes seconds and the parent never needs it.
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    cache_file = Path(order["cache_file"]) if order["cache_file"] else None
    manifest = None
    if cache_file and cache_file.is_file():
        try:
            manifest = Manifest.from_msgpack(cache_file.read_bytes(), decoder=extended_mashumuro_decoder)
        except Exception as error:
            print(f"The parsed project in {cache_file} cannot be read ({error!r}): parsing again.", flush=True)
    ended = dbtRunner(manifest=manifest).invoke(order["arguments"])
    parsed_file = Path(order["parsed_file"])
    if cache_file and manifest is None and parsed_file.is_file():
        write_aside(cache_file, parsed_file.read_bytes())
    results = getattr(ended.result, "results", ())
    write_json(Path(order["outcome_file"]), _outcome(results, ended.exception))
    return 0 if ended.success else 1


if __name__ == "__main__":
    sys.exit(_child(json.loads(sys.argv[1])))

"""One `dbt build`, in a child process, into the build file; knows nothing of what the models mean.

The child ends before anything else opens the file: dbt keeps DuckDB's lock until its process ends (dbt-core 11980).
It writes into the build file, the work folder and, if one is given, the cache folder; never into the dbt project.

The cache holds dbt's parsed project (a third of the time of a build of this size). Its key covers everything that
parsing reads, so that a hit is the same project, and a file is renamed into place, so that it is whole.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from relance.errors import RelanceError
from relance.files import write_aside

LOG_NAME = "dbt.log"
_ERROR_NAME = "dbt-error.txt"
_TARGET_NAME = "target"
_PARSED_NAME = "partial_parse.msgpack"
_FAILED = {"error", "fail", "runtime error"}
_PR_SET_PDEATHSIG = 1


def run_dbt_build(
    dbt_dir: Path,
    build_file: Path,
    work_dir: Path,
    cache_dir: Path | None = None,
    *,
    unit_tests: bool = False,
) -> None:
    """Run `dbt build` of the project `dbt_dir` on the DuckDB file `build_file`, which has the raw schema already.

    dbt's target and logs go into `work_dir` (its output into `dbt.log`). `cache_dir` may be shared by runs.
    `unit_tests` also runs the models' unit tests: they test the code, not the rows, and need a build of their own
    only when the code has changed.

    Raises `RelanceError` naming the nodes that failed with their messages, or what dbt could not read.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    target = work_dir / _TARGET_NAME
    # What an attempt before left there must not be taken for the outcome of this one.
    for leftover in (target / "run_results.json", target / _PARSED_NAME, work_dir / _ERROR_NAME):
        leftover.unlink(missing_ok=True)
    arguments = [
        "build",
        *("--project-dir", str(dbt_dir.resolve())),
        *("--profiles-dir", str(dbt_dir.resolve())),
        *("--target-path", str(target.resolve())),
        *("--log-path", str((work_dir / "logs").resolve())),
        *("--threads", "2"),
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--no-partial-parse",
        # The file is new: there are no relations to read before the first model.
        "--no-populate-cache",
        "--no-use-colors",
    ]
    if not unit_tests:
        arguments += ["--exclude-resource-type", "unit_test"]
    order = {
        "parent": os.getpid(),
        "arguments": arguments,
        "parsed_file": str((target / _PARSED_NAME).resolve()),
        "error_file": str((work_dir / _ERROR_NAME).resolve()),
        "cache_file": str(_cache_file(cache_dir.resolve(), dbt_dir, build_file)) if cache_dir else None,
    }
    # A variable of dbt's own in the caller's environment would change what is built.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    environment["RELANCE_BUILD_FILE"] = str(build_file.resolve())
    package_root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
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
    where = f"The whole log is {work_dir / LOG_NAME}."
    failed = _failed_nodes(work_dir / _TARGET_NAME)
    if failed:
        count = f"{len(failed)} node{'s' if len(failed) > 1 else ''} failed"
        listed = "\n".join(f"  - {line}" for line in failed)
        return (
            f"The warehouse could not be built in {build_file}: {count} in dbt.\n{listed}\n"
            f"Correct the model, the reference figures or the rows that it names, and run again. {where}"
        )
    error_file = work_dir / _ERROR_NAME
    if error_file.is_file():
        return (
            f"The warehouse could not be built in {build_file}: dbt could not start the build.\n"
            f"  {_one_line(error_file.read_text())}\n"
            f"Correct the dbt project where it says, and run again. {where}"
        )
    how = f"was ended by signal {-return_code}" if return_code < 0 else f"ended with status {return_code}"
    return (
        f"The warehouse could not be built in {build_file}: dbt {how} before it had built anything. "
        f"Run again; nothing has to be cleaned first. {where}"
    )


def _failed_nodes(target: Path) -> list[str]:
    """One line a failed node: its kind and name, what it states (for tests that say so), and dbt's message."""
    try:
        results = json.loads((target / "run_results.json").read_text())["results"]
    except (OSError, ValueError, KeyError):
        return []
    try:
        nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    except (OSError, ValueError, KeyError):
        nodes = {}
    lines = []
    for result in results:
        if result["status"] in _FAILED:
            kind, _, name = result["unique_id"].split(".")[:3]
            if kind == "unit_test":
                name = result["unique_id"].split(".", 2)[2]
            stated = nodes.get(result["unique_id"], {}).get("description") if kind == "test" else None
            message = _one_line(result.get("message") or "no message")
            lines.append(f"{kind.replace('_', ' ')} {name}: {f'{stated} ' if stated else ''}({message})")
    return lines


def _one_line(message: str) -> str:
    """dbt's message without what only its developers read: where the compiled code is, the excerpt of SQL, colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message)
    kept = re.split(r"\n\s*(?:LINE \d+:|compiled code at|> in macro|Traceback)", text, maxsplit=1)[0]
    return " ".join(kept.split())


def _die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the one that started it ends, however it ends.

    A parent that is killed cannot stop its child, and a dbt that goes on alone keeps the build file's lock and a
    processor for nothing. Asked for by the child itself: code run between fork and exec (`preexec_fn`) can hang in a
    parent that has threads. Only Linux has it; elsewhere the child ends by itself after its build.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have ended before the request was made.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _child(order: dict[str, Any]) -> int:
    """Run dbt in this process; returns 0, 1 (nodes failed) or 2 (dbt could not start the build)."""
    _die_with_parent(order["parent"])
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
    outcome = dbtRunner(manifest=manifest).invoke(order["arguments"])
    parsed_file = Path(order["parsed_file"])
    if cache_file and manifest is None and parsed_file.is_file():
        write_aside(cache_file, parsed_file.read_bytes())
    if outcome.exception is not None:
        Path(order["error_file"]).write_text(str(outcome.exception))
        return 2
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(_child(json.loads(sys.argv[1])))

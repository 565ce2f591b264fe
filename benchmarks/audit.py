"""What the audit costs: `python benchmarks/audit.py`.

1. The samples: an audit in a process of its own, beside importing Great Expectations alone. The bar: the audit takes at
   most that import and 2 s.
2. N rows of execution of ten ministries in four periods (`--rows N`; 5,000,000): seconds and peak memory of the process
   that audits. The bar: 15 s and 1 GB.

The warehouse is built by dbt first, which is not measured here.
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

from warehouse import BUILD, create_many, timed

from relance import asof, stages
from relance.settings import Settings

RUNS = 3
AUDIT = (
    "import json, resource, sys; from pathlib import Path; from relance.audit import run_audit;"
    "verdict = run_audit(*map(Path, sys.argv[1:4]));"
    "looked = max(one.rows or 0 for one in verdict.looked_at);"
    "print(json.dumps([verdict.outcome, looked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))"
)
IMPORT = "import great_expectations"


def audit(build_file: Path, scratch: Path) -> tuple[float, str, int, float]:
    """Seconds, outcome, most rows that a control looked at, peak memory in GB."""
    words = (str(build_file), str(Settings.from_env().expectations_dir), str(scratch))
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", AUDIT, *words], check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    outcome, looked, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, outcome, looked, peak / 1024 / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--part", choices=["samples", "many"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if chosen.part != "many":
            os.environ["RELANCE_DATA_DIR"] = str(scratch / "data")
            for feed in ("panorama", "submissions", "applications_sample"):
                stages.collect(feed)
            build_id = stages.prepare(asof.now())
            stages.build(build_id)
            build_file = Settings.from_env().builds_dir / build_id / stages.BUILD_FILE
            imported = min(timed(IMPORT) for _ in range(RUNS))
            audited = min(audit(build_file, scratch)[0] for _ in range(RUNS))
            print(f"samples: audit {audited:.2f} s, import alone {imported:.2f} s: {audited - imported:.2f} s more (2)")
        if chosen.part != "samples":
            project = scratch / "dbt_project"
            shutil.copytree(Settings.from_env().dbt_dir, project, ignore=shutil.ignore_patterns("target", "logs"))
            build_file = create_many(project, scratch, chosen.rows)
            timed(BUILD, str(project), str(build_file), str(scratch / "work"), str(scratch / "cache"))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds, outcome, looked, peak = audit(build_file, scratch)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"{looked:,} rows in the largest control: {seconds:.1f} s, {processor:.1f} CPU s (15), "
                f"{peak:.2f} GB (1), outcome {outcome}"
            )


if __name__ == "__main__":
    main()

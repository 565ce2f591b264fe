"""Where a night's time goes: `python benchmarks/stages.py`.

Runs the stages on the samples in a data folder of its own, twice (the second time nothing is parsed again), each
stage in a process of its own as Airflow runs it, and prints wall and processor seconds, and as the yardstick what
dbt alone costs for the same marts, without audit and publication.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

STAGES = ("prepare", "build", "audit", "publish")
CALLS = {
    "collect": "stages.collect('panorama'); stages.collect('submissions'); stages.collect('applications_sample')",
    "prepare": "print(stages.prepare(asof.now()))",
    **{stage: f"stages.{stage}(sys.argv[1])" for stage in STAGES[1:]},
}


def run(stage: str, build_id: str = "") -> tuple[str, float, float]:
    """One stage in a process of its own: its last line, wall seconds, processor seconds."""
    code = f"import sys; from relance import asof, stages; {CALLS[stage]}"
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, build_id], check=True, capture_output=True, text=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout.strip(), wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ["RELANCE_DATA_DIR"] = data_dir
        print(
            f"{'stage':<10}{'first: wall s':>15}{'CPU s':>8}{'second: wall s':>17}{'CPU s':>8}{'share of second':>17}"
        )
        nights: list[dict[str, tuple[float, float]]] = []
        for _ in range(2):
            night = {"collect": run("collect")[1:]}
            build_id, *cost = run("prepare")
            night["prepare"] = (cost[0], cost[1])
            for stage in STAGES[1:]:
                night[stage] = run(stage, build_id)[1:]
            nights.append(night)
        first, second = nights
        total = sum(wall for wall, _ in second.values())
        for stage in first:
            print(
                f"{stage:<10}{first[stage][0]:>15.1f}{first[stage][1]:>8.1f}"
                f"{second[stage][0]:>17.1f}{second[stage][1]:>8.1f}{second[stage][0] / total:>8.0%}"
            )
        print(f"{'all':<10}{sum(w for w, _ in first.values()):>15.1f}{'':>8}{total:>17.1f}")
        print(f"all stages / dbt build alone: {total / second['build'][0]:.1f} times (second night)")


if __name__ == "__main__":
    main()

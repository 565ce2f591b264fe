"""A backfill as the person at the terminal sees it: its processes, and why a night would be restated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from relance.backfill.plan import differences

KILLED_WITH_A_SEMAPHORE = """
import multiprocessing, os, time
from relance.backfill import run

def night(ours):
    lock = multiprocessing.get_context("spawn").Lock()
    ours.send("begun")
    time.sleep(60)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with run._workers(0, {}):
        process = context.Process(target=night, args=(theirs,))
        process.start()
        ours.recv()
        process.kill()
        process.join()
    print(os.environ.get("PYTHONWARNINGS"))
"""


def test_a_killed_night_leaves_no_warning_on_the_terminal(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED_WITH_A_SEMAPHORE, encoding="utf-8")
    ended = subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True, timeout=60)
    assert (ended.stderr, ended.stdout) == ("", "None\n")


def test_why_a_night_would_be_restated_names_the_corrected_table() -> None:
    code = {"sources_sha256": "1", "program_sha256": "2", "reference_sha256": {"rates": "3", "envelopes": "4"}}
    before: dict[str, Any] = {"receipts": [], "contract_version": "c1", "feeds": [], "code": code}
    corrected = {**code, "sources_sha256": "5", "reference_sha256": {"rates": "6", "envelopes": "4"}}
    assert differences(before, before) == []
    assert differences(before, {**before, "code": corrected}) == ["other figures in rates"]
    both = {**corrected, "program_sha256": "7"}
    assert differences(before, {**before, "code": both}) == ["other figures in rates", "other code"]
    assert differences({**before, "code": {"sources_sha256": "1"}}, {**before, "code": corrected}) == ["other code"]

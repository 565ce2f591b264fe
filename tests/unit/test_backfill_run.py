"""The processes of a backfill, as the person at the terminal sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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

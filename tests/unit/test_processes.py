"""Whatever ends a process, nothing that it started stays."""

from __future__ import annotations

import subprocess
import sys

import psutil

# A child, and one that is forked from it: as Airflow's scheduler and its workers.
FAMILY = """
import os, sys, time
from relance.processes import end_with_parent, forks_end_with_us
end_with_parent()
forks_end_with_us()
pid = os.fork()
if pid:
    print(os.getpid(), pid, flush=True)
time.sleep(600)
"""
# A parent that has nothing to do with it.
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_children_and_what_they_forked_end_when_the_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, FAMILY], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    family = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(family) == 2
    parent.kill()
    parent.wait()
    _, left = psutil.wait_procs(family, timeout=20)
    for process in left:
        process.kill()
    assert not left
    parent.stdout.close()

"""Kills a process with signal 9 before each of its steps on disk, one after the other.

A step is whatever Python is about to do to a name in the data folder (open for writing, rename, link, make, remove),
or starting a program: the interpreter announces each to its audit hooks, and the hook kills its own process. So every
boundary is hit, on a slow machine as on a quick one. What DuckDB writes by itself is hit by the whole runs.

The tests take the first step and every seventh after it. With RELANCE_KILL_STRIDE=1 they take all: see
`docs/reliability.md`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.pipeline.house import FORKS

NAMES_CHANGED = {"os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}
PROGRAM_STARTED = "subprocess.Popen"

STRIDE = int(os.environ.get("RELANCE_KILL_STRIDE", "7"))
Act = Callable[[Path], object]


def killed_before_each_step(template: Path, act: Act, scratch: Path) -> Iterator[Path]:
    """Copies of a data folder in which `act` was killed before its first step, and so on every `STRIDE` to its last."""
    for step in count(1, STRIDE):
        data_dir = scratch / f"step-{step}"
        shutil.copytree(template, data_dir, symlinks=True)
        if not _is_killed(data_dir, act, step):
            assert step > 1, f"{act.__name__} takes no step on disk"
            return
        yield data_dir
        shutil.rmtree(data_dir)


def carried_out(data_dir: Path, act: Act) -> None:
    """Let `act` work on a data folder, in a process of its own, to its end."""
    assert not _is_killed(data_dir, act, None)


def _is_killed(data_dir: Path, act: Act, step: int | None) -> bool:
    process = FORKS.Process(target=_act, args=(act, data_dir, step))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), f"{act.__name__} failed on its own"
    return process.exitcode != 0


def _act(act: Act, data_dir: Path, step: int | None) -> None:
    os.environ["RELANCE_DATA_DIR"] = str(data_dir)
    taken = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal taken
        if _is_step(event, arguments, str(data_dir)):
            taken += 1
            if taken == step:
                os.kill(os.getpid(), signal.SIGKILL)

    if step is not None:
        sys.addaudithook(watch)
    act(data_dir)


def _is_step(event: str, arguments: tuple[Any, ...], data_dir: str) -> bool:
    if event == PROGRAM_STARTED:
        return True
    if event == "open":
        path, _, flags = arguments
        return str(path).startswith(data_dir) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in NAMES_CHANGED and any(str(one).startswith(data_dir) for one in arguments[:2])

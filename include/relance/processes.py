"""Child processes that end when the one that started them does."""

from __future__ import annotations

import os
import signal
import threading
import time

SECONDS = 0.2


def end_with_parent(parent: int | None = None) -> None:
    """Have this process killed when the one that started it (`parent`, if it is known) ends, however it ends.

    A parent that is killed cannot stop its child, and a dbt that goes on alone keeps the build file's lock and a
    processor for nothing. A process whose parent has ended is given another one, on every system.
    """
    started_by = os.getppid() if parent is None else parent

    def watch() -> None:
        while os.getppid() == started_by:
            time.sleep(SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def forks_end_with_us() -> None:
    """Have every process that is forked from this one, and from those, end with the one that forked it."""
    os.register_at_fork(after_in_child=end_with_parent)

"""Child processes that end when the one that started them does."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the one that started it, `parent`, ends, however it ends.

    A parent that is killed cannot stop its child, and a dbt that goes on alone keeps the build file's lock and a
    processor for nothing. Asked for by the child itself: code run between fork and exec (`preexec_fn`) can hang in a
    parent that has threads. Only Linux has it; elsewhere the child ends by itself when its work is done.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have ended before the request was made.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)

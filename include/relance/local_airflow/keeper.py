"""The process that starts Airflow's processes and sees to it that none of them is left over.

Airflow's executor forks workers that outlive a killed scheduler, and a killed run must leave nothing to be
cleaned by hand. So the run does not start Airflow itself: it starts this keeper, in a session of its own (a
signal to the run's process group does not reach it), and talks to it through a pipe. When the pipe closes,
whatever closed it, the keeper ends all that descends from it, orphans included, and itself.

If the keeper is killed too, the next one finds what is left by the token of `instance.json` in the processes'
environment, which no other process can carry by accident.

Orders, one JSON object a line on standard input:
    {"start": name, "argv": [...], "log": path, "grace": seconds to end by itself when asked to}
    {"ready": true}     {"stop": true}
Events, one JSON object a line on standard output:
    {"kept": true, "is_after_kill": bool}     {"ended": name, "code": exit status}     {"busy": true}
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from relance.files import write_json

TOKEN = "RELANCE_AIRFLOW_TOKEN"  # noqa: S105 - the name of a variable
LOCK_SECONDS = 2.0
PR_SET_CHILD_SUBREAPER = 36


class Child(NamedTuple):
    """A process started on an order, and how long it may take to end when asked to."""

    name: str
    process: subprocess.Popen[bytes]
    grace: float


class Keeper:
    """Holds the lock of one Airflow home, and the processes started for it."""

    def __init__(self, run_dir: Path, about: dict[str, Any]) -> None:
        self.run_dir = run_dir
        self.instance_file = run_dir / "instance.json"
        self.about = about
        self.token = uuid.uuid4().hex
        self.children: dict[int, Child] = {}

    def take_over(self) -> bool | None:
        """Take the lock, end what a killed keeper left; whether there was one. None if the lock is taken."""
        # The handle lives as long as this process; the children do not inherit it.
        self.lock = (self.run_dir / "lock").open("w")
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    return None
                time.sleep(0.1)
        is_after_kill = self.instance_file.exists()
        if is_after_kill:
            end_all_with(json.loads(self.instance_file.read_text(encoding="utf-8"))["token"])
        self.write_instance(is_ready=False)
        return is_after_kill

    def write_instance(self, is_ready: bool) -> None:
        me = psutil.Process()
        write_json(
            self.instance_file,
            self.about | {"token": self.token, "is_ready": is_ready, "keeper": [me.pid, me.create_time()]},
        )

    def start(self, name: str, argv: list[str], log: str, grace: float) -> None:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        with Path(log).open("ab") as out:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | {TOKEN: self.token},
            )
        self.children[process.pid] = Child(name, process, grace)

    def ended(self) -> Iterator[tuple[str, int]]:
        """The started processes that have ended since; orphans that came to us are reaped on the way."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.children:
                child = self.children.pop(pid)
                child.process.returncode = os.waitstatus_to_exitcode(status)
                yield child.name, child.process.returncode

    def end_all(self, is_in_order: bool) -> None:
        """End all descendants: asked to first if there is time for order, then by force until none is left."""
        begun = time.monotonic()
        for child in self.children.values():
            child.process.terminate() if is_in_order and child.grace else child.process.kill()
        while is_in_order and any(time.monotonic() - begun < child.grace for child in self.children.values()):
            list(self.ended())
            time.sleep(0.05)
        while rest := psutil.Process().children(recursive=True):
            for process in rest:
                with_no_error(process.kill)
            list(self.ended())
            time.sleep(0.05)
        # Where the system has no subreaper, orphans are no descendants any more.
        end_all_with(self.token)

    def tidy(self) -> None:
        self.instance_file.unlink(missing_ok=True)


def with_no_error(action: Any) -> Any:
    """Call `action` on a process that may be gone, or not ours: None then."""
    try:
        return action()
    except (psutil.Error, OSError):
        return None


def end_all_with(token: str) -> None:
    """Kill every process of this user that carries `token`, and wait until it is gone."""
    while True:
        rest = [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid()
            and (with_no_error(process.environ) or {}).get(TOKEN) == token
            and with_no_error(process.status) != psutil.STATUS_ZOMBIE
        ]
        if not rest:
            return
        for process in rest:
            # psutil compares the start time before it signals, so a pid that was given anew is not hit.
            with_no_error(process.kill)
        psutil.wait_procs(rest, timeout=2)


def adopt_orphans() -> None:
    """Have the descendants whose parent dies become our children (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def tell(**event: Any) -> None:
    """An event for the run; nobody listens any more when the run was killed."""
    try:
        print(json.dumps(event), flush=True)
    except BrokenPipeError:
        # Standard output would fail once more when the interpreter flushes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Keep: `python -m relance.local_airflow.keeper RUN_DIR ABOUT` with orders on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    adopt_orphans()
    keeper = Keeper(Path(sys.argv[1]), json.loads(sys.argv[2]))
    is_after_kill = keeper.take_over()
    if is_after_kill is None:
        tell(busy=True)
        return
    tell(kept=True, is_after_kill=is_after_kill)
    is_tidy = False
    try:
        for order in orders(keeper):
            if "start" in order:
                keeper.start(order["start"], order["argv"], order["log"], order["grace"])
            elif "ready" in order:
                keeper.write_instance(is_ready=True)
            elif "stop" in order:
                is_tidy = True
                break
    finally:
        keeper.end_all(is_in_order=is_tidy)
        if is_tidy:
            keeper.tidy()


def orders(keeper: Keeper) -> Iterator[dict[str, Any]]:
    """The run's orders, until the pipe closes; meanwhile tells what ended."""
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            if selector.select(timeout=0.1):
                block = os.read(sys.stdin.fileno(), 65536)
                if not block:
                    return
                *lines, pending = (pending + block).split(b"\n")
                yield from (json.loads(line) for line in lines)
            for name, code in keeper.ended():
                tell(ended=name, code=code)


if __name__ == "__main__":
    main()

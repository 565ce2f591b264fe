"""Runs the nights of a backfill side by side, each in a process of its own, and has them concluded in their order.

Builds are independent of each other, and take most of the time. A night is audited and published only when the ones
before it have ended: what it is compared with then does not depend on how many run side by side.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from relance.backfill import record
from relance.backfill.night import BUILT, GO_ON, work
from relance.backfill.record import Backfill, Outcome
from relance.settings import Settings

Tell = Callable[[Outcome], None]


@dataclass
class Worker:
    """One process, and the night that it is at."""

    process: SpawnProcess
    connection: Connection
    date: dt.date | None = None
    is_built: bool = False


def run_backfill(settings: Settings, backfill: Backfill, parallel: int, tell: Tell) -> dict[dt.date, Outcome]:
    """Run each night that is not done yet, `parallel` at a time; what became of every night of the backfill.

    `tell` hears of each night that this run ended. A night that waits for a person is not built again.
    """
    with record.held(settings, backfill):
        ended = record.outcomes(settings, backfill)
        kept = {day for day, one in ended.items() if one.is_done or record.is_waiting(settings, one)}
        waiting = [day for day in backfill.dates if day not in kept]
        with _workers(min(parallel, len(waiting)), backfill.for_manifest()) as workers:
            for outcome in _run(workers, waiting, backfill.for_manifest()):
                record.note(settings, backfill, outcome)
                tell(outcome)
        return record.outcomes(settings, backfill)


def _run(workers: list[Worker], dates: list[dt.date], manifest: dict[str, Any]) -> Iterator[Outcome]:
    """Hand out the dates in their order; each outcome as it comes."""
    waiting, open_dates = list(dates), sorted(dates)
    while open_dates:
        for worker in workers:
            if worker.date is None and waiting:
                worker.date, worker.is_built = waiting.pop(0), False
                worker.connection.send(worker.date)
        for worker in workers:
            if worker.is_built and worker.date == open_dates[0]:
                worker.is_built = False
                worker.connection.send(GO_ON)
        busy = {worker.connection: worker for worker in workers if worker.date is not None}
        for connection in wait(list(busy)):
            worker = busy[connection]  # type: ignore[index]
            outcome = _heard(worker)
            if outcome is None or worker.date is None:
                continue
            open_dates.remove(worker.date)
            worker.date = None
            if not worker.process.is_alive():
                workers[workers.index(worker)] = _start(manifest)
            yield outcome


def _heard(worker: Worker) -> Outcome | None:
    """What a process says of its night; None where it waits for the word to go on."""
    try:
        kind, outcome = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        sentence = (
            f"its process was ended from outside (exit status {worker.process.exitcode}); the machine may have run "
            "out of memory: run the same command again, with a lower --parallel"
        )
        return Outcome(str(worker.date), record.FAILED, sentence)
    worker.is_built = kind == BUILT
    return None if worker.is_built else outcome


@contextmanager
def _workers(count: int, manifest: dict[str, Any]) -> Iterator[list[Worker]]:
    """Processes that are ended when the backfill is, however it ends."""
    workers: list[Worker] = []
    _start_tracker()
    try:
        workers += [_start(manifest) for _ in range(count)]
        yield workers
    finally:
        for worker in workers:
            # One that waits for a date ends by itself; one that is at a night is not waited for.
            worker.connection.close()
            if worker.date is not None:
                worker.process.kill()
            worker.process.join()


def _start_tracker() -> None:
    """The process that removes the semaphores of killed ones; it would say so, and nobody has to do anything."""
    said = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [said, "ignore:resource_tracker:UserWarning"]))
    try:
        resource_tracker.ensure_running()
    finally:
        if said is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = said


def _start(manifest: dict[str, Any]) -> Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, os.getpid(), manifest), daemon=True)
    process.start()
    # Only the process itself holds its end, so that its end is heard.
    theirs.close()
    return Worker(process, ours)

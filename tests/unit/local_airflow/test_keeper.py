"""The keeper: whatever ends the run, nothing that was started for it stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from relance.local_airflow.home import AirflowHome
from relance.local_airflow.instance import is_held, read_instance, wait_for_free
from relance.local_airflow.keeper import TOKEN
from relance.settings import Settings

# A child, a grandchild whose parent has ended, and one that has left the session: as Airflow's workers are.
FAMILY = "sleep 600 & (sleep 600 &) ; setsid sleep 600 & wait"


class Kept:
    """A keeper under test, and the processes that carry its token."""

    def __init__(self, home: AirflowHome, about: dict[str, Any]) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "relance.local_airflow.keeper", str(home.run_dir), json.dumps(about)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.first = self.event()
        known = read_instance(home)
        self.token = known["token"] if known else ""

    def pipe(self, which: IO[bytes] | None) -> IO[bytes]:
        assert which is not None
        return which

    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.pipe(self.process.stdout).readline())
        return found

    def order(self, **order: Any) -> None:
        self.pipe(self.process.stdin).write(json.dumps(order).encode() + b"\n")
        self.pipe(self.process.stdin).flush()

    def start_family(self) -> None:
        log = str(self.home.path / "logs" / "family.log")
        self.order(start="family", argv=["bash", "-c", FAMILY], log=log, grace=0)
        wait_until(lambda: len(self.living()) == 4)

    def living(self) -> list[int]:
        return carriers(self.token)

    def close(self) -> None:
        self.pipe(self.process.stdin).close()
        self.process.wait(timeout=20)


def carriers(token: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(TOKEN) == token and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until, "waited 20 s in vain"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> AirflowHome:
    made = AirflowHome(tmp_path / ".airflow", settings)
    made.run_dir.mkdir(parents=True)
    return made


@pytest.fixture
def keep(home: AirflowHome) -> Iterator[Callable[[], Kept]]:
    started: list[Kept] = []

    def start() -> Kept:
        me = psutil.Process()
        about = {"mode": "nightly", "port": 1, "data_dir": "d", "run": [me.pid, me.create_time()]}
        started.append(Kept(home, about))
        return started[-1]

    yield start
    for kept in started:
        if kept.process.poll() is None:
            kept.close()
        for pid in carriers(kept.token) if kept.token else []:
            os.kill(pid, signal.SIGKILL)


def test_all_that_descends_from_it_ends_when_the_run_goes_away(keep: Callable[[], Kept], home: AirflowHome) -> None:
    kept = keep()
    kept.start_family()
    kept.close()
    assert kept.living() == []
    assert not is_held(home)
    assert home.instance_file.exists(), "the next start has to know that this one did not end in order"


def test_an_end_in_order_leaves_nothing_to_look_into(keep: Callable[[], Kept], home: AirflowHome) -> None:
    kept = keep()
    kept.start_family()
    kept.order(stop=True)
    kept.close()
    assert kept.living() == []
    assert not home.instance_file.exists()
    assert keep().first == {"kept": True, "is_after_kill": False}


def test_what_a_killed_keeper_left_is_ended_by_the_next_one(keep: Callable[[], Kept]) -> None:
    killed = keep()
    killed.start_family()
    killed.process.kill()
    killed.process.wait()
    assert len(killed.living()) == 4
    assert keep().first == {"kept": True, "is_after_kill": True}
    assert killed.living() == []


def test_a_process_with_another_token_is_left_alone(keep: Callable[[], Kept]) -> None:
    stranger = subprocess.Popen(["sleep", "600"], env=os.environ | {TOKEN: "of another home"})
    try:
        killed = keep()
        killed.process.kill()
        killed.process.wait()
        keep()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_it_tells_when_a_process_ends_by_itself(keep: Callable[[], Kept], home: AirflowHome) -> None:
    kept = keep()
    kept.order(start="short", argv=["bash", "-c", "echo why; exit 7"], log=str(home.path / "short.log"), grace=0)
    assert kept.event() == {"ended": "short", "code": 7}
    assert (home.path / "short.log").read_text(encoding="utf-8") == "why\n"


def test_a_home_in_use_is_refused_with_who_uses_it(keep: Callable[[], Kept], home: AirflowHome) -> None:
    from relance.errors import RelanceError

    assert wait_for_free(home) is None
    kept = keep()
    with pytest.raises(RelanceError, match=rf"Another run is using .* \(process {os.getpid()}"):
        wait_for_free(home)
    kept.close()
    assert wait_for_free(home) is None


def test_an_instance_that_is_up_is_used_if_it_works_on_the_same_data(
    keep: Callable[[], Kept], home: AirflowHome
) -> None:
    from relance.errors import RelanceError

    kept = keep()
    kept.order(ready=True)
    wait_until(lambda: bool((read_instance(home) or {}).get("is_ready")))
    known = json.loads(home.instance_file.read_text(encoding="utf-8"))
    same = known | {"mode": "up", "data_dir": str(home.settings.data_dir)}
    home.instance_file.write_text(json.dumps(same), encoding="utf-8")
    found = wait_for_free(home)
    assert found is not None
    assert found["port"] == known["port"]
    home.instance_file.write_text(json.dumps(same | {"data_dir": "/other"}), encoding="utf-8")
    with pytest.raises(RelanceError, match="works on /other"):
        wait_for_free(home)

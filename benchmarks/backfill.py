"""A range of nights restated in one command: `python -m benchmarks.backfill [compare|pace] [--nights N] [--kills 2]`.

`compare` restates 30 nights of the samples with `relance backfill`, kills it with signal 9 in the middle and gives the
same command again, as often as asked; beside it the same nights are published one by one. Every mart's Parquet file is
then compared byte for byte.

`pace` measures nights a minute: `relance publish --as-of` night by night; `relance backfill` with one night at a time
and with two, each command whole (its start included); and Airflow's own backfill on Celery (`benchmarks.celery_trial`)
with one worker and with two, from the command that begins it to the end of its last run. `--only celery` measures what
has that word in its name.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from relance.files import sha256_of
from relance.publication.reader import differences

RELANCE = Path(sys.executable).with_name("relance")
# Files of the samples were received on eight of the thirty nights that begin here.
FIRST = dt.date(2021, 4, 8)
FEEDS = ("panorama", "submissions", "applications_sample")
POLL_SECONDS = 0.05


def relance(data_dir: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [RELANCE, *words],
        env={**os.environ, "RELANCE_DATA_DIR": str(data_dir)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(data_dir: Path, *words: str) -> str:
    """The command to its end; its output. Raises when it fails."""
    process = relance(data_dir, *words)
    output = process.communicate()[0]
    if process.returncode != 0:
        raise RuntimeError(f"relance {' '.join(words)} ended with {process.returncode}:\n{output}")
    return output


def backfill_words(dates: list[dt.date], parallel: int) -> tuple[str, ...]:
    first, last = dates[0].isoformat(), dates[-1].isoformat()
    asked = ("backfill", "--from", first, "--to", last, "--reason", "essai de reprise", "--yes")
    return (*asked, "--parallel", str(parallel))


@contextmanager
def houses() -> Iterator[tuple[Path, Path]]:
    """A folder for data folders, and one in which the samples are collected, to copy from."""
    with tempfile.TemporaryDirectory() as folder:
        collected = Path(folder) / "collected"
        for feed in FEEDS:
            run(collected, "collect", feed)
        yield Path(folder), collected


def published(data_dir: Path) -> list[Path]:
    """The folders of the publications, by date."""
    return sorted(path.parent for path in (data_dir / "publications").glob("*/r*/manifest.json"))


def killed_and_resumed(data_dir: Path, dates: list[dt.date], kills: int, parallel: int) -> None:
    """Give the command, kill it once so many nights are published, and give it again until it ends by itself."""
    words = backfill_words(dates, parallel)
    for number in range(1, kills + 1):
        process = relance(data_dir, *words)
        while len(published(data_dir)) < len(dates) * number // (kills + 1):
            if process.poll() is not None:
                raise RuntimeError(f"it ended before it was killed:\n{process.communicate()[0]}")
            time.sleep(POLL_SECONDS)
        process.kill()
        process.communicate()
        done = len(published(data_dir))
        print(f"killed with signal 9 when {done} of {len(dates)} nights were published", flush=True)
    output = run(data_dir, *words)
    print(next(line for line in output.splitlines() if line.startswith("Going on")))
    print(output.splitlines()[-1])


def marts(publication: Path) -> dict[str, str]:
    return {path.name: sha256_of(path) for path in sorted((publication / "marts").glob("*.parquet"))}


def compare(nights: int, kills: int, parallel: int) -> bool:
    """Print what a killed and resumed backfill and nights one by one have in common; whether that is everything."""
    dates = [FIRST + dt.timedelta(days=day) for day in range(nights)]
    with houses() as (folder, collected):
        resumed, one_by_one = folder / "resumed", folder / "one-by-one"
        for data_dir in (resumed, one_by_one):
            shutil.copytree(collected, data_dir)
        killed_and_resumed(resumed, dates, kills, parallel)
        for date in dates:
            run(one_by_one, "publish", "--as-of", date.isoformat())
        sides = [
            {path.relative_to(data_dir / "publications").as_posix(): marts(path) for path in published(data_dir)}
            for data_dir in (resumed, one_by_one)
        ]
        expected = [f"{date}/r1" for date in dates]
        damaged = [path for data_dir in (resumed, one_by_one) for path in published(data_dir) if differences(path)]
        files = sum(len(found) for found in sides[1].values())
        differing = [
            f"{name}/{file}"
            for name, found in sides[1].items()
            for file, sha256 in found.items()
            if sides[0].get(name, {}).get(file) != sha256
        ]
        kinds = len({tuple(sorted(found.items())) for found in sides[1].values()})
        print(
            f"{len(sides[0])} and {len(sides[1])} publications of {len(dates)} nights ({kinds} different ones); "
            f"{files} Parquet files compared, {len(differing)} differ; {len(damaged)} publications do not verify"
        )
        return not differing and not damaged and all(sorted(side) == expected for side in sides)


def pace(nights: int, only: str) -> None:
    """Print nights a minute."""
    from benchmarks.celery_trial import seconds_on_celery

    dates = [FIRST + dt.timedelta(days=day) for day in range(nights)]

    def one_by_one(data_dir: Path) -> None:
        for date in dates:
            run(data_dir, "publish", "--as-of", date.isoformat())

    def backfill(data_dir: Path, parallel: int) -> None:
        run(data_dir, *backfill_words(dates, parallel))

    ways: dict[str, Callable[[Path], float | None]] = {
        "publish, one by one": one_by_one,
        "backfill, 1 at once": lambda data_dir: backfill(data_dir, 1),
        "backfill, 2 at once": lambda data_dir: backfill(data_dir, 2),
        "celery, 1 worker": lambda data_dir: seconds_on_celery(data_dir, dates, 1),
        "celery, 2 workers": lambda data_dir: seconds_on_celery(data_dir, dates, 2),
    }
    with houses() as (folder, collected):
        # Every file is parsed once, whatever is measured first.
        run(collected, "publish", "--as-of", dates[-1].isoformat())
        shutil.rmtree(collected / "publications")
        paces = {}
        for name, way in ways.items():
            if only not in name:
                continue
            data_dir = folder / name
            shutil.copytree(collected, data_dir)
            begun = time.perf_counter()
            seconds = way(data_dir) or time.perf_counter() - begun
            paces[name] = 60 * nights / seconds
            first = next(iter(paces.values()))
            print(f"{name}: {paces[name]:.1f} nights a minute, {paces[name] / first:.2f} times the first", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=("compare", "pace"), nargs="?", default="compare")
    parser.add_argument("--nights", type=int, default=None, help="default: 30 to compare, 6 for the pace")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--only", default="", help="of the pace: what has this in its name")
    asked = parser.parse_args()
    if asked.what == "pace":
        pace(asked.nights or 6, asked.only)
    elif not compare(asked.nights or 30, asked.kills, asked.parallel):
        sys.exit("not the same")


if __name__ == "__main__":
    main()

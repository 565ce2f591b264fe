"""The run of `seen_and_read.py`: draw, write, show, read, compare, and say what was found."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.seen import breaks, show, write
from benchmarks.seen.compare import Difference, Outcome, compare, read
from benchmarks.seen.draw import draw_book
from benchmarks.seen.model import WRITERS

PLAIN_BAR = 0.99
PREFIX = "seen-and-read-"
AT_ONCE = 200
# Without a library that is not of the project's own requirements.
SAMPLE_WRITERS = ("openpyxl", "openpyxl-prefixed", "openpyxl-bare", "ods")
SAMPLE = Path(__file__).parents[2] / "tests" / "fixtures" / "seen" / "shown.json"
SAMPLE_SEED, SAMPLE_BOOKS = 72, 40

Task = tuple[int, int, tuple[str, ...], show.Shown, Path, str | None]


def examine(task: Task) -> Outcome:
    """Read one workbook that was written, and compare it with what was shown; the unwanted copies are removed."""
    seed, number, writers, shown, folder, broken = task
    book = draw_book(seed, number, writers)
    path = folder / f"{book.name}.{book.extension}"
    seen = breaks.damaged(path, broken, folder / f"broken-{path.name}") if broken else path
    parsed = folder / "parsed" / book.name
    was_read = read(seen, book.kind, parsed)
    if broken in breaks.READ_BREAKS:
        breaks.READ_BREAKS[broken](was_read)
    shutil.rmtree(parsed)
    return compare(book, shown, was_read)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--break", dest="broken", choices=breaks.NAMES, help="break the reader; exit 0 if it is caught")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "seen-and-read")
    parser.add_argument("--show", type=int, default=200, help="how many differences to print")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON lines")
    parser.add_argument("--write-sample", action="store_true", help=f"write {SAMPLE.name} for the test, and end")
    options = parser.parse_args()
    if show.program() is None:
        print(f"LibreOffice is needed, and is not installed: {show.HOW}", file=sys.stderr)
        return 2
    if options.write_sample:
        return write_sample()
    if missing := write.missing_writers():
        print(f"{' and '.join(missing)} needed, and not installed: {write.HOW}", file=sys.stderr)
        return 2
    begun, outcome = time.monotonic(), Outcome()
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX) as scratch,
        multiprocessing.Pool(options.processes) as pool,
    ):
        for first in range(0, options.workbooks, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, options.workbooks))
            folder = Path(scratch) / str(first)
            shown = written_and_shown(options.seed, numbers, WRITERS, folder)
            tasks = [(options.seed, n, WRITERS, shown[f"{n:04d}"], folder, options.broken) for n in numbers]
            for found in pool.imap(examine, tasks, chunksize=4):
                outcome.add(found)
                for name in {d.book for d in found.differences}:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(folder / name, options.keep)
            shutil.rmtree(folder)
    say(outcome, options.workbooks, time.monotonic() - begun, options)
    if options.broken:
        print(f"\nReader broken on purpose ({options.broken}): {'caught' if outcome.differences else 'NOT CAUGHT'}.")
        return int(not outcome.differences)
    return int(bool(outcome.differences) or outcome.plain_accepted < PLAIN_BAR * outcome.plain_rows)


def written_and_shown(seed: int, numbers: range, writers: tuple[str, ...], folder: Path) -> dict[str, show.Shown]:
    """Write the workbooks of these numbers into a new folder, and have them shown."""
    folder.mkdir()
    paths = []
    for number in numbers:
        book = draw_book(seed, number, writers)
        paths.append(folder / f"{book.name}.{book.extension}")
        write.write(book, paths[-1])
    return show.show(paths, folder)


def write_sample() -> int:
    with tempfile.TemporaryDirectory(prefix=PREFIX) as scratch:
        shown = written_and_shown(SAMPLE_SEED, range(SAMPLE_BOOKS), SAMPLE_WRITERS, Path(scratch) / "sample")
    SAMPLE.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(sheets, ensure_ascii=False)}" for name, sheets in shown.items()
    )
    SAMPLE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    print(f"{SAMPLE}: {len(shown)} workbooks, {SAMPLE.stat().st_size:,} bytes")
    return 0


def say(outcome: Outcome, workbooks: int, seconds: float, options: argparse.Namespace) -> None:
    by_family: dict[str, list[Difference]] = defaultdict(list)
    for difference in outcome.differences:
        by_family[difference.family].append(difference)
    if options.json:
        for difference in outcome.differences:
            print(json.dumps(vars(difference), ensure_ascii=False))
        return
    for found in sorted(by_family.values(), key=len, reverse=True):
        for difference in found[: max(1, options.show // max(1, len(by_family)))]:
            print(difference)
    print("\nfamily of cells: rows read as shown, rows refused, of these rows that can be told")
    for family, (as_shown, refused, told) in sorted(outcome.families.items()):
        print(f"  {family:26} {as_shown:6} {refused:6} {told:6}")
    print("\nrefusals by rule: " + ", ".join(f"{rule} {n}" for rule, n in outcome.rules.most_common()))
    for reason, count in outcome.reasons.most_common(12):
        print(f"set aside {count:4}: {reason}")
    accepted = 100 * outcome.plain_accepted / outcome.plain_rows if outcome.plain_rows else 100
    print(
        f"\n{workbooks} workbooks, seed {options.seed}, {seconds:.0f} s: {outcome.values:,} values accepted and"
        f" compared, {len(outcome.differences)} silent differences; {sum(outcome.reasons.values())} set aside;"
        f" {outcome.plain_books} plain workbooks, {accepted:.2f} % of whose {outcome.plain_rows:,} rows were accepted"
        f" (at least {PLAIN_BAR:.0%} wanted)."
    )
    if outcome.differences:
        print(f"The workbooks that differ: {options.keep}")

"""What parsing costs beside what a user would use instead: `python benchmarks/parsing.py [--rows N] [--sheet-rows N]`.

The same awards, 8 columns with French numbers and dates and a few values to reject, as CSV and as XLSX, are read by
`parse_object` (contract, rejects, sums, Parquet) and by

- DuckDB: the CSV read as text and written as Parquet (zstd), by its defaults and by our settings; nothing is judged;
- python-calamine: the bare read of the sheet into Python lists;
- pandas: `read_csv` or `read_excel` (calamine), then amounts to cents and dates to days; what fails is empty;
- frictionless: validation by the contract's own schema, on the first rows only, since it takes minutes for all.

Each run is a process of its own; wall seconds and rows a second are medians of the runs, without the start of
Python; peak memory is that of the process and of its largest child.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADERS = (
    "N° de subvention", "Ligne du fonds", "Bénéficiaire", "SIRET du bénéficiaire", "Intitulé du projet",
    "Date de décision", "Coût total du projet (€)", "Montant accordé (€)",
)  # fmt: skip
COVER = (("Code du ministère", "ECO"), ("Période", "2021-T2"), ())
HEADER_ROW = len(COVER) + 1
LINES = ("ITN1", "ITN2", "ITN3", "ITN4", "ITN5", "ITN6", "ITN8A", "ITN8B")
# frictionless takes minutes for a million rows; its rows a second do not depend on their number.
FRICTIONLESS_ROWS = 50_000


def euros(cents: int, is_grouped: bool) -> str:
    whole = f"{cents // 100:,}".replace(",", " ") if is_grouped else str(cents // 100)
    return f"{whole},{cents % 100:02d}"


def award(number: int, chance: random.Random) -> list[str]:
    """One row: every tenth amount grouped by spaces, both forms of dates, a date that is none every 5,000 rows."""
    cost = chance.randrange(100, 1_000_000_000)
    day, month = chance.randrange(1, 28), chance.randrange(1, 13)
    decided = f"{day:02d}/{month:02d}/2021" if number % 2 else f"2021-{month:02d}-{day:02d}"
    return [
        f"S{number:07d}",
        LINES[number % len(LINES)],
        f"Commune de Saint-Exemple {number % 997}",
        f"{21_000_000_000_000 + number}",
        f"Projet numérique {number % 9973} de la commune",
        "bientôt" if number % 5_000 == 4_999 else decided,
        euros(cost, number % 10 == 0),
        euros(chance.randrange(100, cost + 1), number % 10 == 5),
    ]


def write_csv(path: Path, rows: int) -> None:
    chance = random.Random(1)  # noqa: S311 - the same rows at each run, no secret
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerows([*COVER, HEADERS])
        writer.writerows(award(number, chance) for number in range(rows))


def write_workbook(path: Path, rows: int) -> None:
    """A workbook as ministries fill it: amounts are number cells; the cover stands above, as in the CSV."""
    from openpyxl import Workbook

    chance = random.Random(1)  # noqa: S311 - as above
    book = Workbook(write_only=True)
    cover = book.create_sheet("Couverture")
    for line in COVER:
        cover.append(line)
    sheet = book.create_sheet("Subventions")
    sheet.append(HEADERS)
    for number in range(rows):
        cells = award(number, chance)
        amounts = [float(cell.replace(" ", "").replace(",", ".")) for cell in cells[6:]]
        sheet.append([*cells[:6], *amounts])
    book.save(path)


# -- the contenders: each reads `path` whole


def hash_file(path: Path) -> Path:
    """Where the SHA-256 of a file is kept that reading it compares with, as the landing has it from the reception."""
    return path.with_name(f"{path.name}.sha256")


def ours(path: Path, scratch: Path) -> None:
    from relance.parsing import parse_object

    parsed = parse_object(path, hash_file(path).read_text(), "submission", scratch)
    if parsed.is_set_aside:
        raise SystemExit(parsed.reason)


def duckdb_text(path: Path, scratch: Path, settings: str = "COMPRESSION zstd") -> None:
    import duckdb

    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(HEADERS)))
    duckdb.execute(
        f"COPY (FROM read_csv('{path}', auto_detect = false, delim = ';', quote = '\"', skip = {HEADER_ROW}, "
        f"columns = {{{columns}}})) TO '{scratch}/text.parquet' (FORMAT parquet, {settings})"
    )


def duckdb_text_as_ours(path: Path, scratch: Path) -> None:
    from relance.parsing.table_parse import PARQUET

    duckdb_text(path, scratch, PARQUET)


def calamine(path: Path, scratch: Path) -> None:
    from python_calamine import CalamineWorkbook

    CalamineWorkbook.from_path(str(path)).get_sheet_by_index(1).to_python()


def pandas_read(path: Path, scratch: Path) -> None:
    import pandas as pd

    if path.suffix == ".csv":
        frame = pd.read_csv(path, sep=";", skiprows=HEADER_ROW - 1, dtype=str, encoding="utf-8")
    else:
        frame = pd.read_excel(path, sheet_name="Subventions", engine="calamine")
    for name in HEADERS[6:]:
        if path.suffix == ".csv":
            plain = frame[name].str.replace(" ", "", regex=False).str.replace(",", ".", regex=False)
            frame[name] = pd.to_numeric(plain, errors="coerce")
        frame[name] = (frame[name] * 100).round().astype("Int64")
    decided = frame[HEADERS[5]]
    by_slash = pd.to_datetime(decided, format="%d/%m/%Y", errors="coerce")
    frame[HEADERS[5]] = pd.to_datetime(decided, format="%Y-%m-%d", errors="coerce").fillna(by_slash)
    frame.to_parquet(scratch / "frame.parquet")


def frictionless_read(path: Path, scratch: Path) -> None:
    import frictionless
    from frictionless.formats import CsvControl, ExcelControl

    contracts = Path(__file__).parents[1] / "include" / "relance" / "contracts"
    contract = json.loads((contracts / "submission.awards.json").read_text(encoding="utf-8"))
    by_title = {field["title"]: field for field in contract["fields"]}
    fields = [{k: v for k, v in by_title[title].items() if k != "relance"} | {"name": title} for title in HEADERS]
    is_csv = path.suffix == ".csv"
    control = CsvControl(delimiter=";") if is_csv else ExcelControl(sheet="Subventions")
    resource_ = frictionless.Resource(
        path=path.name,
        basepath=str(path.parent),
        encoding="utf-8",
        dialect=frictionless.Dialect(header_rows=[HEADER_ROW if is_csv else 1], controls=[control]),
        schema=frictionless.Schema.from_descriptor({"fields": fields}),
    )
    frictionless.validate(resource_, limit_errors=1_000_000)


CONTENDERS = {
    "ours": ours,
    "DuckDB, text to Parquet": duckdb_text,
    "DuckDB, written as ours": duckdb_text_as_ours,
    "calamine, bare read": calamine,
    "pandas": pandas_read,
    "frictionless": frictionless_read,
}


def measure_here(contender: str, path: Path) -> None:
    """In the process of its own: print wall and processor seconds, and peak memory in MB."""
    with tempfile.TemporaryDirectory() as scratch:
        begun = time.perf_counter()
        CONTENDERS[contender](path, Path(scratch))
        wall = time.perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        json.dumps(
            {
                "wall": wall,
                "cpu": sum(u.ru_utime + u.ru_stime for u in used),
                "memory": sum(u.ru_maxrss for u in used) / 1024,
            }
        )
    )


def measured(contender: str, path: Path, runs: int) -> dict[str, float]:
    # Installed packages come compiled; so is this one, by an uncounted run, for whoever has it installed too.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, __file__, "--one", contender, str(path)]
    found = []
    for _ in range(runs + 1):
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    del found[0]
    return {key: statistics.median(run[key] for run in found) for key in found[0]}


def compare(title: str, path: Path, prefix: Path, rows: int, yardstick: str, runs: int) -> None:
    """Print one table; the last column is the time for as many rows, in multiples of the yardstick's."""
    print(f"\n{title}: {rows:,} rows x {len(HEADERS)} columns, {path.stat().st_size / 1e6:.0f} MB")
    print(f"{'':<26}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'peak MB':>9}{f'x {yardstick}':>28}")
    bare = 0.0
    beside = ["DuckDB, written as ours"] if path.suffix == ".csv" else []
    for contender in (yardstick, *beside, "ours", "pandas", "frictionless"):
        is_slow = contender == "frictionless"
        count = min(rows, FRICTIONLESS_ROWS) if is_slow else rows
        found = measured(contender, prefix if is_slow else path, 1 if is_slow else runs)
        a_row = found["wall"] / count
        bare = bare or a_row
        name = f"{contender} ({count:,} rows)" if is_slow else contender
        print(
            f"{name:<26}{found['wall']:>9.2f}{found['cpu']:>9.2f}{1 / a_row:>12,.0f}{found['memory']:>9.0f}"
            f"{a_row / bare:>28.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Parsing beside what a user would use instead.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the CSV (default: 1,000,000)")
    parser.add_argument("--sheet-rows", type=int, default=100_000, help="rows of the workbook (default: 100,000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is taken (default: 3)")
    parser.add_argument("--one", nargs=2, metavar=("CONTENDER", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure_here(asked.one[0], Path(asked.one[1]))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for suffix, write, rows, yardstick in (
            (".csv", write_csv, asked.rows, "DuckDB, text to Parquet"),
            (".xlsx", write_workbook, asked.sheet_rows, "calamine, bare read"),
        ):
            path, prefix = folder / f"awards{suffix}", folder / f"first{suffix}"
            write(path, rows)
            write(prefix, min(rows, FRICTIONLESS_ROWS))
            hash_file(path).write_text(hashlib.sha256(path.read_bytes()).hexdigest())
            compare(suffix[1:].upper(), path, prefix, rows, yardstick, asked.runs)


if __name__ == "__main__":
    main()

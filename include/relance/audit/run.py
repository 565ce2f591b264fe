"""One audit, end to end: measure, judge, write down. Nothing heavy is imported before `run_audit` is called."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relance import sql
from relance.audit import data_docs, judge, table
from relance.audit.evidence import Batch, Evidence, frame_of, run_checkpoint
from relance.audit.measure import MeasureError, Measurement, floor_of, show_before, show_files, take
from relance.audit.register import CHANGES, Control, load_accepted, load_controls
from relance.audit.verdict import ControlResult, LookedAt, Verdict
from relance.errors import RelanceError
from relance.files import write_json

if TYPE_CHECKING:
    import duckdb

VERDICT_FILE = "verdict.json"
# What DuckDB takes beside Great Expectations; the rest goes to disk.
MEMORY_LIMIT = "512MB"


@dataclass
class _Case:
    """A control on its way through an audit."""

    control: Control
    floor: int | None = None
    measured: Measurement | None = None
    bounds: judge.Bounds | None = None
    failure: ControlResult | None = None


def run_audit(
    build_file: Path,
    expectations_dir: Path,
    out_dir: Path,
    before: Path | None = None,
    accepted_files: judge.Accepted | None = None,
) -> Verdict:
    """Judge a built DuckDB file by the register in `expectations_dir`.

    `before` is the database of the publication that the build is compared with, None without one. `accepted_files` is
    what people accepted of the files that count, by control and subject, beside the register's own.

    Writes the table `quality.controls` (figures in natural units, in the register's order, nothing about the
    run) into `build_file`, and `verdict.json` and the Data Docs into `out_dir`. What is wrong with the data, a mart
    that is missing included, is in the verdict; `RelanceError` is raised only when there is nothing to judge by
    or no file to judge.
    """
    controls = load_controls(expectations_dir)
    accepted = {**load_accepted(expectations_dir, controls), **(accepted_files or {})}
    cases = _measure(build_file, expectations_dir, controls, accepted, before)
    batches = [_batch(case) for case in cases if case.measured is not None and case.measured.known.any()]
    with data_docs.written_aside(out_dir) as docs:
        evidence, version = run_checkpoint(batches, docs)
        results = [result for case in cases for result in _results(case, evidence.get(case.control.id), accepted)]
        looked_at = [
            LookedAt(case.control.id, case.floor, None if case.measured is None else case.measured.rows)
            for case in cases
        ]
        verdict = Verdict(results, looked_at, version)
        data_docs.write_index(docs, out_dir.name, controls, verdict)
    _write_table(build_file, [result for result in results if result.area != CHANGES])
    write_json(out_dir / VERDICT_FILE, verdict.to_json())
    return verdict


def _measure(
    build_file: Path, expectations_dir: Path, controls: list[Control], accepted: judge.Accepted, before: Path | None
) -> list[_Case]:
    with _connect(build_file, read_only=True) as connection:
        show_before(connection, before)
        show_files(connection, expectations_dir)
        as_of = _as_of(connection)
        return [_measure_one(connection, expectations_dir, control, accepted, as_of) for control in controls]


def _as_of(connection: duckdb.DuckDBPyConnection) -> dt.date:
    """The date of a build. One that does not say it has lost a table, which blocks it: any date will do."""
    import duckdb

    try:
        row = connection.execute("select as_of_date from raw.build").fetchone()
    except duckdb.Error:
        row = None
    date = row[0] if row else None
    return date if isinstance(date, dt.date) else dt.date.max


def _measure_one(
    connection: duckdb.DuckDBPyConnection,
    expectations_dir: Path,
    control: Control,
    accepted: judge.Accepted,
    as_of: dt.date,
) -> _Case:
    case = _Case(control)
    try:
        case.floor = floor_of(connection, expectations_dir, control.floor)
        measured = take(connection, expectations_dir, control)
    except MeasureError as error:
        case.failure = judge.not_measured(control, str(error))
        return case
    case.measured = measured
    case.bounds = judge.bounds_of(control, measured, accepted, as_of)
    return case


def _batch(case: _Case) -> Batch:
    """The rows with an expectation; the floor falls by those without, which are said as warnings."""
    measured, bounds = case.measured, case.bounds
    if measured is None or bounds is None:
        raise AssertionError(f"{case.control.id} was not measured")
    known = measured.known
    columns = {
        "expected": measured.expected[known],
        "actual": measured.actual[known],
        "lowest": bounds.lowest[known],
        "highest": bounds.highest[known],
        "stands_for": measured.stands_for[known],
    }
    apart = len(measured) - int(known.sum()) + measured.unlisted
    return Batch(case.control, max((case.floor or 0) - apart, 1), frame_of(columns, known.nonzero()[0]))


def _results(case: _Case, evidence: Evidence | None, accepted: judge.Accepted) -> list[ControlResult]:
    measured, bounds = case.measured, case.bounds
    control = case.control
    if measured is None or bounds is None:
        return [] if case.failure is None else [case.failure]
    results, floor = [], max(case.floor or 0, 1)
    # Where no row has an expectation, there was nothing to have judged.
    is_under_floor = evidence.is_under_floor if evidence else measured.rows < floor
    if measured.rows == case.floor == 0 and control.floor.when_zero:
        results.append(judge.not_evaluated(control))
    elif is_under_floor:
        results.append(judge.under_floor(control, measured.rows, floor))
    if doubt := _doubt(measured, evidence):
        return [*results, judge.not_judged(control, doubt)]
    failing = evidence.failing if evidence else ()
    try:
        results += judge.judge(control, measured, bounds, failing, accepted) if len(measured) else []
    except MeasureError as error:
        return [*results, judge.not_measured(control, str(error))]
    if control.guard and evidence and not evidence.is_guard_met:
        results.append(judge.guarded(control, control.guard))
    return results


def _doubt(measured: Measurement, evidence: Evidence | None) -> str | None:
    """Why Great Expectations' judgement of a control cannot be taken for granted, as a French clause."""
    expected_rows = int(measured.stands_for[measured.known].sum())
    if expected_rows == 0:
        return None
    if evidence is None or evidence.expectations == 0:
        return "Great Expectations n'a rien évalué"
    if evidence.broken:
        return f"Great Expectations n'a pas pu évaluer {', '.join(evidence.broken)}"
    if evidence.rows != expected_rows:
        return f"Great Expectations a vu {evidence.rows} lignes, la mesure en donne {expected_rows}"
    return None


def _write_table(build_file: Path, results: list[ControlResult]) -> None:
    import pyarrow as pa  # type: ignore[import-untyped]

    columns = {
        name: pa.array(
            [r.natural(getattr(r, name)) if name in table.FIGURES else getattr(r, name) for r in results],
            pa.decimal128(24, 6) if name in table.FIGURES else pa.string(),
        )
        for name in table.COLUMNS
    }
    with _connect(build_file, read_only=False) as connection:
        connection.register("results", pa.table(columns))
        connection.execute("begin")
        connection.execute(table.DDL)
        connection.execute(table.INSERT)
        connection.execute("commit")


def _connect(build_file: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """The built file as the default database of a connection of its own."""
    import duckdb

    if not build_file.is_file():
        raise RelanceError(f"There is no built file {build_file}: the build must end before it is audited.")
    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": f"{build_file}.tmp"})
    connection.execute(f"attach {sql.literal(build_file)} as build {'(read_only)' if read_only else ''}; use build")
    return connection

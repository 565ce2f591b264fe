"""Sets files pending: what the controls of files find in what was received, and what people decided of it.

The controls are those of the register that concern a file. They are measured on the raw schema of what would count, in
memory; the file that causes a finding waits, with what came beside it from the same sender, the choice is made again
without it, and so on until nothing more is found. So a file is judged against what counts without those that wait; and
also without those that waited when another took their place, for which each of these is judged as it was when it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from relance.asof import PARIS
from relance.audit import judge
from relance.audit.measure import MeasureError, show_files, take
from relance.audit.register import AcceptedDifference, Control, load_accepted, load_controls
from relance.audit.verdict import BLOCK
from relance.errors import RelanceError
from relance.gate.standing import Standing
from relance.landing.file_decisions import ACCEPTED, FileDecision, latest_by_receipt, read_decisions
from relance.settings import Settings
from relance.warehouse.manifest import COUNTED, COVER, SUBMISSION, Entry, Finding, Track, choose, compose, record_of
from relance.warehouse.raw import create_raw, show_counted

if TYPE_CHECKING:
    import duckdb

NOBODY_TRACKS: Track = list
# The reference figures that controls of files compare with, and the columns that they need.
SEEDS = {
    "fund_lines": "* replace (allocated_eur::decimal(18, 2) as allocated_eur)",
    "phases": "phase_rank::bigint as phase_rank, phase",
}


def counted_entries(settings: Settings, as_of: dt.datetime, track: Track = NOBODY_TRACKS) -> list[Entry]:
    """Every file received by `as_of` with what counts of it, files that wait for a decision set pending.

    Decisions taken after `as_of` are not looked at. Raises what `compose` and `read_decisions` raise.
    """
    entries = compose(settings, as_of, track)
    hold_files(settings, entries, as_of, read_decisions(settings.landing_dir, as_of))
    return entries


def hold_files(
    settings: Settings, entries: list[Entry], as_of: dt.datetime, decisions: Iterable[FileDecision] = ()
) -> None:
    """Note on each submission what was decided of it, and set those pending that a control of files holds.

    What controls find that hold nothing is noted too.
    """
    submissions = [entry for entry in entries if entry.receipt.kind == SUBMISSION]
    _note_decisions(submissions, list(decisions))
    choose(entries)
    with files_measured(settings, submissions, as_of) as files:
        _note_held_before(submissions, files)
        note_warnings(submissions, files.warnings())
        while _hold_first(submissions, files):
            choose(entries)
            files.show(submissions)
            note_warnings(submissions, files.warnings())
    for entry in submissions:
        if entry.undecided:
            entry.findings.append(_untold(entry))


def _note_held_before(submissions: list[Entry], files: MeasuredFiles) -> None:
    """Note which of the files that were replaced since had been held when they came: none is judged against those."""
    replaced = {entry.receipt.received_at for entry in submissions if entry.retained - entry.counted - {COVER}}
    for at in sorted(replaced):
        by_then = [entry for entry in submissions if entry.receipt.received_at <= at]
        for entry in submissions:
            entry.counted, entry.retained = set(), set()
        choose(by_then)
        files.show(submissions)
        while _hold_first(by_then, files):
            choose(by_then)
            files.show(submissions)
        for entry in by_then:
            entry.was_held |= entry.is_pending and entry.receipt.received_at == at
            entry.is_pending, entry.findings = False, []
    if replaced:
        choose(submissions)
        files.show(submissions)


def _hold_first(submissions: list[Entry], files: MeasuredFiles) -> bool:
    """Set those pending that have to wait first; whether there are any."""
    held = _first_held(submissions, files.findings())
    for entry, findings in held:
        entry.is_pending = True
        entry.findings += findings
    return bool(held)


def note_warnings(submissions: list[Entry], found: Iterable[tuple[str, Finding]]) -> None:
    """Note on each submission, once, what was found of it that holds nothing; `found` is by receipt."""
    by_receipt = {entry.receipt.receipt_id: entry for entry in submissions}
    for receipt_id, finding in found:
        entry = by_receipt.get(receipt_id)
        if entry is not None and finding not in entry.warnings:
            entry.warnings.append(finding)


def accepted_differences(
    settings: Settings, records: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str], AcceptedDifference]:
    """What people accepted of files that count, by control and subject, as the audit takes it.

    `records` are the manifest's receipts.
    """
    accepted = {
        (found["control_id"], found["subject"]): (found, record["decision"], record)
        for record in records
        if record["status"] == COUNTED and record["decision"] is not None and record["decision"]["decision"] == ACCEPTED
        for found in record["decision"]["findings"]
    }
    units = {control.id: control.in_unit for control in load_controls(settings.expectations_dir)} if accepted else {}
    return {
        key: AcceptedDifference(
            control_id=key[0],
            subject=key[1],
            difference=units[key[0]].integer(found["difference"]),
            reason=decision["reason"],
            source=record["file_name"],
            accepted_by=decision["who"],
            accepted_on=dt.datetime.fromisoformat(decision["at"]).astimezone(PARIS).date(),
            review_by=None,
        )
        for key, (found, decision, record) in accepted.items()
        if key[0] in units
    }


def _note_decisions(submissions: list[Entry], decisions: list[FileDecision]) -> None:
    """The last decision on each reception; what was accepted of a file stands when the same bytes come again."""
    by_receipt = latest_by_receipt(decisions)
    accepted = {(one.feed, one.sha256): one for one in decisions if one.decision == ACCEPTED}
    for entry in submissions:
        receipt = entry.receipt
        entry.decision = by_receipt.get(receipt.receipt_id) or accepted.get((receipt.feed, receipt.sha256))


def _first_held(submissions: list[Entry], findings: Iterable[tuple[str, Finding]]) -> list[tuple[Entry, list[Finding]]]:
    """Of each ministry the file received first of those that a control holds, with what came beside it.

    Only the first: what is found of the later ones may be its doing. `findings` are by receipt; what somebody accepted
    of a file holds nothing.
    """
    by_receipt = {entry.receipt.receipt_id: entry for entry in submissions}
    found: dict[str, list[Finding]] = {}
    for receipt_id, finding in findings:
        if not is_accepted(by_receipt[receipt_id], finding):
            found.setdefault(receipt_id, []).append(finding)
    first: dict[str | None, dt.datetime] = {}
    faulty = [entry for entry in submissions if entry.receipt.receipt_id in found]
    for entry in faulty:
        standing = first.get(entry.ministry_code, entry.receipt.received_at)
        first[entry.ministry_code] = min(standing, entry.receipt.received_at)
    held = [entry for entry in faulty if entry.receipt.received_at == first[entry.ministry_code]]
    beside = [
        (other, [_waits_with(entry)])
        for entry in held
        for other in submissions
        if other.counted and other not in held and _came_together(entry, other)
    ]
    return [(entry, found[entry.receipt.receipt_id]) for entry in held] + beside


def _untold(entry: Entry) -> Finding:
    """That nobody can tell which of the files that came together is the later one: accepting one of them says it."""
    subject = f"{entry.ministry_code}/{entry.period}/{entry.receipt.file_name}"
    sentence = " ".join(dict.fromkeys(entry.undecided.values()))
    return Finding("files-received-together-are-told-apart", subject, "1", sentence)


def _came_together(one: Entry, other: Entry) -> bool:
    return (one.group, one.receipt.received_at) == (other.group, other.receipt.received_at)


def _waits_with(entry: Entry) -> Finding:
    sentence = f"Ce fichier attend avec {entry.receipt.file_name}, reçu en même temps, sur lequel il faut décider."
    return Finding(control_id="", subject=entry.receipt.receipt_id, difference="", sentence=sentence)


def is_accepted(entry: Entry, finding: Finding) -> bool:
    """Whether somebody accepted this very finding of the file."""
    return entry.decision is not None and entry.decision.accepts(
        finding.control_id, finding.subject, finding.difference
    )


class MeasuredFiles:
    """A database in memory that the controls of files are measured on: raw, reference figures, `files.sql`.

    Rows are read once; what counts of them can be shown anew.
    """

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        submissions: list[Entry],
        as_of: dt.datetime,
    ) -> None:
        self.settings, self.connection, self.as_of = settings, connection, as_of.astimezone(PARIS).date()
        self.controls = load_controls(settings.expectations_dir)
        self.registered = load_accepted(settings.expectations_dir, self.controls)
        records = [record_of(entry, settings) for entry in submissions]
        create_raw(settings, connection, self.as_of, records, [], are_rows_copied=True)
        connection.execute("create schema reference")
        for seed, columns in SEEDS.items():
            rows = connection.read_csv(str(settings.dbt_dir / "seeds" / f"{seed}.csv"), all_varchar=True)
            rows.select(columns).create(f"reference.{seed}")
        show_files(connection, settings.expectations_dir)

    def show(self, submissions: list[Entry]) -> None:
        """Show what counts now."""
        show_counted(self.connection, [record_of(entry, self.settings) for entry in submissions])
        show_files(self.connection, self.settings.expectations_dir)

    def show_standing(self, standing: Standing) -> None:
        """Show beside the files what counts in a publication, except what they would replace."""
        rows = self.connection.execute(
            "select receipt.ministry_code, receipt.period, counted.table_name from raw.file_tables as counted "
            "inner join raw.receipts as receipt on counted.receipt_id = receipt.receipt_id where counted.is_counted"
        )
        standing.show(self.connection, set(rows.fetchall()))
        show_files(self.connection, self.settings.expectations_dir)

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """What the controls that hold files find, each with the receipt of the file that causes it.

        Raises `RelanceError` when one cannot be measured: which files wait is not known then.
        """
        for control in self.controls:
            if control.holds_files:
                yield from self.found_by(control)

    def warnings(self) -> Iterator[tuple[str, Finding]]:
        """What the controls of files that hold nothing find, as `findings` gives it.

        Those that need the marts are left to the audit.
        """
        for control in self.controls:
            if control.warns_of_files:
                with suppress(MeasureError):
                    yield from self._found_by(control)

    def found_by(self, control: Control) -> Iterator[tuple[str, Finding]]:
        """What one control of files finds. Raises as `findings` does."""
        try:
            yield from self._found_by(control)
        except MeasureError as error:
            raise RelanceError(
                f"The control {control.id} cannot be measured on the received files: {error}. Nothing is built; mend "
                f"expectations/measures/{control.measure_name}.sql."
            ) from error

    def _found_by(self, control: Control) -> Iterator[tuple[str, Finding]]:
        measured = take(self.connection, self.settings.expectations_dir, control)
        bounds = judge.bounds_of(control, measured, self.registered, self.as_of)
        for failure in judge.failures(control, measured, bounds):
            yield (
                str(failure.row["receipt_id"]),
                Finding(
                    control_id=control.id,
                    subject=str(failure.row["subject"]),
                    difference=f"{control.in_unit.natural(failure.difference):f}",
                    sentence=failure.finding,
                    can_be_accepted=control.severity != BLOCK,
                ),
            )


@contextmanager
def files_measured(settings: Settings, submissions: list[Entry], as_of: dt.datetime) -> Iterator[MeasuredFiles]:
    """The database of the files that would count as they are chosen, while it is needed."""
    import duckdb

    with duckdb.connect() as connection:
        yield MeasuredFiles(settings, connection, submissions, as_of)

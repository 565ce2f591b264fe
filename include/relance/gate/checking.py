"""Reads one file as the night would, before it is sent, in a data folder of its own that goes away.

So a ministry's own staff get the very sentences that the night would send them, by the same controls; with a
publication at hand also what the file changes against it.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import asof
from relance.errors import RelanceError
from relance.feedback import INDEX, Sent, Summary, summarise, write_files
from relance.feedback.changes import AwardChange, Changes, Moved
from relance.feedback.safe import stem
from relance.files import sha256_of
from relance.gate.hold import files_measured, is_accepted, note_warnings
from relance.gate.standing import Standing, read_standing
from relance.landing.receipts import Receipt, receipt_id, write_receipt
from relance.landing.store import object_path
from relance.settings import Settings
from relance.sources.feeds import load_feeds
from relance.warehouse.answers import is_answered, sent_of
from relance.warehouse.manifest import SUBMISSION, Entry, compose

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class CheckedFile:
    """One file that was checked (of an archive, one of its files) and where its page lies.

    `controls` are those of the register that would have it wait, in their order.
    """

    summary: Summary
    page: Path
    controls: list[str]


@dataclass(frozen=True)
class Checked:
    """What a check found; `notes` are those of the archive, where the file is one."""

    files: list[CheckedFile]
    notes: list[str]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is left to correct: every row accepted, every declared total right, nothing that holds it."""
        return bool(self.files) and all(file.summary.is_sound for file in self.files)


def check_file(settings: Settings, path: Path, kind: str, output: Path, against: Path | None = None) -> Checked:
    """Check a file of `kind` and write its feedback into the folder `output`, one folder a file of an archive.

    `against` is the folder of a publication: what stands there stands before the file. Raises `RelanceError`, in
    French, when the file cannot be opened, the publication not read, or the feedback not written.
    """
    standing = None if against is None else read_standing(against)
    with tempfile.TemporaryDirectory(prefix="relance-check-") as folder:
        own = replace(settings, data_dir=Path(folder))
        _land(own, path, kind)
        now = asof.now()
        entries = compose(own, now)
        changes = _measure(own, entries, now, standing)
        answered = [entry for entry in entries if is_answered(entry)]
        sent = [
            replace(
                sent_of(entry, None), changes=changes.get(entry.receipt.receipt_id), is_compared=against is not None
            )
            for entry in answered
        ]
        notes = [note for entry in entries if entry.is_unpacked for note in entry.notes]
        try:
            files = [_written(file, output, number, len(sent)) for number, file in enumerate(sent, 1)]
        except OSError as error:
            raise RelanceError(
                f"Le retour ne peut pas être écrit dans {output} ({error.strerror or error}). Indiquer un autre dossier"
                " avec --output."
            ) from error
    return Checked(files, notes)


def _measure(
    settings: Settings, entries: list[Entry], now: dt.datetime, standing: Standing | None
) -> dict[str, Changes]:
    """Note on each submission what the controls of files find; what each changes against what stands, by receipt."""
    submissions = [entry for entry in entries if entry.receipt.kind == SUBMISSION]
    by_receipt = {entry.receipt.receipt_id: entry for entry in submissions}
    with files_measured(settings, submissions, now) as files:
        if standing is not None:
            files.show_standing(standing)
            for entry in submissions:
                entry.decision = standing.decision_on(entry.receipt.feed, entry.receipt.sha256)
        for receipt_id_, finding in files.findings():
            entry_at_fault = by_receipt.get(receipt_id_)
            if entry_at_fault is not None and not is_accepted(entry_at_fault, finding):
                entry_at_fault.findings.append(finding)
        note_warnings(submissions, files.warnings())
        if standing is None:
            return {}
        counted = [entry for entry in submissions if entry.counted]
        return {entry.receipt.receipt_id: _changes(files.connection, entry, standing) for entry in counted}


def _changes(connection: duckdb.DuckDBPyConnection, entry: Entry, standing: Standing) -> Changes:
    def ask(query: str, *values: Any) -> list[tuple[Any, ...]]:
        return connection.execute(query, values).fetchall()

    own = (entry.receipt.receipt_id, entry.ministry_code, entry.period)
    awards = [
        AwardChange(*row)
        for row in ask(
            "select award_id, line_code_before, line_code, (awarded_before_eur * 100)::bigint, "
            "(awarded_eur * 100)::bigint from award_changes "
            "where receipt_id = ? and ministry_code = ? and period = ? order by award_id",
            *own,
        )
    ]
    executed = ask(
        "select (sum(committed_before_eur) * 100)::bigint, (sum(committed_eur) * 100)::bigint, "
        "(sum(paid_before_eur) * 100)::bigint, (sum(paid_eur) * 100)::bigint from execution_changes "
        "where receipt_id = ? and ministry_code = ? and period = ?",
        *own,
    )[0]
    before = ask(
        "select before_file_name, before_period from file_steps where receipt_id = ? order by table_name limit 1",
        own[0],
    )
    later = ask("select count(*) from file_steps where ministry_code = ? and period > ?", *own[1:])[0][0]
    totals = [Moved("Accordé", *_sums(awards))] if "awards" in entry.counted else []
    if executed[0] is not None:
        totals += [Moved("Engagé (AE)", *executed[:2]), Moved("Payé (CP)", *executed[2:])]
    return Changes(
        as_of=standing.as_of,
        before_file=before[0][0] if before else None,
        before_period=before[0][1] if before else None,
        is_latest=later == 0,
        awards=tuple(a for a in awards if (a.before, a.line_before) != (a.after, a.line_after)),
        lines=tuple(line for line in _lines(awards) if line.difference),
        totals=tuple(totals),
    )


def _lines(awards: Iterable[AwardChange]) -> list[Moved]:
    sums: dict[str, list[int]] = {}
    for award in awards:
        for at, (line, cents) in enumerate(((award.line_before, award.before), (award.line_after, award.after))):
            if line is not None and cents is not None:
                sums.setdefault(line, [0, 0])[at] += cents
    return [Moved(line, *sums[line]) for line in sorted(sums)]


def _sums(awards: Iterable[AwardChange]) -> tuple[int, int]:
    pairs = [(award.before or 0, award.after or 0) for award in awards]
    return sum(before for before, _ in pairs), sum(after for _, after in pairs)


def _written(sent: Sent, output: Path, number: int, count: int) -> CheckedFile:
    # Two files of an archive may differ by their folder or extension only.
    folder = output if count == 1 else output / f"{number:02} {stem(sent.file_name)}"
    summary = summarise(sent)
    folder.mkdir(parents=True, exist_ok=True)
    write_files(sent, summary, folder)
    controls = list(dict.fromkeys(found.control_id for found in sent.findings))
    return CheckedFile(summary, folder / INDEX, controls)


def _land(settings: Settings, path: Path, kind: str) -> None:
    """Land the file as the first feed of its kind would, with what its name announces."""
    try:
        copied = object_path(settings.landing_dir, "copied")
        copied.parent.mkdir(parents=True)
        shutil.copyfile(path, copied)
        # Of the copy: the file may be written to meanwhile.
        sha256, size = sha256_of(copied), copied.stat().st_size
        copied.rename(object_path(settings.landing_dir, sha256))
    except OSError as error:
        raise RelanceError(
            f"Le fichier {path} ne peut pas être ouvert ({error.strerror or error}). Vérifier son nom et son dossier."
        ) from error
    feed = next(feed for feed in load_feeds(settings).values() if feed.kind == kind)
    key, period = feed.read_name(path.name)
    now = asof.now()
    name = path.name
    identity = receipt_id(feed.id, name, sha256, now)
    write_receipt(
        settings.landing_dir,
        Receipt(identity, feed.id, kind, name, path.resolve().as_uri(), sha256, size, now, key, period, "check"),
    )

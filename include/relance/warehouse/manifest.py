"""The manifest: what counts at an as-of date, chosen among everything received until then.

The unit that a later reception replaces is one table of one edition (panorama) or of one ministry and period
(submissions): a workbook holds all of a ministry's tables, a CSV one of them, and a table that a later file
does not have leaves the earlier one counting. Of several that came in one collection run the one that is later by its
own time or its name counts (`precedence`); where neither tells, none of them does, and the one before goes on counting
until somebody decides. Of applications it is one dossier, whichever feed brought it: its newest version counts, or none
once it is deleted. A file that was set aside replaces nothing: the one before it goes on counting, marked stale; not so
where it was set aside because its sender may not speak for that ministry (`rights`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from relance import asof, french
from relance.errors import DamagedError, NothingReceivedError, RelanceError
from relance.files import damage_of, write_json
from relance.landing import file_decisions
from relance.landing.file_decisions import FileDecision
from relance.landing.receipts import Receipt, read_receipts, receipt_id
from relance.landing.store import damaged_sentence, object_path
from relance.parsing import (
    ARCHIVE,
    COVER_DEFECT,
    ParsedFile,
    SetAside,
    contract_version,
    parse_documents,
    parse_received,
    unpack_once,
)
from relance.parsing.wording import quoted
from relance.settings import Settings
from relance.sources.feeds import Feed, load_feeds
from relance.warehouse.clashes import Clashing, clash_sentence, say_the_same
from relance.warehouse.editions import NO_OTHER_MONTHS, months_of_editions
from relance.warehouse.feed_turns import feed_records
from relance.warehouse.precedence import Order, Stated, latest, order
from relance.warehouse.rights import allowed_ministries, foreign_claim

log = logging.getLogger(__name__)

# What there are contracts for; receptions of other kinds wait in the landing for theirs.
PARSED_KINDS = ("panorama", "submission", "application")
APPLICATION = "application"
SUBMISSION = "submission"
# A dossier of which the platform keeps no longer than it must: its application was not withdrawn.
EXPIRED = "expired"
COUNTED, SUPERSEDED, SET_ASIDE = "counted", "superseded", "set_aside"
# Of files that came together nobody can tell which is the later one: none of its tables counts before somebody decides.
UNDECIDED = "undecided"
# A control found something that this file causes: nothing of it counts before somebody accepts it.
PENDING = "pending"
# A person decided that it does not count.
REJECTED = "rejected"
# An archive whose files are entries of their own: it counts through them, never beside them.
UNPACKED = "unpacked"
# A cover speaks for the tables of its own file: it counts while one of them does.
COVER = "cover"

Track = Callable[[list[Receipt]], Iterable[Receipt]]


@dataclass(frozen=True)
class Finding:
    """What a control of the register found of one file, with the sentence that says it (French).

    `difference` is actual - expected in the control's unit, as exact text in its shortest form (`2700000`, `0.01`).
    `can_be_accepted` is false where the file has to be corrected. A file that only waits with another one of its
    sender's has a finding of no control (`control_id` empty).
    """

    control_id: str
    subject: str
    difference: str
    sentence: str
    can_be_accepted: bool = True


@dataclass
class Entry:
    """One received file and what came of it.

    `edition` is `YYYY-MM`; `counted` names the tables that count, `retained` those that did when it came, replaced
    since or not; `undecided` says of each table of which nobody can tell whether it is the later one, in French, why.
    `archive_receipt_id` is the reception of the archive that the file came in, `archive_sent_at` that archive's own
    time; `is_unpacked` says that it is such an archive. `path` is where its bytes lie, None where they could not be
    unpacked; `feedback_path` where its feedback lies in the data folder, None without one.
    `allowed_ministries` are those that its sender may speak for (None: any), `claimed_ministry_code` another one that
    it claims: it is set aside then, and of no ministry. `damage` are the sentences of what of ours was not as it was
    kept: figures do not suffer from it. `findings` are what the controls of files found, those that hold it and those
    that `decision` accepts; `is_pending` says that it waits for a decision on them, `was_held` that it did when it came
    and has been replaced since: it never counted.
    """

    receipt: Receipt
    parsed: ParsedFile
    edition: str | None = None
    ministry_code: str | None = None
    period: str | None = None
    dossier_number: str | None = None
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)
    retained: set[str] = field(default_factory=set)
    undecided: dict[str, str] = field(default_factory=dict)
    is_stale: bool = False
    archive_receipt_id: str | None = None
    archive_sent_at: dt.datetime | None = None
    is_unpacked: bool = False
    path: Path | None = None
    feedback_path: str | None = None
    allowed_ministries: tuple[str, ...] | None = None
    claimed_ministry_code: str | None = None
    damage: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    decision: FileDecision | None = None
    is_pending: bool = False
    was_held: bool = False

    @property
    def is_withheld(self) -> bool:
        """Whether none of it counts: it was set aside, waits for a decision, or was rejected."""
        return self.reason is not None or self.is_pending or self.is_rejected

    @property
    def is_rejected(self) -> bool:
        """Whether a person decided that it does not count."""
        return self.decision is not None and self.decision.decision == file_decisions.REJECTED

    @property
    def is_accepted(self) -> bool:
        """Whether a person decided that it counts."""
        return self.decision is not None and self.decision.decision == file_decisions.ACCEPTED

    @property
    def tables(self) -> dict[str, Any]:
        """What parsing says of each table that the file has."""
        tables: dict[str, Any] = self.parsed.facts["tables"]
        return tables

    @property
    def status(self) -> str:
        if self.reason is not None:
            return SET_ASIDE
        if self.is_unpacked:
            return UNPACKED
        if self.is_rejected:
            return REJECTED
        if self.is_pending:
            return PENDING
        if self.counted:
            return COUNTED
        return UNDECIDED if self.undecided else SUPERSEDED

    @property
    def group(self) -> tuple[str, str | None, str | None]:
        """What a later file replaces: the feed with its edition, or with its ministry and period; or the dossier."""
        if self.receipt.kind == "panorama":
            return self.receipt.feed, self.edition, None
        if self.receipt.kind == APPLICATION:
            return APPLICATION, self.dossier_number, None
        return self.receipt.feed, self.ministry_code, self.period


def compose(settings: Settings, as_of: dt.datetime, track: Track = lambda receipts: receipts) -> list[Entry]:
    """Every file received by `as_of`, parsed (once, whenever it was), with what counts of it; oldest first.

    Raises `NothingReceivedError` when nothing at all had been received: a publication of nothing would say that the
    programmes are empty. Raises `DamagedError`, naming all of them, when files have to be read whose bytes are not
    those that were received: what counts is not known then, and the file before must not count in their place.
    """
    receipts = [
        receipt
        for receipt in read_receipts(settings.landing_dir)
        if receipt.received_at <= as_of and receipt.kind in PARSED_KINDS
    ]
    if not receipts:
        raise NothingReceivedError(
            f"Nothing had been received by {as_of.isoformat()}: there is nothing to publish. Collect first "
            "(relance collect panorama, relance collect submissions), or give a later as-of date."
        )
    parse_documents(
        ((object_path(settings.landing_dir, r.sha256), r.sha256) for r in receipts if r.kind == APPLICATION),
        settings.parsed_dir,
    )
    feeds = load_feeds(settings)
    entries: list[Entry] = []
    damaged: list[tuple[Receipt, str]] = []
    for receipt in track(receipts):
        path = object_path(settings.landing_dir, receipt.sha256)
        try:
            parsed = parse_received(path, receipt.sha256, receipt.kind, settings.parsed_dir, _day(receipt))
            first = len(entries)
            if parsed.facts["format"].get("container") == ARCHIVE:
                entries += _archive_entries(settings, feeds.get(receipt.feed), receipt, parsed)
            else:
                entries.append(replace(_entry(receipt, parsed, months_of_editions(settings)), path=path))
            # What was read from it before is whole, or it would have been read again.
            if damage := damage_of(path, receipt.sha256):
                log.warning("%s is damaged: %s. What was read from it before counts.", receipt.file_name, damage)
                entries[first].damage.append(f"{damage}: it counts as it was read before. Restore it.")
        except DamagedError as error:
            damaged.append((receipt, str(error)))
    if damaged:
        raise DamagedError(damaged_sentence(settings.landing_dir, damaged))
    for entry in entries:
        _keep_to_rights(entry, feeds.get(entry.receipt.feed))
    choose(entries)
    return entries


def _archive_entries(settings: Settings, feed: Feed | None, receipt: Receipt, parsed: ParsedFile) -> list[Entry]:
    """The entry of an archive, then one for each file in it, which inherits from the archive what it does not say."""
    own = Entry(receipt, parsed, ministry_code=receipt.key, period=receipt.period)
    if receipt.kind == "panorama":
        own.edition, own.ministry_code = receipt.key, None
    path = object_path(settings.landing_dir, receipt.sha256)
    try:
        unpacked = unpack_once(path, receipt.sha256, settings.unpacked_dir)
    except SetAside as set_aside:
        own.reason = str(set_aside)
        return [own]
    own.is_unpacked = True
    own.notes += unpacked.notes
    own.damage += [_remade(said) for said in (parsed.remade, unpacked.remade) if said]
    entries, editions = [own], months_of_editions(settings)
    for member in unpacked.members:
        key, period = feed.read_name(PurePosixPath(member.name).name) if feed is not None else (None, None)
        name = f"{receipt.file_name}/{member.name}"
        # Bytes that could not be unpacked stand in the landing as the archive's.
        sha256 = member.sha256 or receipt.sha256
        inner = replace(
            receipt,
            receipt_id=receipt_id(receipt.feed, name, sha256, receipt.received_at),
            file_name=name,
            sha256=sha256,
            size_bytes=member.size,
            key=key or receipt.key,
            period=period or receipt.period,
            sent_at=dt.datetime.fromisoformat(member.changed_at) if member.changed_at else None,
        )
        if member.path is None:
            entry = _entry(inner, parsed, editions)
            entry.reason, entry.notes = f"Dans l'archive, {quoted(member.name)} : {member.reason}", []
        else:
            read = parse_received(member.path, sha256, receipt.kind, settings.parsed_dir, _day(receipt))
            entry = _entry(inner, read, editions)
        entry.archive_receipt_id, entry.path = receipt.receipt_id, member.path
        entry.archive_sent_at = receipt.sender_time
        entries.append(entry)
    return entries


def choose(entries: list[Entry]) -> None:
    """Mark the tables that count, those of which nobody can tell, and the files that became stale.

    Called again after files were held, it chooses anew among the others.
    """
    contests: dict[tuple[str | None, ...], list[Entry]] = {}
    for entry in entries:
        entry.notes = [note for note in entry.notes if note not in entry.undecided.values()]
        entry.counted, entry.retained, entry.undecided = set(), set(), {}
        if entry.is_withheld:
            continue
        if entry.receipt.kind != APPLICATION:
            for table in sorted(set(entry.tables) - {COVER}):
                contests.setdefault((*entry.group, table), []).append(entry)
        elif entry.parsed.facts["facts"].get("deletion_reason") == EXPIRED:
            entry.counted, entry.retained = set(entry.tables), set(entry.tables)
        else:
            contests.setdefault(entry.group, []).append(entry)
    clashes: dict[tuple[str, ...], tuple[list[Entry], list[str]]] = {}
    for contest, contenders in contests.items():
        contested = [table for table in contest[3:] if table]
        for clash in _settle(contenders, contested):
            _, tables = clashes.setdefault(tuple(one.receipt.receipt_id for one in clash), (clash, []))
            tables += contested or sorted(clash[0].tables)
    for clash, tables in clashes.values():
        _leave_undecided(clash, tables)
    refused: dict[tuple[str, str | None, str | None], list[Entry]] = {}
    for entry in entries:
        if entry.is_withheld or entry.undecided:
            refused.setdefault(entry.group, []).append(entry)
    for entry in entries:
        if entry.was_held:
            entry.retained = set(entry.counted)
        for marked in (entry.counted, entry.retained):
            if marked and COVER in entry.tables:
                marked.add(COVER)
        entry.is_stale = bool(entry.counted) and any(_is_newer(other, entry) for other in refused.get(entry.group, ()))
    _mark_stale_before(entries)


def _mark_stale_before(entries: list[Entry]) -> None:
    """A ministry whose file of a later period is withheld goes on counting with the one before: it is stale too."""
    by_ministry: dict[tuple[str, str | None], list[Entry]] = {}
    for entry in entries:
        if entry.receipt.kind == SUBMISSION:
            by_ministry.setdefault((entry.receipt.feed, entry.ministry_code), []).append(entry)
    for own in by_ministry.values():
        latest = max((entry.period for entry in own if entry.counted and entry.period), default=None)
        if latest is not None and any(entry.is_withheld and (entry.period or "") > latest for entry in own):
            for entry in own:
                entry.is_stale |= bool(entry.counted) and entry.period == latest


def _settle(contenders: list[Entry], table: list[str]) -> list[list[Entry]]:
    """Mark whose table (without one: whose whole file) counts; the files of each later run of which nobody can tell."""
    standing: Entry | None = None
    clashes: list[list[Entry]] = []
    by_run = sorted(contenders, key=lambda entry: (entry.receipt.received_at, entry.receipt.file_name))
    for _, together in groupby(by_run, key=lambda entry: entry.receipt.received_at):
        chosen, untold = latest(list(together), _order, partial(_is_same, table))
        if chosen is None:
            clashes.append(untold)
            continue
        if standing is not None:
            standing.counted -= set(table or standing.tables)
        chosen.counted |= set(table or chosen.tables)
        chosen.retained |= set(table or chosen.tables)
        # What nobody could tell apart is behind what came later.
        standing, clashes = chosen, []
    return clashes


def _order(one: Entry, other: Entry) -> Order:
    if one.is_accepted != other.is_accepted:
        return Order.LATER if one.is_accepted else Order.EARLIER
    if one.receipt.kind == APPLICATION and (told := _compare(_changed(one), _changed(other))) is not None:
        return told
    return order(_stated(one), _stated(other))


def _compare(one: tuple[str, bool], other: tuple[str, bool]) -> Order | None:
    return None if one == other else Order.LATER if one > other else Order.EARLIER


def _changed(entry: Entry) -> tuple[str, bool]:
    """When the platform says that a dossier changed; a deletion is the last change of its instant."""
    facts = entry.parsed.facts["facts"]
    return facts.get("changed_at") or "", facts.get("is_deletion") is not None


def _stated(entry: Entry) -> Stated:
    """What a file says of when it was made; a time after its reception is that of a clock that is fast."""
    receipt, archive = entry.receipt, entry.archive_receipt_id
    own = receipt.sender_time if archive is None else receipt.sent_at
    sent = own if archive is None else entry.archive_sent_at
    earliest, latest = (None if one is None or one > receipt.received_at else one for one in (own, sent))
    return Stated(receipt.file_name, earliest, latest, archive)


def _is_same(table: list[str], one: Entry, other: Entry) -> bool:
    """Whether it is all the same which of two counts: the same bytes or rows, or two deletions of one dossier."""
    if one.receipt.sha256 == other.receipt.sha256:
        return True
    if one.receipt.kind == APPLICATION:
        return _changed(one)[1] and _changed(other)[1]
    compared = [*table, *({COVER} & one.tables.keys() & other.tables.keys())]
    return (COVER in one.tables) == (COVER in other.tables) and all(
        say_the_same(one.parsed, other.parsed, name) for name in compared
    )


def _is_newer(one: Entry, other: Entry) -> bool:
    received = one.receipt.received_at, other.receipt.received_at
    return received[0] > received[1] or (received[0] == received[1] and _order(one, other) is Order.LATER)


def _leave_undecided(clash: list[Entry], tables: list[str]) -> None:
    """Say of each of the files that nobody can tell which of them counts."""
    first = clash[0]
    if first.receipt.kind == "panorama":
        whose = f"pour l'édition {first.edition} du panorama"
    elif first.receipt.kind == APPLICATION:
        whose = f"pour le dossier {first.dossier_number}"
    else:
        whose = f"pour le ministère {first.ministry_code} et la période {first.period}"
    sentence = clash_sentence(
        first.receipt.kind,
        whose,
        [Clashing(entry.receipt.file_name, _stated(entry).earliest, entry.tables) for entry in clash],
        tables,
        is_contradicted=any(_order(one, other) is Order.CONTRADICTED for one in clash for other in clash),
    )
    for entry in clash:
        entry.undecided.update(dict.fromkeys((table for table in tables if table in entry.tables), sentence))
        entry.notes.append(sentence)


def _day(receipt: Receipt) -> dt.date:
    """The day of its reception in Paris."""
    return receipt.received_at.astimezone(asof.PARIS).date()


def _remade(damage: str) -> str:
    return f"{damage}: it was thrown away and made anew from what was received."


def _entry(receipt: Receipt, parsed: ParsedFile, editions: Mapping[str, str] = NO_OTHER_MONTHS) -> Entry:
    entry = Entry(receipt=receipt, parsed=parsed, reason=parsed.reason, notes=list(parsed.facts["notes"]))
    if parsed.remade:
        entry.damage.append(_remade(parsed.remade))
    if receipt.kind == "panorama":
        _read_edition(entry, editions)
    elif receipt.kind == APPLICATION:
        _read_dossier(entry)
    else:
        _read_submission(entry)
    return entry


def _read_edition(entry: Entry, editions: Mapping[str, str]) -> None:
    """The edition is what the feed or the name says; a date inside is kept beside, and a disagreement noted.

    A month that an edition was released in and none has as its own (`editions`) means that edition.
    """
    named, published_on = entry.receipt.key, entry.parsed.facts["facts"].get("published_on")
    inside = published_on[:7] if published_on else None
    said = named or inside
    entry.edition = editions.get(said, said) if said else None
    if entry.edition != said:
        entry.notes.append(
            f"{said} est le mois où l'édition {entry.edition} a été publiée : le fichier est lu comme cette édition."
        )
    elif named and inside and named != inside:
        day = dt.date.fromisoformat(str(published_on)).strftime("%d/%m/%Y")
        entry.notes.append(
            f"La date de publication inscrite dans le fichier ({day}) n'est pas du mois de l'édition {named} "
            "annoncée par son nom : l'édition du nom est retenue."
        )
    if entry.edition is None and entry.reason is None:
        entry.reason = (
            f"Ni le nom du fichier ({entry.receipt.file_name}) ni son contenu ne disent de quelle édition il "
            "s'agit. Attendu : un nom commençant par l'année et le mois de l'édition (par exemple "
            "2021-07-panorama.csv), ou une colonne « Date de publication » remplie. Renommez le fichier et "
            "renvoyez-le."
        )
    received_on = _day(entry.receipt)
    if entry.reason is None and (entry.edition or "") > f"{received_on:%Y-%m}":
        entry.reason = (
            f"L'édition {entry.edition} n'existe pas encore : le fichier a été reçu le "
            f"{french.short_day(received_on)}. Attendu : le mois d'une édition parue. Corrigez le nom du fichier (ou "
            "sa date de publication) et renvoyez-le."
        )


def _read_dossier(entry: Entry) -> None:
    """The document says whose dossier it is; a name that says otherwise is noted, and so is a deletion."""
    facts, named = entry.parsed.facts["facts"], entry.receipt.key
    entry.dossier_number = facts.get("dossier_number") or named
    if named and entry.dossier_number != named:
        entry.notes.append(
            f"Le nom du fichier annonce le dossier {named}, son contenu le dossier {entry.dossier_number} : "
            "le contenu est retenu."
        )
    if reason := facts.get("deletion_reason"):
        what = "sa dernière version continue de compter" if reason == EXPIRED else "il ne compte plus"
        entry.notes.append(
            f"Dossier {entry.dossier_number} supprimé de la plateforme (motif annoncé : {reason}) ; {what}."
        )


def _read_submission(entry: Entry) -> None:
    """The cover says whose submission it is, for which period; a name that says otherwise is noted."""
    facts = entry.parsed.facts["facts"]
    entry.ministry_code = facts.get("ministry_code") or entry.receipt.key
    entry.period = facts.get("period") or entry.receipt.period
    entry.reason = entry.reason or facts.get(COVER_DEFECT)
    for what, named, written in (
        ("le ministère", entry.receipt.key, facts.get("ministry_code")),
        ("la période", entry.receipt.period, facts.get("period")),
    ):
        if named and written and named != written:
            entry.notes.append(
                f"Le nom du fichier annonce {what} {named}, la couverture {written} : la couverture est retenue."
            )
    if entry.reason is None and entry.period and (ends_on := _period_end(entry.period)) is not None:
        received_on = _day(entry.receipt)
        if ends_on >= received_on:
            entry.reason = (
                f"La période {entry.period} n'est pas finie : elle s'achève le {french.short_day(ends_on)}, le fichier "
                f"a été reçu le {french.short_day(received_on)}. Attendu : une période achevée. Corrigez la période de "
                "la couverture (ou du nom du fichier) et renvoyez-le."
            )


def _period_end(period: str) -> dt.date | None:
    """The last day of a quarter such as `2021-T3`; None of what is no quarter."""
    found = re.fullmatch(r"(\d{4})-T([1-4])", period)
    if found is None:
        return None
    year, month = int(found[1]), 3 * int(found[2])
    first_after = dt.date(year + month // 12, month % 12 + 1, 1)
    return first_after - dt.timedelta(days=1)


def _keep_to_rights(entry: Entry, feed: Feed | None) -> None:
    """Set a file aside that claims a ministry for which its sender may not speak; it is of no ministry then."""
    entry.allowed_ministries = allowed_ministries(entry.receipt, feed)
    refused = foreign_claim(entry.receipt, entry.ministry_code, feed)
    if refused is None:
        return
    claimed, entry.ministry_code = entry.ministry_code, None
    # The files of an archive speak for themselves.
    if not entry.is_unpacked:
        entry.claimed_ministry_code = claimed
        entry.reason = refused if entry.reason is None else f"{refused} En outre : {entry.reason}"


def manifest_of(
    settings: Settings,
    build_id: str,
    as_of: dt.datetime,
    entries: list[Entry],
    backfill: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of a build's manifest: its as-of date, its inputs and the code it is made with.

    `backfill` says which one it belongs to, who asked for it and why; an ordinary night has none.
    """
    manifest = {
        "build_id": build_id,
        "as_of": as_of.astimezone(dt.UTC).isoformat(),
        "as_of_label": asof.label(as_of),
        "code": code_identity(settings),
        "contract_version": contract_version(),
        "receipts": [record_of(entry, settings) for entry in entries],
        "feeds": feed_records(settings, as_of),
        "damage": [
            {"file_name": entry.receipt.file_name, "feed": entry.receipt.feed, "sentence": sentence}
            for entry in entries
            for sentence in entry.damage
        ],
    }
    return manifest if backfill is None else {**manifest, "backfill": backfill}


def write_manifest(build_dir: Path, manifest: dict[str, Any]) -> None:
    """Keep a build's manifest in its folder, which is made by that."""
    write_json(build_dir / "manifest.json", manifest)


def read_manifest(build_dir: Path) -> dict[str, Any]:
    """The manifest of a build. Raises `RelanceError` when the build was not prepared or has been removed."""
    try:
        manifest: dict[str, Any] = json.loads((build_dir / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RelanceError(
            f"There is no build {build_dir.name} in {build_dir.parent}: it was never prepared, or has been "
            "published and removed. Start a new run."
        ) from error
    return manifest


def record_of(entry: Entry, settings: Settings) -> dict[str, Any]:
    """What the manifest says of a received file."""
    tables = {
        name: {
            **facts,
            "is_counted": name in entry.counted,
            "is_retained": name in entry.retained,
            "undecided": entry.undecided.get(name),
            "rows_parquet": _relative(entry.parsed.rows_path(name), settings),
            "rejects_parquet": _relative(entry.parsed.rejects_path(name), settings),
            "corrections_parquet": _relative(entry.parsed.corrections_path(name), settings),
            "rejected_amounts_parquet": _relative(entry.parsed.rejected_amounts_path(name), settings),
        }
        for name, facts in entry.tables.items()
    }
    return {
        **entry.receipt.to_json(),
        "status": entry.status,
        "is_stale": entry.is_stale,
        "reason": entry.reason,
        "notes": entry.notes,
        "edition": entry.edition,
        "ministry_code": entry.ministry_code,
        "period": entry.period,
        "dossier_number": entry.dossier_number,
        "claimed_ministry_code": entry.claimed_ministry_code,
        "archive_receipt_id": entry.archive_receipt_id,
        "feedback_path": entry.feedback_path,
        "parsed_sha256": entry.parsed.facts["record_sha256"],
        "named_ministry_code": entry.receipt.key if entry.receipt.kind == SUBMISSION else None,
        "named_period": entry.receipt.period,
        "findings": [asdict(finding) for finding in entry.findings],
        "decision": None if entry.decision is None else entry.decision.to_json(),
        "tables": tables,
    }


def _relative(path: Path, settings: Settings) -> str:
    return path.relative_to(settings.data_dir).as_posix()


def code_identity(settings: Settings) -> dict[str, Any]:
    """What built this: the git commit where there is one, and hashes of every source that shapes a figure.

    `is_committed` says whether that commit holds those sources as they are, None where nobody can say. The tables of
    reference figures have a hash each, `program_sha256` is of everything else.
    """
    folders = (Path(__file__).parents[1], settings.dbt_dir, settings.expectations_dir)
    whole, program, reference = hashlib.sha256(), hashlib.sha256(), {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".sql", ".yml", ".json", ".csv"} and not {"target", "logs"} & set(path.parts):
                content = path.read_bytes()
                named = path.relative_to(folder).as_posix().encode() + b"\0" + content
                whole.update(named)
                if path.suffix == ".csv" and path.parent == settings.dbt_dir / "seeds":
                    reference[path.stem] = hashlib.sha256(content).hexdigest()
                else:
                    program.update(named)
    commit = _git(settings.home, "rev-parse", "HEAD")
    differing = _git(settings.home, "status", "--porcelain", "--", *map(str, folders)) if commit else None
    return {
        "commit": commit or None,
        "is_committed": None if differing is None else differing == "",
        "sources_sha256": whole.hexdigest(),
        "program_sha256": program.hexdigest(),
        "reference_sha256": reference,
    }


def moved_code(before: dict[str, Any], after: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether the program differs between two results of `code_identity`, and which tables of reference figures do.

    Where the older one does not tell them apart, the program stands for both.
    """
    if before.get("sources_sha256") == after.get("sources_sha256"):
        return False, []
    old, new = before.get("reference_sha256"), after.get("reference_sha256")
    if old is None or new is None:
        return True, []
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return before["program_sha256"] != after["program_sha256"], names


def _git(home: Path, *arguments: str) -> str | None:
    """What git answers in that folder; None where there is no git, or it refuses."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        found = subprocess.run(
            [git, "-C", str(home), *arguments], capture_output=True, text=True, check=False, timeout=10
        )
    except subprocess.TimeoutExpired:
        return None
    return found.stdout.strip() if found.returncode == 0 else None

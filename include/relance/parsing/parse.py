"""Parses one landed object, once, into a directory of its own.

Pure in (bytes, contracts, code): no date, no name of a file, no other object. Bad bytes never raise: the file
is set aside with a sentence.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance.errors import DamagedError
from relance.files import damage_of, is_sealed, sealed, sha256_of, verified
from relance.parsing import engine
from relance.parsing.contract import Contract, bounded, contract_version, load_contracts
from relance.parsing.reading import Reading
from relance.parsing.set_aside import SetAside
from relance.parsing.table_parse import LawBroken, rows_path
from relance.parsing.wording import quoted

RECORD = "file.json"
# One JSON document each, thousands of them: the others are files of tables.
DOCUMENTS = "application"
DOCUMENTS_AT_ONCE = 500
MANY_BYTES = 8_000_000

if TYPE_CHECKING:
    from relance.parsing.dossier import Document, DossierReading, TypedTable

    Typed = tuple[Document, list[TypedTable]]


@dataclass(frozen=True)
class ParsedFile:
    """One parsed object: its directory and what `file.json` says.

    `remade` says what was not as it had been written in the parse that this one replaces, None where none was.
    """

    directory: Path
    facts: dict[str, Any]
    remade: str | None = None

    @property
    def is_set_aside(self) -> bool:
        return bool(self.facts["outcome"] == "set_aside")

    @property
    def reason(self) -> str | None:
        reason: str | None = self.facts["reason"]
        return reason

    def rows_path(self, table: str) -> Path:
        return rows_path(self.directory, table)

    def rejects_path(self, table: str) -> Path:
        return self.directory / f"{table}.rejects.parquet"

    def rejected_amounts_path(self, table: str) -> Path:
        """Where the amounts of the rejected rows lie; no file where no row is rejected."""
        return self.directory / f"{table}.rejected_amounts.parquet"

    def corrections_path(self, table: str) -> Path:
        """Where the cells that were cleared or repaired are listed; no file where none was."""
        return self.directory / f"{table}.corrections.parquet"

    @property
    def latest_day(self) -> date | None:
        """The latest day in the columns that may have none after the reception (`not_after` in the contracts)."""
        day: str | None = self.facts["latest_day"]
        return date.fromisoformat(day) if day else None


def parsed_dir(parsed_root: Path, kind: str, sha256: str, received_on: date | None = None) -> Path:
    """Where an object's parse stands or would stand."""
    return parsed_root / contract_version() / kind / _name(sha256, received_on.isoformat() if received_on else None)


def _name(sha256: str, received_on: str | None) -> str:
    return sha256 if received_on is None else f"{sha256}.{received_on}"


def parse_documents(objects: Iterable[tuple[Path, str]], parsed_root: Path) -> None:
    """Parse the documents (path, SHA-256) that were never parsed, many in one pass.

    What it writes is what `parse_object` would write for each alone; it only is much quicker. Damaged ones are passed
    over: `parse_object` says of each what is wrong.
    """
    from relance.parsing.dossier import document_of, type_documents

    contracts = load_contracts(DOCUMENTS)
    waiting = iter({s: p for p, s in objects if not (parsed_dir(parsed_root, DOCUMENTS, s) / RECORD).is_file()}.items())
    while some := list(islice(waiting, DOCUMENTS_AT_ONCE)):
        documents: dict[str, Document] = {}
        for sha256, path in some:
            with suppress(SetAside, DamagedError), verified(path, sha256):
                documents[sha256] = document_of(path, contracts)
        typed: dict[str, Typed] = {}
        # Where they cannot be typed together, each is typed alone, and the one at fault is set aside.
        with tempfile.TemporaryDirectory() as scratch, suppress(engine.errors(), LawBroken):
            tables = type_documents(list(documents.values()), Path(scratch))
            typed = {s: (document, t) for (s, document), t in zip(documents.items(), tables, strict=True)}
        for sha256, path in some:
            with suppress(DamagedError):
                parse_object(path, sha256, DOCUMENTS, parsed_root, typed.get(sha256))


def parse_received(object_path: Path, sha256: str, kind: str, parsed_root: Path, received_on: date) -> ParsedFile:
    """`parse_object` of what was received on a day, in Paris: no row counts that has a later day where none may be."""
    parsed = parse_object(object_path, sha256, kind, parsed_root)
    if parsed.latest_day is None or parsed.latest_day <= received_on:
        return parsed
    return parse_object(object_path, sha256, kind, parsed_root, received_on=received_on)


def parse_object(
    object_path: Path, sha256: str, kind: str, parsed_root: Path, typed: Typed | None = None,
    received_on: date | None = None,
) -> ParsedFile:  # fmt: skip
    """Parse the bytes of one object by the contracts of `kind`.

    `typed` is what `parse_documents` made of them already. `received_on`: rows with a later day in the columns that may
    have none (`not_after` in the contracts) are rejected; that parse stands by itself. Returns what is already there at
    once, without a look at the object, where it is as it was written; where it is not, it is made anew. Writes aside
    and renames; of two processes that parse the same object, the second to finish throws its copy away. Raises
    `DamagedError` when the object is not the bytes of that SHA-256, `RelanceError` for an unknown kind and `OSError`
    where the disk fails, nothing for bad bytes.
    """
    contracts = load_contracts(kind)
    if received_on is not None:
        contracts = bounded(contracts, received_on)
    target = parsed_dir(parsed_root, kind, sha256, received_on)
    remade = None
    try:
        if standing := standing_parse(target):
            return standing
    except DamagedError as error:
        remade = str(error)
    aside_root = parsed_root / ".aside"
    aside_root.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{sha256[:12]}-", dir=aside_root))
    try:
        result, scratch = aside / "result", aside / "scratch"
        result.mkdir()
        scratch.mkdir()
        with verified(object_path, sha256) as beside:
            facts = _parse(object_path, kind, contracts, result, scratch, typed, beside)
        written = sorted(result.iterdir())
        files = dict(zip((path.name for path in written), _hashes(written), strict=True))
        made_of = {"kind": kind, "contract_version": contract_version(), "sha256": sha256}
        day = received_on.isoformat() if received_on else None
        facts = sealed({**made_of, "received_on": day, **facts, "files": files})
        (result / RECORD).write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        parsed = _placed(result, target, aside / "damaged") or ParsedFile(target, facts)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    if remade:
        import logging  # not above: hardly ever needed, and it takes as long to load as a small file to parse

        logging.getLogger(__name__).warning("Thrown away and parsed anew from what was received: %s.", remade)
    return replace(parsed, remade=remade)


def _hashes(written: list[Path]) -> list[str]:
    """The hash of each file: of large ones side by side, of others sooner than threads are started."""
    if sum(path.stat().st_size for path in written) < MANY_BYTES:
        return [sha256_of(path) for path in written]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(sha256_of, written))


def standing_parse(directory: Path) -> ParsedFile | None:
    """The parse in a directory, None where there is none.

    Raises `DamagedError` naming what is not as it was written: each file against its hash in `file.json`, that record
    against its own, and the place against both.
    """
    if not directory.is_dir():
        return None
    names = {path.name for path in directory.iterdir()}
    if not names:
        return None
    record = directory / RECORD
    try:
        facts = json.loads(record.read_bytes())
        is_whole = is_sealed(facts)
    except (OSError, ValueError, AttributeError) as error:
        raise DamagedError(f"{record} cannot be read ({type(error).__name__})") from error
    if not is_whole:
        raise DamagedError(f"{record} is not as it was written")
    name = _name(facts["sha256"], facts["received_on"])
    if directory.parts[-3:] != (facts["contract_version"], facts["kind"], name):
        raise DamagedError(f"{record} is that of another file")
    if others := sorted(names - {RECORD, *facts["files"]}):
        raise DamagedError(f"{directory / others[0]} is not of that parse")
    for name, sha256 in facts["files"].items():
        if damage := damage_of(directory / name, sha256):
            raise DamagedError(damage)
    return ParsedFile(directory, facts)


def _placed(result: Path, target: Path, damaged: Path) -> ParsedFile | None:
    """Rename a finished parse to its place; what stands there already, if that is whole."""
    try:
        os.rename(result, target)  # noqa: PTH104 - must fail where the target has content
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        with suppress(DamagedError):
            if standing := standing_parse(target):
                return standing
        target.rename(damaged)
        result.rename(target)
    return None


def _parse(
    path: Path, kind: str, contracts: Sequence[Contract], result: Path, scratch: Path, typed: Typed | None,
    beside: Executor,
) -> dict[str, Any]:  # fmt: skip
    run: Reading | DossierReading = Reading(contracts, result, scratch, beside)
    if kind == DOCUMENTS:
        # Not above: a file of tables needs no Arrow, which takes as long to load as a small file to parse.
        from relance.parsing.dossier import DossierReading

        run = DossierReading(contracts, result, scratch, typed)
    try:
        run.read(path)
        outcome, reason = "parsed", None
    except SetAside as set_aside:
        outcome, reason = "set_aside", str(set_aside)
    except LawBroken as broken:
        outcome = "set_aside"
        reason = (
            "Le contrôle interne « lignes lues = acceptées + rejetées » a échoué ; le fichier n'est pas compté."
            f" C'est un défaut du logiciel, à signaler à l'équipe du fonds ({broken})."
        )
    except engine.machine_errors():
        raise
    except (engine.errors(), UnicodeError) as error:
        outcome = "set_aside"
        reason = (
            "La lecture a échoué pour une raison qui n'est pas prévue ; le fichier n'est pas compté. Le signaler à"
            f" l'équipe du fonds ({type(error).__name__} : {quoted(str(error), 160)})."
        )
    if reason is not None:
        for leftover in result.iterdir():
            leftover.unlink()
        run.tables.clear()
    return {
        "outcome": outcome,
        "reason": reason,
        "notes": run.notes,
        "format": run.format,
        "facts": run.facts,
        "latest_day": max((str(r.latest_day) for r in run.tables if r.latest_day), default=None),
        "tables": {r.table: r.entry() for r in run.tables},
    }

"""Writes a file's feedback: page, annotated workbook, table of problems; once for each state that it shows."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from relance.feedback.lines import check_lines
from relance.feedback.safe import stem
from relance.feedback.sent import SUPERSEDED, Sent
from relance.feedback.summary import Summary, summarise
from relance.files import verified, write_aside, write_json

INDEX = "index.html"
TABLE = "problemes.csv"
RECORD = "feedback.json"


def write_feedback(sent: Sent, target: Path) -> bool:
    """Make the folder `target` unless it shows that state already; whether it was made.

    A folder that speaks of a later date stays: a night made again does not undo what is known since. Written beside
    and renamed; of two processes the second to finish throws its own away. Raises `OSError`, `duckdb.Error`, and
    `DamagedError` when the file to annotate is not what was received.
    """
    if sent.as_of is None:
        raise ValueError("a file that is only checked has no folder of its own in the data")
    record = _record(target)
    if record is not None and (
        record["state"] == sent.state or dt.datetime.fromisoformat(record["as_of"]) > sent.as_of
    ):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    old = aside.with_name(f"{aside.name}.old")
    try:
        aside.mkdir()
        summary = summarise(sent)
        write_files(sent, summary, aside)
        write_json(
            aside / RECORD,
            {
                "state": sent.state,
                "as_of": sent.as_of.astimezone(dt.UTC).isoformat(),
                "letter": _letter(sent, summary),
            },
        )
        # Gone where another process has just moved it away.
        with suppress(FileNotFoundError):
            target.rename(old)
        try:
            aside.rename(target)
        except OSError:
            if _record(target) is None:
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return True


def write_files(sent: Sent, summary: Summary, folder: Path) -> None:
    """Write the page and what it links into `folder`, each beside and renamed."""
    from relance.feedback.csv_table import problems_csv
    from relance.feedback.page import page

    workbook_name = f"{stem(sent.file_name)} - annoté.xlsx"
    workbook, why_not = _workbook(sent, summary)
    if workbook is not None:
        write_aside(folder / workbook_name, workbook)
    listed = [*summary.to_correct, *summary.to_verify]
    table = problems_csv(listed) if listed else None
    if table is not None:
        write_aside(folder / TABLE, table)
    # The page last, as it links the others; what an earlier check left there and this one does not make goes.
    write_aside(folder / INDEX, page(summary, TABLE if table else None, workbook_name if workbook else None, why_not))
    for name, made in ((workbook_name, workbook), (TABLE, table)):
        if made is None:
            (folder / name).unlink(missing_ok=True)


def _letter(sent: Sent, summary: Summary) -> dict[str, object] | None:
    """What a letter to the sender tells; none for a file of which nobody knows when it came."""
    if sent.received_at is None:
        return None
    claim = {"claimed_ministry_code": sent.claimed_ministry_code, "reason": sent.reason}
    return {
        "file_name": summary.file_name,
        "ministry_code": sent.ministry_code,
        **({"allowed_ministries": list(sent.allowed_ministries)} if sent.allowed_ministries else {}),
        **(claim if sent.claimed_ministry_code else {}),
        "received_at": sent.received_at.astimezone(dt.UTC).isoformat(),
        "state": summary.state,
        "is_superseded": sent.status == SUPERSEDED,
        "lines": [line.strip() for line in check_lines(summary)],
        "actions": summary.actions,
    }


def _workbook(sent: Sent, summary: Summary) -> tuple[bytes | None, str | None]:
    """The annotated copy, or the sentence that says why there is none (nothing where none is expected)."""
    from relance.feedback.workbook import NotAnnotated, annotated_copy

    container = sent.parsed.facts["format"].get("container")
    if sent.path is None or not summary.tables or not (summary.problems or summary.remarks or summary.differing):
        return None, None
    if container in ("xls", "ods"):
        return None, (
            f"Un classeur {container.upper()} ne peut pas être annoté ici : le tableau des problèmes en tient lieu."
            " Enregistré en XLSX, votre classeur aurait un exemplaire annoté."
        )
    if container != "xlsx":
        return None, None
    try:
        with verified(sent.path, sent.parsed.facts["sha256"]):
            return annotated_copy(sent.path, summary), None
    except NotAnnotated as refused:
        return None, str(refused)


def _record(folder: Path) -> dict[str, str] | None:
    try:
        record: dict[str, str] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if {"state", "as_of"} <= record.keys() else None

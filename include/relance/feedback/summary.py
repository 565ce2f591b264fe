"""All that the page, the annotated workbook and the terminal say of one file, gathered once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from relance import french
from relance.feedback import wording
from relance.feedback.changes import Changes
from relance.feedback.folding import Fold, fold, fold_findings
from relance.feedback.problems import Problem, contracts_of, read_problems, read_remarks
from relance.feedback.safe import one_line
from relance.feedback.sent import COUNTED, PENDING, REJECTED, SUPERSEDED, UNDECIDED, Sent
from relance.feedback.totals import COVER, Total, declared_totals


@dataclass(frozen=True)
class TableSummary:
    """One table of the file: its title, sheet, rows, and whether it counts."""

    title: str
    sheet: str | None
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    state: str


@dataclass(frozen=True)
class Summary:
    """What there is to say; `facts` are label and value, `actions` what to do, `problem_count` that of all problems.

    `remarks` are the cells to look at whose rows count, `remark_count` how many there are in all. `to_correct` and
    `to_verify` are the same, cascades folded: what would not count, and what counts and should be looked at. `held_by`
    are the sentences of the controls that hold the file, or would, `warnings` of those that do not.
    """

    file_name: str
    facts: list[tuple[str, str]]
    state: str
    meaning: str
    reason: str | None
    tables: list[TableSummary]
    totals: list[Total]
    actions: list[str]
    notes: list[str]
    problems: list[Problem]
    problem_count: int
    remarks: list[Problem]
    remark_count: int
    to_correct: list[Fold]
    to_verify: list[Fold]
    held_by: list[str]
    held_title: str
    warnings: list[str]
    changes: Changes | None = None
    is_undecided: bool = False

    @property
    def rows_in(self) -> int:
        return sum(table.rows_in for table in self.tables)

    @property
    def rows_accepted(self) -> int:
        return sum(table.rows_accepted for table in self.tables)

    @property
    def rows_rejected(self) -> int:
        return sum(table.rows_rejected for table in self.tables)

    @property
    def differing(self) -> list[Total]:
        return [total for total in self.totals if not total.agrees]

    @property
    def is_set_aside(self) -> bool:
        return self.reason is not None

    @property
    def is_all_accepted(self) -> bool:
        return not self.is_set_aside and not self.rows_rejected and not self.is_undecided

    @property
    def is_sound(self) -> bool:
        """Whether nothing has to be corrected: every row accepted, declared totals right, nothing that holds it."""
        return self.is_all_accepted and not self.differing and not self.held_by


def summarise(sent: Sent) -> Summary:
    """Read what parsing wrote of the file. Raises `duckdb.Error` where that is not there."""
    problems, problem_count = read_problems(sent.parsed)
    remarks, remark_count = read_remarks(sent.parsed)
    totals = declared_totals(sent.parsed)
    tables = [
        _table(sent, table, contract.title, sent.parsed.facts["tables"][table])
        for table, contract in contracts_of(sent.parsed).items()
    ]
    rejected = sum(table.rows_rejected for table in tables)
    is_cover_rejected = bool(sent.parsed.facts["tables"].get(COVER, {}).get("rows_rejected"))
    differing = sum(not total.agrees for total in totals)
    state, meaning = wording.state_words(sent, rejected, differing)
    return Summary(
        one_line(sent.file_name),
        _facts(sent),
        state,
        meaning,
        sent.reason,
        tables,
        totals,
        wording.to_do(sent, rejected, differing, is_cover_rejected, remark_count),
        [*sent.notes, *wording.not_compared(sent)],
        problems,
        problem_count,
        remarks,
        remark_count,
        fold(problems),
        fold(remarks),
        fold_findings(sent.findings) if sent.as_of is None or sent.status in (PENDING, REJECTED) else [],
        wording.held_title(sent),
        fold_findings(sent.warnings),
        sent.changes,
        bool(sent.undecided),
    )


_NOT_COUNTED = {
    COUNTED: "remplacé", SUPERSEDED: "remplacé", UNDECIDED: "remplacé", PENDING: "en attente", REJECTED: "refusé",
}  # fmt: skip


def _table(sent: Sent, table: str, title: str, facts: dict[str, Any]) -> TableSummary:
    if table in sent.counted and facts["rows_in"] and not facts["rows_accepted"]:
        state = "aucune ligne acceptée"
    elif table in sent.counted:
        state = "retenu" if sent.as_of is not None else "attendrait" if sent.findings else "serait retenu"
    elif table in sent.undecided:
        state = "à départager"
    else:
        state = _NOT_COUNTED.get(sent.status, "non retenu")
    rows = (facts["rows_in"], facts["rows_accepted"], facts["rows_rejected"])
    return TableSummary(title, facts["sheet"], *rows, state)


def _facts(sent: Sent) -> list[tuple[str, str]]:
    facts = []
    if sent.ministry_code:
        facts.append(("Ministère", sent.ministry_code))
    if sent.period:
        facts.append(("Période", sent.period))
    if sent.edition:
        facts.append(("Édition du panorama", french.month(dt.date.fromisoformat(f"{sent.edition}-01"))))
    if sent.received_at:
        facts.append(("Reçu le", f"{french.instant(sent.received_at)} (heure de Paris)"))
    return [*facts, ("Empreinte du fichier (SHA-256)", sent.parsed.facts["sha256"])]

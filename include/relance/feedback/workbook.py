"""The annotated copy of an XLSX workbook, made by a child process under limits of memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from relance.feedback.problems import Problem
from relance.feedback.summary import Summary
from relance.feedback.wording import REMARK
from relance.parsing.wording import integer

MEMORY_BYTES = 2 << 30
TIMEOUT_SECONDS = 90
# Each marked cell has a row of its own in the first sheet; whoever has a thousand to mend mends their cause.
MAX_MARKED = 1_000
# openpyxl keeps every cell as an object: 100,000 rows of 12 columns (2.7 MB) take half a minute and 500 MB.
MAX_SOURCE_BYTES = 4 << 20
_ANNOTATOR = Path(__file__).with_name("annotator.py")
SHEET = "Synthèse"


class NotAnnotated(Exception):  # noqa: N818 - an outcome that the page tells, not an error of ours
    """The workbook has no annotated copy; the text is the French sentence that says why."""


def annotated_copy(source: Path, summary: Summary) -> bytes:
    """The workbook with its problems marked and a first sheet that sums up. Raises `NotAnnotated`."""
    if source.stat().st_size > MAX_SOURCE_BYTES:
        raise NotAnnotated("Le classeur est trop volumineux pour être annoté : le tableau des problèmes en tient lieu.")
    with tempfile.TemporaryDirectory() as folder:
        job, target = Path(folder) / "job.json", Path(folder) / "annotated.xlsx"
        work = {
            "source": str(source),
            "target": str(target),
            "memory_bytes": MEMORY_BYTES,
            "sheet": SHEET,
            "rows": _summary_rows(summary),
            "problems": [_mark(problem) for problem in [*summary.problems, *summary.remarks][:MAX_MARKED]],
        }
        job.write_text(json.dumps(work), encoding="utf-8")
        try:
            # -I keeps the child from importing anything from the folder it stands in or from the environment.
            done = subprocess.run(
                [sys.executable, "-I", str(_ANNOTATOR), str(job)],
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotAnnotated(
                f"Le classeur n'a pas pu être annoté en {TIMEOUT_SECONDS} secondes : le tableau des problèmes en tient"
                " lieu."
            ) from error
        if done.returncode != 0 or not target.is_file():
            raise NotAnnotated(
                "Le classeur n'a pas pu être annoté (structure inhabituelle, ou trop de mise en forme) : le tableau"
                " des problèmes en tient lieu."
            )
        return target.read_bytes()


def _mark(problem: Problem) -> dict[str, Any]:
    return {
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "header_row": problem.header_row,
        "value": problem.value,
        "text": f"À vérifier : {problem.advice}" if problem.is_remark else problem.advice,
    }


def _summary_rows(summary: Summary) -> list[tuple[str, list[str]]]:
    """The rows of the first sheet above the list of problems: a style's name and the cells."""
    rows: list[tuple[str, list[str]]] = [
        ("title", ["Retour sur votre fichier"]),
        ("pair", ["Fichier", summary.file_name]),
        *(("pair", [label, value]) for label, value in summary.facts),
        ("pair", ["État", summary.state]),
        ("text", [summary.meaning]),
        *([("text", [summary.reason])] if summary.reason else []),
        *([("text", [f"{summary.held_title} :"])] if summary.held_by else []),
        *(("text", [sentence]) for sentence in summary.held_by),
        ("heading", ["À faire"]),
        *(("text", [action]) for action in summary.actions),
        ("heading", ["Lignes lues"]),
        ("header", ["Tableau", "Lues", "Acceptées", "Rejetées", "Onglet"]),
    ]
    for t in summary.tables:
        figures = [integer(n) for n in (t.rows_in, t.rows_accepted, t.rows_rejected)]
        rows.append(("cells", [t.title, *figures, t.sheet or ""]))
    if summary.totals:
        rows.append(("heading", ["Totaux déclarés en couverture et comptés"]))
        rows.append(("header", ["Total", "Déclaré", "Compté dans le fichier", "Dont accepté", "Résultat"]))
        for total in summary.totals:
            figures = [total.shown(n) for n in (total.declared, total.in_file, total.accepted)]
            rows.append(("cells", [total.label, *figures, "concorde" if total.agrees else "ÉCART"]))
    if summary.warnings or summary.notes:
        rows.append(("heading", ["À vérifier"]))
        rows += [("text", [sentence]) for sentence in (*summary.warnings, *summary.notes)]
    rows.append(("heading", ["Problèmes"]))
    count = summary.problem_count + summary.remark_count
    if count > MAX_MARKED:
        left = f"Seuls les {integer(MAX_MARKED)} premiers sont marqués, sur {integer(count)}."
        rows.append(("text", [left]))
    rows.append(("text", ["Chaque cellule en cause est colorée et porte un commentaire. " + REMARK]))
    rows.append(("header", ["Onglet", "Cellule", "Colonne", "Valeur trouvée", "Ce qui ne va pas et que faire"]))
    return rows

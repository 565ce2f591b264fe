"""The first page of a build's Data Docs: every control with its outcome, and the way to what was evaluated of it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relance.audit.register import AREAS, Control
from relance.audit.verdict import ORDER, PASS, Verdict

DATA_DOCS = "data_docs"
LABELS = {"pass": "Conforme", "warning": "Avertissement", "hold": "À approuver", "block": "Bloquant"}
OUTCOMES = {
    "pass": "Publiable",
    "hold": "Retenue : une personne doit décider",
    "block": "Bloquée : rien n’est publié",
}


@contextmanager
def written_aside(out_dir: Path) -> Iterator[Path]:
    """A folder to write the pages into; it takes the place of `<out_dir>/data_docs` once all are written."""
    aside = out_dir / f".{DATA_DOCS}-{uuid.uuid4().hex}"
    aside.mkdir(parents=True)
    try:
        yield aside
        shutil.rmtree(out_dir / DATA_DOCS, ignore_errors=True)
        aside.rename(out_dir / DATA_DOCS)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_index(target: Path, build: str, controls: list[Control], verdict: Verdict) -> None:
    """Write `index.html` beside the controls' own pages, which are there by now."""
    from relance.feedback.page import page_template

    areas = [
        {"label": label, "controls": [_told(one, verdict, target) for one in controls if one.area == area]}
        for area, label in AREAS.items()
    ]
    page = page_template("relance.audit", "data_docs.html.jinja").render(
        build=build,
        outcome=verdict.outcome,
        outcomes=OUTCOMES,
        labels=LABELS,
        counts=verdict.counts,
        areas=areas,
    )
    (target / "index.html").write_text(page, encoding="utf-8")


def _told(control: Control, verdict: Verdict, target: Path) -> dict[str, Any]:
    results = [result for result in verdict.controls if result.control_id == control.id]
    return {
        "id": control.id,
        "statement": control.statement,
        "outcome": max((result.outcome for result in results), key=ORDER.index, default=PASS),
        "sentences": [result.sentence for result in results if result.outcome != PASS],
        "met": sum(result.outcome == PASS for result in results),
        "has_page": (target / f"{control.id}.html").is_file(),
    }

"""Writes docs/controls.md from the register of controls: `python docs/build_controls.py`.

A test checks that the page is current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pages import write

from relance.audit.register import AREAS, EXCEPTIONS, FILE, PER_SUBJECT, Control, Floor, load_accepted, load_controls

DOCS = Path(__file__).parent
PAGE = DOCS / "controls.md"
EXPECTATIONS = DOCS.parent / "expectations"
SIGNS = {"equal": "=", "at_most": "≤"}
INTRODUCTION = """# The controls

What must hold in a build before anyone can read it: {controls} controls, judged by Great Expectations. Findings are in
`quality.controls`, in `quality/verdict.json` and, as pages, in `quality/data_docs/index.html` of each publication (of a
build that was not published: in `data/builds/<build>/data_docs/`). This page is made from the register,
`expectations/controls.yml` (`python docs/build_controls.py`); statements are published, hence French.

Each control **concerns** what causes what it finds. Of a *file*, its measure says which. Of {of_files} such controls
{holding} hold or block: they are measured before the build too, on what was received. The file is then pending: its
ministry goes on counting with the file before, and everybody else's figures are published. What no single file
explains, or what belongs to the whole, concerns the *publication* or an *edition* of the panorama.

**block** fails the run (a file: nobody can accept it, it has to be corrected); **hold** waits for a person;
**warning** is published with its sentence. Each control must have looked at its floor of rows: fewer is a block.
{accepted} known disagreements of the sources are accepted by name, exact difference and date in
`expectations/accepted_differences.yml`; a cent more, or a day later, and they hold again. What somebody accepted of a
file stands for as long as the file is that one, and is a warning with who, when and why."""


def page() -> str:
    """The whole page."""
    controls = load_controls(EXPECTATIONS)
    accepted = load_accepted(EXPECTATIONS, controls)
    of_files = [control for control in controls if control.concerns == FILE]
    introduction = INTRODUCTION.format(
        controls=len(controls),
        accepted=len(accepted),
        of_files=len(of_files),
        holding=sum(control.holds_files for control in of_files),
    )
    parts = [introduction]
    for area, label in AREAS.items():
        parts.append(f"## {label} (`{area}`)")
        parts += ["\n".join(_section(control)) for control in controls if control.area == area]
    return "\n\n".join(parts) + "\n"


def _section(control: Control) -> Iterator[str]:
    yield f"### `{control.id}` — {control.severity}, {control.concerns}\n"
    yield f"{control.statement}\n"
    yield f"- found {SIGNS[control.comparison]} expected, {_tolerance(control)}; {_floor(control.floor)}"
    if control.report == EXCEPTIONS:
        yield "- row by row: one finding for all, one for each row that fails"
    yield f"- source: {control.source}"
    yield f"- when it fails: {control.to_do}"


def _tolerance(control: Control) -> str:
    if control.tolerance is None:
        return f"tolerance {PER_SUBJECT.replace('_', ' ')} ({control.unit})"
    return f"tolerance {control.in_unit.text(control.tolerance)} ({control.unit})"


def _floor(floor: Floor) -> str:
    least = (
        f"at least {floor.rows} rows" if floor.rows is not None else f"at least the rows of `floors/{floor.query}.sql`"
    )
    return f"{least}, or none: « {floor.when_zero} »" if floor.when_zero else least


if __name__ == "__main__":
    write(PAGE, page())

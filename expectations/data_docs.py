"""Data Docs: a page a control with what Great Expectations evaluated, in the house's style and without a script.

Great Expectations' own page fetches styles and scripts from public hosts, which a page about what is not published yet
must not do, and which a closed network does not reach: its sections are rendered by it, the page around them is ours.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from relance.audit.register import Control


class ControlPageView(DefaultJinjaPageView):
    """A page with the sections of one validation."""

    _template = "control.html.j2"


def write(judged: list[tuple[Control, ExpectationSuiteValidationResult]], target: Path) -> None:
    """Write `<control id>.html` for each control that was judged."""
    renderer = ValidationResultsPageRenderer(run_info_at_end=True)
    view = ControlPageView(
        custom_styles_directory=str(files("relance.feedback")),
        custom_views_directory=str(Path(__file__).parent / "templates"),
    )
    for control, result in judged:
        page = view.render(renderer.render(result), control_id=control.id, statement=control.statement)
        (target / f"{control.id}.html").write_text(page, encoding="utf-8")

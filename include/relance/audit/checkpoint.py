"""The suite of each control, and Great Expectations' judgement of its frame, in memory: no project folder, no store.

Great Expectations' `Checkpoint` hands the same batch parameters, hence one frame, to all its validations; here each
control has its own, so each batch is validated by itself.

Data Docs are a page a control with what was evaluated. Great Expectations' own page fetches styles and scripts from
public hosts, which a page about what is not published yet must not do, and which a closed network does not reach: its
sections are rendered by it, the page around them is ours.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations import ExpectationSuite
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.core.result_format import ResultFormat
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations import core as gxe
from great_expectations.expectations.expectation import Expectation, FailureSeverity
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from relance import french
from relance.audit.evidence import Batch, Evidence
from relance.audit.register import EQUAL, Control

VERSION = str(gx.__version__)
# The names of the classes below, as Great Expectations gives them.
ROWS_AT_ALL, ROWS_LOOKED_AT = "expect_rows_at_all", "expect_rows_looked_at"
WITHIN_BOUNDS, NOT_BELOW = "expect_found_within_bounds", "expect_figure_not_below"
# Great Expectations' own scale, for its reports; the outcome comes from the register.
SEVERITIES = {"warning": "info", "hold": "warning", "block": "critical"}


class ExpectRowsAtAll(gxe.ExpectTableRowCountToBeBetween):
    """A row at least: every other expectation, a sum between bounds included, is met by a frame without any."""


class ExpectRowsLookedAt(gxe.ExpectColumnSumToBeBetween):
    """At least so many rows, counting those that a row stands for."""


class ExpectFoundWithinBounds(gxe.ExpectColumnPairValuesAToBeGreaterThanB):
    """What was found lies on the right side of a bound, row by row."""


class ExpectFigureNotBelow(gxe.ExpectColumnMinToBeBetween):
    """No figure below a least one: the control's guard, beyond the comparison."""


class ControlPageView(DefaultJinjaPageView):
    """A page with the sections of one validation."""

    _template = "control.html.j2"


def suite_of(control: Control, floor: int) -> ExpectationSuite:
    """The suite of one control: its floor of rows, its bounds and its guard."""
    said: dict[str, Any] = {
        "description": control.statement,
        "severity": SEVERITIES[control.severity],
        "meta": {"control_id": control.id, "source": control.source, "to_do": control.to_do},
    }
    bounds = [("highest", "actual")] + ([("actual", "lowest")] if control.comparison == EQUAL else [])
    expectations: list[Expectation] = [
        ExpectRowsAtAll(min_value=1, **{**said, "description": "Une ligne au moins a été évaluée."}),
        ExpectRowsLookedAt(
            column="stands_for",
            min_value=floor,
            **{**said, "description": f"Lignes évaluées : au moins {french.count(floor)}."},
        ),
        *(
            ExpectFoundWithinBounds(column_A=above, column_B=below, or_equal=True, ignore_row_if="neither", **said)
            for above, below in bounds
        ),
    ]
    if control.guard is not None:
        expectations.append(
            ExpectFigureNotBelow(
                column=control.guard.never_negative,
                min_value=0,
                description=control.guard.statement,
                severity=FailureSeverity(SEVERITIES[control.severity]),
                meta={"control_id": control.id},
            )
        )
    return ExpectationSuite(name=control.id, expectations=expectations)


def run(batches: list[Batch], docs: Path) -> dict[str, Evidence]:
    """The evidence of each control, by its id; what was evaluated is written into the folder `docs`."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    # One asset for all frames: adding one makes Great Expectations write its whole configuration out again.
    asset = context.data_sources.add_pandas("audit").add_dataframe_asset(name="measured")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    judged, evidence = [], {}
    for batch in batches:
        suite, frame = suite_of(batch.control, batch.floor), definition.get_batch({"dataframe": batch.frame})
        result = frame.validate(suite, result_format=ResultFormat.BASIC)
        judged.append((batch.control, result))
        # Which rows do not hold is asked only where some do not: it takes a tenth of an audit.
        whole = result if result.success else frame.validate(suite, result_format=ResultFormat.COMPLETE)
        evidence[batch.control.id] = _evidence(whole)
    _write_docs(judged, docs)
    return evidence


def _evidence(suite: ExpectationSuiteValidationResult) -> Evidence:
    broken, judged = [], []
    for one in suite.results:
        kind = one.expectation_config.type if one.expectation_config else ""
        names_no_row = kind == WITHIN_BOUNDS and not one.success and not one.result.get("unexpected_index_list")
        if one.exception_info.get("raised_exception") or names_no_row:
            broken.append(kind)
        else:
            judged.append((kind, one))
    counted = [one for kind, one in judged if kind == ROWS_LOOKED_AT]
    within = [one for kind, one in judged if kind == WITHIN_BOUNDS]
    return Evidence(
        rows=sum(int(one.result["observed_value"] or 0) for one in counted),
        expectations=len(suite.results),
        failing=frozenset(at for one in within for at in one.result.get("unexpected_index_list") or ()),
        is_under_floor=not all(one.success for kind, one in judged if kind in (ROWS_AT_ALL, ROWS_LOOKED_AT)),
        is_guard_met=all(one.success for kind, one in judged if kind == NOT_BELOW),
        broken=tuple(broken),
    )


def _write_docs(judged: list[tuple[Control, ExpectationSuiteValidationResult]], target: Path) -> None:
    renderer = ValidationResultsPageRenderer(run_info_at_end=True)
    view: Any = ControlPageView(
        custom_styles_directory=str(files("relance.feedback")),
        custom_views_directory=str(Path(__file__).parent / "views"),
    )
    for control, result in judged:
        page = view.render(renderer.render(result), control_id=control.id, statement=control.statement)
        (target / f"{control.id}.html").write_text(page, encoding="utf-8")

"""Has every suite judge its own frame, in memory, without a project folder, a store or the network.

Great Expectations' `Checkpoint` hands the same batch parameters, hence one frame, to all its validations;
here each control has its own, so each batch is validated by itself.
"""

from __future__ import annotations

from pathlib import Path

import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.core.result_format import ResultFormat

from relance.audit.suites import Batch, Evidence

from . import data_docs

ROW_COUNT = "expect_rows_looked_at"
GUARD = "expect_figure_not_below"


def run(suites: list[tuple[Batch, gx.ExpectationSuite]], docs: Path) -> dict[str, Evidence]:
    """The evidence of each control, by its id; what was evaluated is written into the folder `docs`."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    # One asset for all frames: adding one makes Great Expectations write its whole configuration out again.
    asset = context.data_sources.add_pandas("audit").add_dataframe_asset(name="measured")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    judged = []
    for batch, suite in suites:
        result = definition.get_batch({"dataframe": batch.frame}).validate(suite, result_format=ResultFormat.BASIC)
        judged.append((batch.control, result))
    data_docs.write(judged, docs)
    return {control.id: _evidence(result) for control, result in judged}


def _evidence(result: ExpectationSuiteValidationResult) -> Evidence:
    rows = -1
    failed, guards, broken = [], [], []
    for one in result.results:
        kind = one.expectation_config.type
        if one.exception_info.get("raised_exception"):
            broken.append(kind)
            continue
        if kind == ROW_COUNT:
            rows = int(one.result["observed_value"] or 0)
        if not one.success and kind == GUARD:
            guards.append(one.expectation_config.description)
        elif not one.success:
            failed.append(kind)
    return Evidence(rows=rows, expectations=len(result.results), failed=failed, guards=guards, broken=broken)

"""How a night has a person asked about each file that waits: a run of `decide_files` for it, beside the build."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import task

from relance import stages


@task(task_display_name="Trouver les fichiers retenus", pool="default_pool")
def held_files(build_id: str) -> list[dict[str, Any]]:
    """The runs of `decide_files` that a build's files need: the same name for the same findings on the same night."""
    return [
        {"trigger_run_id": "-".join((one["receipt_id"], one["digest"], one["night"])), "conf": one}
        for one in stages.file_questions(build_id)
    ]


def ask_about_files(build_id: Any) -> None:
    """Trigger `decide_files` for each, beside the build and in a pool of others, so that no night waits for it."""
    TriggerDagRunOperator.partial(
        task_id="ask",
        task_display_name="Demander une décision",
        pool="default_pool",
        # Airflow 3.3 cannot store a rule of our own for a task that is mapped.
        weight_rule="absolute",
        trigger_dag_id="decide_files",
        logical_date=None,
        skip_when_already_exists=True,
    ).expand_kwargs(held_files(build_id))

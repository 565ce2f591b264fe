"""The DAG that lands one feed: each feed has a file of its own, with what whoever is on call must know of it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from common import DEFAULT_ARGS, FIRST_NIGHT, nightly


def collecting_dag(feed: str, title_fr: str, doc: str | None) -> None:
    """The DAG that lands a feed every night, or by hand from another `folder`."""

    @dag(
        dag_id=f"collect_{feed}",
        dag_display_name=title_fr,
        doc_md=doc,
        schedule=nightly("01:30"),
        start_date=FIRST_NIGHT,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULT_ARGS,
        tags=["collect", feed],
        params={
            "folder": Param(None, type=["null", "string"], title="Folder", description="Another folder than the feed's")
        },
    )
    def collecting() -> None:
        @task(task_display_name="Recevoir les fichiers")
        def collect(params: dict[str, Any]) -> dict[str, Any]:
            from relance import stages

            return stages.collect(feed, params["folder"]).to_dict()

        collect()

    collecting()

"""The DAG that lands the feeds of one kind: each kind has a file of its own, with what whoever is on call must know."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from relance.airflow.alerting import findings, mended
from relance.airflow.common import DEFAULT_ARGS, FIRST_NIGHT, NEVER_BACKFILLED, nightly, skip
from relance.airflow.connections import token_of


def collecting_dag(feed: str, kind: str, title_fr: str, doc: str | None) -> None:
    """The DAG that lands every feed of a kind that is for the night, or `feed` by hand from another `folder`."""

    @dag(
        dag_id=f"collect_{feed}",
        dag_display_name=title_fr,
        doc_md=doc,
        schedule=nightly("01:30"),
        start_date=FIRST_NIGHT,
        catchup=False,
        max_active_runs=1,
        allowed_run_types=NEVER_BACKFILLED,
        default_args=DEFAULT_ARGS,
        tags=["collect", feed],
        params={
            "folder": Param(None, type=["null", "string"], title="Folder", description="Another folder than the feed's")
        },
    )
    def collecting() -> None:
        @task(task_display_name="Recevoir les fichiers", on_success_callback=[mended, findings])
        def collect(params: Any = None) -> list[dict[str, Any]]:
            from relance import stages

            if params["folder"]:
                return [stages.collect(feed, params["folder"]).to_dict()]
            feeds = stages.nightly_feeds(kind)
            if not feeds:
                skip(f"No feed of the kind {kind} is collected by night: is_nightly in feeds.yml says which are.")
            return [summary.to_dict() for summary in stages.collect_each(feeds, token_of=token_of)]

        collect()

    collecting()

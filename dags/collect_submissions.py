"""Land what the ministries submitted: new files once, each with a receipt.

**When**: 01:30 in Paris, before `publish_reporting`. (02:30 does not exist on one night in March and comes
twice on one in October.) Never backfilled: nobody can ask what lay in the folder last year; landing knows.

**If it fails**: the task's error says which folder or file, and why. It is tried again three times, further
and further apart. What was landed stays landed, so clearing the task is always safe. The night's publication
does not wait for it: it takes what has been received. A file that cannot be read is no failure here: it is
landed, and set aside with its reason when it is parsed.

**By hand**: "Trigger", with a `folder` to collect from another place; its files count as received now.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from common import DEFAULT_ARGS, FIRST_NIGHT, nightly


@dag(
    dag_display_name="Collecte des remontées ministérielles",
    doc_md=__doc__,
    schedule=nightly("01:30"),
    start_date=FIRST_NIGHT,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["collect", "submissions"],
    params={
        "folder": Param(None, type=["null", "string"], title="Folder", description="Another folder than the feed's")
    },
)
def collect_submissions() -> None:
    @task(task_display_name="Recevoir les fichiers")
    def collect(params: dict[str, Any]) -> dict[str, Any]:
        from relance import stages

        return stages.collect("submissions", params["folder"]).to_dict()

    collect()


collect_submissions()

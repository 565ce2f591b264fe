"""Which task ran a stage, for the lineage that the stage tells (`relance.lineage`)."""

from __future__ import annotations

import os
from typing import Any


def under_task(context: Any) -> None:
    """`on_execute_callback`: name this task as the parent of what runs in it, as OpenLineage's libraries read it."""
    from airflow.providers.openlineage.conf import is_disabled

    if is_disabled():
        return
    from airflow.providers.openlineage.plugins.macros import lineage_parent_id, lineage_root_parent_id

    os.environ["OPENLINEAGE_PARENT_ID"] = lineage_parent_id(context["ti"])
    os.environ["OPENLINEAGE_ROOT_PARENT_ID"] = lineage_root_parent_id(context["ti"])

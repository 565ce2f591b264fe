"""Where Airflow's triggerer finds what is done on a missed deadline.

It imports a callback by its name and, unlike everything else that runs DAGs, does not look into their folder.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any

from relance.settings import Settings


async def missed(context: Any) -> None:
    """A deadline was missed: tell it beside the triggerer's loop, which must not wait for a mail server."""
    dags = str(Settings.from_env().home / "dags")
    if dags not in sys.path:
        sys.path.append(dags)
    await asyncio.to_thread(importlib.import_module("deadlines").missed, context)

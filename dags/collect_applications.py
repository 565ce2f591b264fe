"""Land the fund's applications: the dossiers that changed or were deleted, each version with a receipt.

**When**: 01:30 in Paris, before `publish_reporting`: every feed of applications that `feeds.yml` has for the night,
one after the other; a night without one is skipped. Never backfilled: the platform only tells what is there now.

**The token** of Démarches Simplifiées is the password of the Airflow connection that the feed names
(`relance_applications`); where there is none, the environment variable that the feed names.

**If it fails**: the task's error says which feed, and why. It is tried again three times, further and further apart.
What was landed stays landed, so clearing the task is always safe. The night's publication does not wait for it: it
takes what has been received, and `quality.feed_status` shows the feed as late after a day and a half.

**By hand**: "Trigger", with a `folder` to collect documents from; its files count as received now.
"""

from __future__ import annotations

from relance.airflow.collecting import collecting_dag

# An Airflow DAG: the word by which Airflow finds DAG files.
collecting_dag("applications", "application", "Collecte des dossiers de candidature", __doc__)

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

from relance.airflow.collecting import collecting_dag

# An Airflow DAG: the word by which Airflow finds DAG files.
collecting_dag("submissions", "submission", "Collecte des remontées ministérielles", __doc__)

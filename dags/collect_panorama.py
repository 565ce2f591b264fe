"""Land what the panorama's feeds hold: new files once, each with a receipt.

**When**: 01:30 in Paris, before `publish_reporting`. (02:30 does not exist on one night in March and comes
twice on one in October.) Every panorama feed that `feeds.yml` has for the night is collected, one after the other:
one that fails does not stop the next. Never backfilled: nobody can ask the source what it served last year;
landing knows.

**If it fails**: the task's error says which folder or file, and why. It is tried again three times, further
and further apart. What was landed stays landed, so clearing the task is always safe. The night's publication
does not wait for it: it takes what has been received.

**By hand**: "Trigger", with a `folder` to collect from another place; its files count as received now.
"""

from __future__ import annotations

from relance.airflow.collecting import collecting_dag

# An Airflow DAG: the word by which Airflow finds DAG files.
collecting_dag("panorama", "panorama", "Collecte du panorama des grands projets", __doc__)

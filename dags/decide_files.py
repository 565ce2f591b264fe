"""Ask a person about one received file that a control holds: accept it as it is, reject it, or leave it waiting.

**When**: `publish_reporting` triggers one run a file and night, for the files that wait when its build is prepared. The
run waits in Required Actions; its text is what the controls found, and what counts meanwhile. An answer has a reason.

**After the answer**: the next run of `publish_reporting` counts accordingly. Nothing is published at once, so that
several files can be decided and published together: trigger `publish_reporting` when the last is decided, or wait for
the night. `relance files pending`, `accept` and `reject` do the same; whichever decision comes first stands, and a run
that waits for a file that was decided elsewhere ends as skipped when it is answered.

**Without an answer** within the set time nothing is decided: the run ends as skipped, the next night asks again.

**If `decide` fails**: it was answered without a reason (clear it, and answer again), or its error says what was found.
"""

from __future__ import annotations

from airflow.sdk import Param, dag

from relance.airflow.common import ASKED_FOR, DEFAULT_ARGS, FIRST_NIGHT
from relance.airflow.deciding import decided

# As many files as may ever wait at once; a run that waits takes no slot.
MOST_FILES = 500


def _told(title: str) -> Param:
    return Param(type="string", minLength=1, title=title)


@dag(
    dag_display_name="Décision sur un fichier retenu",
    doc_md=__doc__,
    schedule=None,
    start_date=FIRST_NIGHT,
    catchup=False,
    allowed_run_types=ASKED_FOR,
    max_active_runs=MOST_FILES,
    default_args=DEFAULT_ARGS,
    tags=["files", "decision"],
    params={"build_id": _told("Build"), "receipt_id": _told("Receipt"), "digest": _told("Digest of its findings")},
)
def decide_files() -> None:
    decided()


decide_files()

"""What is done to Airflow's metadata database where no API server is at hand: by what the server itself calls.

Airflow promises only its REST API and its commands. Neither marks a run as failed before a scheduler takes it up, and
`dag.test` of Airflow 3.3.2 tells listeners that a run has ended, but not that it has begun.
`tests/pipeline/test_airflow.py` fails when one of these functions is no longer there.
"""

from __future__ import annotations

# The tasks of publish_reporting: two builds side by side on two processors.
POOL, POOL_SLOTS = "publishing", 2
# Its runs wait for a person, for hours: Airflow takes them up again after any end.
ASKING = "decide_files"
MIDDLE = ("queued", "running")


def fail_runs_left() -> None:
    """Fail the runs that an Airflow of this home that was ended from outside was in the middle of.

    Nothing works on them any more: who holds the home is alone.
    """
    from airflow.api.common.mark_tasks import set_dag_run_state_to_failed
    from airflow.models.dagrun import DagRun
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        left = select(DagRun).where(DagRun.state.in_(MIDDLE), DagRun.dag_id != ASKING)
        for run in session.scalars(left).all():
            if dag := SerializedDagModel.get_dag(run.dag_id, session=session):
                set_dag_run_state_to_failed(dag=dag, run_id=run.run_id, commit=True, session=session)
                run.dag, run.note = dag, "Its Airflow was ended from outside; a new run replaces it."
                run.notify_dagrun_state_changed(run.note)


def tell_begun(dag_id: str, run_id: str, note: str) -> None:
    """Tell whoever listens to Airflow's runs (lineage) that a run has begun, and note by what."""
    from airflow.models.dagrun import DagRun
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        run = session.scalars(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)).one()
        run.dag, run.note = SerializedDagModel.get_dag(dag_id, session=session), note
        run.notify_dagrun_state_changed(note)


def make_pool() -> None:
    """Have the pool of publications, unless there is one, whose slots somebody chose."""
    from airflow.models.pool import Pool

    if Pool.get_pool(POOL) is None:
        Pool.create_or_update_pool(POOL, POOL_SLOTS, "Tasks of publish_reporting that run side by side", False)

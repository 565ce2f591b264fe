"""What the DAG files are wired of: operators, callbacks, and what they ask of Airflow. The stages are called from here.

Nothing about the fund, the panorama or files belongs here: that is the stages', which know no Airflow.

    common.py, collecting.py      what DAGs share: defaults, timetable, as-of date; the DAG that collects
    connections.py                what is read of Airflow's connections
    approval.py, deciding.py      tasks that wait for a person: of a held build, of a held file (asking.py is both)
    questions.py                  how a night has files asked about
    restating.py                  what a backfill needs
    alerting.py, deadlines.py     when whoever is on call is told; channels.py is how
    cleaning.py                   what Airflow itself lets go
    lineage.py                    which task ran a stage
"""

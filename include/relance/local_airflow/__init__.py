"""Airflow on this machine, for `make nightly` and `make up`: its home, a night in one process, its services.

No stage is called from here and no figure is known here: the DAGs do the work, this package has them run.
A deployment (compose, Kubernetes) does not need it.

    home.py          the folder Airflow lives in: configuration, secrets, metadata database
    night.py         one night, as `airflow dags test` runs DAGs
    up.py            Airflow's services, until Ctrl-C
    metadata.py      what is done to the metadata database without a server
    each_process/    what Airflow imports in each process that `up` starts
    __main__.py      the commands
"""

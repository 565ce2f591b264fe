"""Airflow on this machine, for `make nightly` and `make up`: its home, its processes, its REST API.

No stage is called from here and no figure is known here: the DAGs do the work, this package has them run.
A deployment (compose, Kubernetes) does not need it.

    home.py       the folder Airflow lives in: configuration, secrets, metadata database
    keeper.py     the process that starts Airflow's processes and outlives none of them
    instance.py   one running Airflow: start it or find it, wait until it is ready, end it
    client.py     Airflow's public REST API
    night.py      one night: trigger, watch, report
    __main__.py   the commands
"""

"""What whoever is on call is told, once a cause. Sends nothing itself and knows no Airflow: `airflow/alerting.py` does.

`cause.py` words what happened, `told.py` keeps in the data folder what was told, so that a cause that stands is not
told again, and is said to be mended.
"""

"""What Airflow imports in each of its processes when this folder is on the path, as `make up` has it.

Airflow's executor forks workers that outlive a killed scheduler; here all of them end with the process above them.
"""

from relance.processes import end_with_parent, forks_end_with_us

__all__: list[str] = []

end_with_parent()
forks_end_with_us()

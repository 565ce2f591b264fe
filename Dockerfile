# The image of every Airflow service: the official one, with exactly the packages of requirements.lock over its own.
# The Python is the one that the tests run on. The code belongs to root and runs as airflow, who cannot change it.
FROM apache/airflow:slim-3.3.2-python3.11

SHELL ["/bin/bash", "-o", "pipefail", "-euc"]
USER airflow

# As the Makefile does: hashes checked, nothing resolved, and what has to be built is built with the lock's setuptools.
RUN --mount=type=bind,source=requirements.lock,target=/tmp/requirements.lock \
    awk '/^(setuptools|wheel)==/ {keep=1} keep; !/\\$/ {keep=0}' /tmp/requirements.lock > /tmp/build.lock; \
    pip install --quiet --no-cache-dir --no-deps --require-hashes -r /tmp/build.lock; \
    pip install --quiet --no-cache-dir --no-deps --require-hashes --no-build-isolation -r /tmp/requirements.lock; \
    rm /tmp/build.lock

RUN --mount=type=bind,target=/tmp/checkout \
    mkdir /tmp/package; \
    cp -r /tmp/checkout/pyproject.toml /tmp/checkout/include /tmp/package; \
    pip install --quiet --no-cache-dir --no-deps --no-build-isolation /tmp/package; \
    rm -r /tmp/package

USER root
# What a run and Airflow write, and the drop folder: a volume that is mounted there for the first time takes the owner.
RUN install -d -o airflow -g 0 -m 0770 /var/lib/relance /srv/drop /opt/airflow/logs
COPY dags /opt/relance/dags
COPY dbt_project /opt/relance/dbt_project
COPY expectations /opt/relance/expectations
COPY samples /opt/relance/samples
COPY deploy/airflow /opt/relance/deploy

ENV RELANCE_HOME=/opt/relance \
    RELANCE_DATA_DIR=/var/lib/relance \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/relance/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=false

# By number: Kubernetes' runAsNonRoot cannot judge a name.
USER 50000:0

#!/bin/bash
# Brings Airflow's database to the image's version, makes what has to be there (roles, the first admin, the pool) and
# lets old runs go. Runs at every start, before everything else; what is there already stays as it is, except the pool's
# slots.
set -euo pipefail

airflow db migrate
# Its permissions have to be there before a role can name them.
airflow sync-perm
airflow roles import "$(dirname "$0")/roles.json"

# On standard input, so that it is no argument that whoever lists the processes would see.
printf '%s\n%s\n' "$RELANCE_ADMIN_PASSWORD" "$RELANCE_ADMIN_PASSWORD" \
  | airflow users create --role Admin --username "$RELANCE_ADMIN_USER" \
      --firstname Relance --lastname Admin --email "$RELANCE_ADMIN_EMAIL"

airflow pools set publishing "$RELANCE_PUBLISHING_SLOTS" "Publications that are built side by side"

# Here, because no task is told the password of Airflow's database, and a Celery worker does not reach it.
before=$(date --utc --date="$RELANCE_KEEP_AIRFLOW_DAYS days ago" +%Y-%m-%dT%H:%M:%S+00:00)
airflow db clean --yes --skip-archive --error-on-cleanup-failure --clean-before-timestamp "$before" \
  || echo "Airflow's old runs were not removed: the reason is above, the next start tries again." >&2

#!/bin/bash
# Brings Airflow's database to the image's version and makes what has to be there: roles, the first admin, the pool.
# Runs at every start, before everything else; what is there already stays as it is, except the pool's slots.
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

#!/bin/bash
# Brings Superset's database to the image's version, makes the first admin where there is none, and serves.
set -euo pipefail

superset db upgrade
# On standard input, so that it is no argument that whoever lists the processes would see.
printf '%s\n%s\n' "$RELANCE_SUPERSET_ADMIN_PASSWORD" "$RELANCE_SUPERSET_ADMIN_PASSWORD" \
  | superset fab create-admin --username "$RELANCE_ADMIN_USER" \
      --firstname Relance --lastname Admin --email "$RELANCE_ADMIN_EMAIL"
superset init

exec gunicorn --bind 0.0.0.0:8088 --workers 2 --worker-class gthread --threads 8 --timeout 90 \
  --worker-tmp-dir /tmp --access-logfile - "$FLASK_APP"

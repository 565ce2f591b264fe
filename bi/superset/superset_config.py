"""Superset's configuration for the dashboards of the marts; SUPERSET_CONFIG_PATH names this file.

What is secret or belongs to one place comes from the environment: SUPERSET_SECRET_KEY (required),
SUPERSET_DATABASE_URL (Superset's own database), SUPERSET_HTTPS=1 behind TLS.
CSRF and Talisman (security headers) stay on, as Superset ships them.
"""

import copy
import os

from superset.config import TALISMAN_CONFIG as SHIPPED_HEADERS

if len(os.environ.get("SUPERSET_SECRET_KEY", "")) < 32:
    raise SystemExit(
        "SUPERSET_SECRET_KEY is missing or shorter than 32 characters: it signs the sessions and encrypts the "
        "passwords of databases. Make one (openssl rand -base64 42), keep it, and set it in the environment."
    )
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
if "SUPERSET_DATABASE_URL" in os.environ:
    SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DATABASE_URL"]

APP_NAME = "Fonds et grands projets numériques"
WTF_CSRF_ENABLED = True
TALISMAN_ENABLED = True
# Superset's own headers, less the outside hosts that they allow: no map tiles, no telemetry.
TALISMAN_CONFIG = copy.deepcopy(SHIPPED_HEADERS)
TALISMAN_CONFIG["content_security_policy"].update(
    {"img-src": ["'self'", "blob:", "data:"], "connect-src": ["'self'"], "style-src": ["'self'", "'unsafe-inline'"]}
)
TALISMAN_CONFIG["content_security_policy"]["font-src"] = ["'self'"]
IS_HTTPS = os.environ.get("SUPERSET_HTTPS") == "1"
TALISMAN_CONFIG["force_https"] = TALISMAN_CONFIG["session_cookie_secure"] = IS_HTTPS
SESSION_COOKIE_SECURE = IS_HTTPS
ENABLE_PROXY_FIX = IS_HTTPS

BABEL_DEFAULT_LOCALE = "fr"
LANGUAGES = {"fr": {"flag": "fr", "name": "Français"}, "en": {"flag": "gb", "name": "English"}}
# In D3's formats $ is the unit of currency. The dashboards show millions of euros with it (1 234,5 M€); whole euros
# have Superset's own setting of currency (EUR, suffix), which does not come from here.
D3_FORMAT = {
    "decimal": ",",
    "thousands": "\u202f",
    "grouping": [3],
    "currency": ["", "\u00a0M€"],
    "percent": "\u00a0%",
}
D3_TIME_FORMAT = {
    "dateTime": "%A %e %B %Y à %X",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "periods": ["AM", "PM"],
    "days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
    "months": [
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ],
    "shortMonths": [
        *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
        *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ],
}

# A question waits no longer in Superset than PostgreSQL lets it run (docs/bi.md: statement_timeout of the role).
SUPERSET_WEBSERVER_TIMEOUT = SQLLAB_TIMEOUT = 60
# Answers are not kept: the morning's first look shows the night's publication.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

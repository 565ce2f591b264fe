"""How a message leaves the house: by Airflow's own notifiers, where their connections are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from relance.airflow.connections import connection_of
from relance.settings import Settings

if TYPE_CHECKING:
    from relance.alerts.cause import Cause
    from relance.alerts.told import Message

MAIL, WEBHOOK = "smtp_default", "relance_webhook"
SECONDS = 20


def mail(addresses: list[str], subject: str, body: str, files: Iterable[str] = ()) -> None:
    """One mail (HTML) by the SMTP connection. Its texts may be a sender's: no templates, and not rendered."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    SmtpNotifier(to=addresses, subject=subject, html_content=body, files=list(files), smtp_conn_id=MAIL).notify({})


def post(fields: dict[str, str | None]) -> None:
    """One JSON document to the address of the HTTP connection, which is often a secret: no log shows its path."""
    from airflow.providers.http.notifications.http import HttpNotifier
    from airflow.sdk.log import mask_secret

    connection = connection_of(WEBHOOK)
    path = urlsplit((connection and connection.host) or "").path
    if len(path) > 1:
        mask_secret(path)
    HttpNotifier(http_conn_id=WEBHOOK, json=fields, extra_options={"timeout": SECONDS}).notify({})


def channels() -> dict[str, Callable[[Message], None]]:
    """The ways to whoever is on call for which there is a connection (and, for mail, addresses).

    The webhook first: it gives up after seconds, a mail server that does not answer keeps its client for minutes.
    """
    ways: dict[str, Callable[[Message], None]] = {}
    if connection_of(WEBHOOK):
        ways["webhook"] = lambda message: post({"text": message.text, **message.fields})
    if (addresses := Settings.from_env().alert_addresses) and connection_of(MAIL):
        ways["mail"] = lambda message: mail(addresses, message.subject, message.html)
    return ways


def tell(cause: Cause) -> None:
    """Tell a cause, once; what Airflow masks in a log is masked in a message too."""
    from airflow.providers.common.compat.sdk import redact

    from relance.alerts.told import tell

    tell(Settings.from_env(), replace(cause, sentence=str(redact(cause.sentence))), channels())

"""A real SMTP server on 127.0.0.1 that keeps what it receives."""

from __future__ import annotations

import email
import email.policy
import json
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from relance.local_airflow.up import free_port

PASSWORD = "mot de passe du relais"  # noqa: S105 - of the server that this test starts
REFUSED = "parti@int.test.fr"


class Mailbox:
    """Keeps what it receives, and refuses one address."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        if address == REFUSED:
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.rcpt_tos, message))
        return "250 OK"

    def start(self) -> None:
        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            is_known = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
            return AuthResult(success=is_known)

        self._server = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=False,
        )
        self._server.start()
        self.port = self._server.port

    def stop(self) -> None:
        self._server.stop()

    @property
    def connection(self) -> str:
        """Airflow's connection to it."""
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "relance@dinum.test.fr", "retry_limit": 1}
        told = {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": self.port,
            "login": "relance",
            "password": PASSWORD,
            "extra": extra,
        }
        return json.dumps(told)

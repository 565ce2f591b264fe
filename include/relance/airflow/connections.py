"""What the DAGs read of Airflow's connections, where secrets are kept; nothing where there is none by that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Connection


def connection_of(connection_id: str) -> Connection | None:
    """The connection, or None."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found: Connection = Connection.get(connection_id)
    except AirflowNotFoundException:
        return None
    return found


def token_of(connection_id: str) -> str | None:
    """The password of a connection, or None."""
    connection = connection_of(connection_id)
    return connection.password if connection else None


def url_of(connection_id: str) -> str | None:
    """The address of a connection, with its password, or None."""
    connection = connection_of(connection_id)
    return connection.get_uri() if connection else None

"""The copy in PostgreSQL as the night's task and the command load it, on a real server."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from relance.errors import RelanceError
from relance.settings import Settings
from tests.marts import put
from tests.servers.postgres import PASSWORD, READER, Copy

pytestmark = pytest.mark.xdist_group("postgres")

CONNECTION = "AIRFLOW_CONN_RELANCE_MARTS"
VARIABLE = "RELANCE_POSTGRES_URL"
RELANCE = Path(sys.executable).with_name("relance")


@pytest.fixture
def published(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (CONNECTION, VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RELANCE_POSTGRES_READER", READER)
    return put(settings.publications_dir, {"fund.lines": "select 1 as line"})


def serve(bag: Any, publication: Path) -> Any:
    return bag.dags["publish_reporting"].get_task("serve").python_callable(str(publication))


def connection(copy: Copy, **other: Any) -> str:
    told = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": copy.server.port,
        "login": "postgres",
        "password": PASSWORD,
        "schema": copy.database,
        "extra": {"sslmode": "prefer"},
    }
    return json.dumps({**told, **other})


def test_the_task_loads_by_the_connection(
    bag: Any, published: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(CONNECTION, connection(copy))
    with caplog.at_level(logging.DEBUG):
        assert "1 of 1 marts written" in serve(bag, published)
    assert copy.query("select * from fund.lines", READER) == [(1,)]
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("other", [{"port": 1}, {"password": "s3cret"}, {"extra": {"s3cret": "s3cret"}}])
def test_a_load_that_fails_leaves_the_publication_and_is_tried_again(
    bag: Any,
    published: Path,
    copy: Copy,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    other: dict[str, Any],
) -> None:
    monkeypatch.setenv(CONNECTION, connection(copy, **other))
    with caplog.at_level(logging.DEBUG), pytest.raises(RelanceError, match="PostgreSQL") as caught:
        serve(bag, published)
    said = str(caught.value) + caplog.text + "".join(traceback.format_exception(caught.value)).split("Traceback")[0]
    assert PASSWORD not in said
    assert "s3cret" not in said
    assert (settings.publications_dir / "current").resolve() == published.resolve()


def test_without_a_connection_the_task_is_skipped_with_a_sentence(bag: Any, published: Path) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="no Airflow connection relance_marts"):
        serve(bag, published)


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RELANCE, *words], env={**os.environ, **env}, capture_output=True, text=True, check=False)


def test_the_command_loads_and_a_rollback_is_followed(
    published: Path, settings: Settings, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings.publications_dir, {"fund.lines": "select 2 as line"})
    monkeypatch.setenv(VARIABLE, copy.server.url(copy.database))
    served = run("publications", "serve")
    assert (served.returncode, served.stderr) == (0, "")
    assert "2021-02-01/r2 now: 1 of 1 marts written" in served.stdout
    assert copy.query("select * from fund.lines", READER) == [(2,)]
    assert run("publications", "rollback", "--reason", "essai").returncode == 0
    assert copy.query("select * from fund.lines", READER) == [(1,)]


def test_the_command_says_that_nothing_is_configured_and_what_failed(
    published: Path, settings: Settings, copy: Copy
) -> None:
    assert "No PostgreSQL database is configured (RELANCE_POSTGRES_URL)" in run("publications", "serve").stdout
    failed = run("publications", "serve", **{VARIABLE: copy.server.url(copy.database, "postgres", "s3cret")})
    assert failed.returncode == 1
    assert "password authentication failed" in failed.stderr
    assert "s3cret" not in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stderr

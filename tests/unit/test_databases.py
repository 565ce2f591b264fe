"""The databases of the compose file, as deploy/postgres/initialise.sh makes them on a real server, and the BI login."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from relance.publication.served import load_current
from tests.marts import put
from tests.servers.postgres import PASSWORD, PostgresServer, binaries

pytestmark = pytest.mark.xdist_group("postgres")

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "initialise.sh"
SECRETS = {f"RELANCE_{name}_PASSWORD": f"{name.lower()}'s" for name in ("METADATA", "MARTS", "READER", "SUPERSET_DB")}
LINES = {"fund.lines": "select i as line, 'é' as name from range(3) as r (i)"}
DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    bin_ = binaries()
    if bin_ is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed: .ci/run installs Debian's package postgresql")
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    server = PostgresServer()
    environment = {
        **SECRETS,
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "POSTGRES_USER": "postgres",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGPASSWORD": PASSWORD,
    }
    done = subprocess.run(["bash", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield server
    server.stop()


@pytest.fixture(scope="module")
def owner(server: PostgresServer) -> str:
    return server.url("relance", "relance", SECRETS["RELANCE_MARTS_PASSWORD"])


@pytest.fixture
def login(server: PostgresServer) -> str:
    """The address of the marts with the BI login."""
    return server.url("relance", "lecture", SECRETS["RELANCE_READER_PASSWORD"])


@pytest.fixture(scope="module")
def loaded(owner: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    publications = tmp_path_factory.mktemp("data") / "publications"
    put(publications, LINES)
    load_current(publications, owner, "lecture")
    return publications


def test_the_bi_login_reads_what_the_owner_loads(loaded: Path, login: str) -> None:
    with psycopg.connect(login) as connection:
        assert connection.execute("select count(*) from fund.lines").fetchall() == [(3,)]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from fund.lines",
        "create table fund.mine (a int)",
        "create table public.mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "lock table fund.lines in access exclusive mode",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('.')",
        "copy (select 1) to program 'true'",
        "copy fund.lines to '/tmp/lines'",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_lock(hashtextextended('relance.publication', 0))",
        "select pg_advisory_xact_lock_shared(1, 2)",
        "select rolpassword from pg_authid",
        "set role relance",
        "set temp_file_limit = -1",
        "alter role lecture superuser",
        "alter role lecture connection limit -1",
        "create extension dblink",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relance'",
    ],
)
def test_the_bi_login_is_refused(loaded: Path, owner: str, login: str, statement: str) -> None:
    with psycopg.connect(owner), psycopg.connect(login, autocommit=True) as connection:
        # It may lift this one itself: it must not be what keeps it.
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(DENIED), connection.transaction():
            connection.execute(statement)


@pytest.mark.parametrize("database", ["postgres", "template1", "airflow", "superset"])
@pytest.mark.parametrize("role", ["lecture", "relance"])
def test_no_login_of_the_marts_reaches_another_database(server: PostgresServer, database: str, role: str) -> None:
    password = SECRETS[{"lecture": "RELANCE_READER_PASSWORD", "relance": "RELANCE_MARTS_PASSWORD"}[role]]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(server.url(database, role, password))


def test_the_bi_login_has_bounds_and_one_of_them_is_not_its_own(login: str) -> None:
    with psycopg.connect(login) as connection:
        bounds = ("statement_timeout", "idle_in_transaction_session_timeout", "temp_file_limit")
        shown = [connection.execute(f"show {name}").fetchall()[0][0] for name in bounds]
        limit = connection.execute("select rolconnlimit from pg_roles where rolname = current_user").fetchall()
    assert (shown, limit) == (["1min", "10min", "1GB"], [(20,)])


def test_a_bi_login_that_holds_what_it_can_does_not_hold_up_a_load(loaded: Path, owner: str, login: str) -> None:
    with psycopg.connect(login) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute("set transaction isolation level serializable")
        connection.execute("lock table fund.lines in access share mode")
        before = connection.execute("select count(*) from fund.lines").fetchall()
        put(loaded, {"fund.lines": "select i as line, 'è' as name from range(5) as r (i)"})
        assert load_current(loaded, owner, "lecture").written == 1
        assert connection.execute("select count(*) from fund.lines").fetchall() == before

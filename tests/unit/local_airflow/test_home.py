"""Airflow's home: secrets that stay secret, and a metadata database that is whole or is built anew."""

from __future__ import annotations

import configparser
import json
import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from relance.errors import RelanceError
from relance.local_airflow import home as home_module
from relance.local_airflow.home import AirflowHome
from relance.settings import Settings


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> AirflowHome:
    return AirflowHome(tmp_path / "a 100% new home", settings)


def migrated_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table alembic_version (version_num varchar)")
        connection.execute("insert into alembic_version values ('abc')")
    connection.close()


def read(home: AirflowHome) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(home.path / "airflow.cfg", encoding="utf-8")
    return parser


def test_every_file_with_a_secret_is_the_owners_alone(home: AirflowHome) -> None:
    home.prepare(8080, plans_nights=False)
    for name in ("airflow.cfg", "secrets.json", "passwords.json"):
        assert stat.S_IMODE((home.path / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_secrets_are_made_once_and_differ_between_homes(home: AirflowHome, tmp_path: Path) -> None:
    home.prepare(8080, plans_nights=False)
    files = ("secrets.json", "passwords.json")
    before = [(home.path / name).read_text(encoding="utf-8") for name in files]
    home.prepare(8081, plans_nights=True)
    assert [(home.path / name).read_text(encoding="utf-8") for name in files] == before
    other = AirflowHome(tmp_path / "other", home.settings)
    other.prepare(8080, plans_nights=False)
    for name in files:
        kept = [json.loads((place.path / name).read_text(encoding="utf-8")) for place in (home, other)]
        assert not set(kept[0].values()) & set(kept[1].values())


def test_the_configuration_is_of_this_checkout_and_listens_on_this_machine_only(home: AirflowHome) -> None:
    home.prepare(8081, plans_nights=False)
    cfg = read(home)
    assert cfg["core"]["dags_folder"] == str(home.settings.home / "dags")
    assert cfg["core"]["load_examples"] == "False"
    assert cfg["api"]["host"] == "127.0.0.1"
    assert cfg["api"]["base_url"] == "http://127.0.0.1:8081"
    # The folder's name has a percent sign, which the file's reader would take for an interpolation.
    assert str(home.database) in cfg["database"]["sql_alchemy_conn"]
    assert cfg["scheduler"]["use_job_schedule"] == "False"


def test_lineage_goes_to_the_data_folder_before_any_address(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the provider makes it: its client adds the address of the environment, and keeps that in it."""
    from openlineage.client import OpenLineageClient

    home.prepare(8081, plans_nights=False)
    told = json.loads(read(home)["openlineage"]["transport"])
    assert home.settings.data_dir.is_dir()
    monkeypatch.setattr(os, "environ", {"HOME": str(home.path), "OPENLINEAGE_URL": "http://127.0.0.1:9"})
    file, address = OpenLineageClient(config={"transport": told}).transport.transports  # type: ignore[attr-defined]
    assert (file.config.log_file_path, file.config.append) == (str(home.settings.lineage_file), True)
    assert address.url == "http://127.0.0.1:9"


def test_settings_of_the_shell_do_not_reach_airflow(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", "/elsewhere")
    monkeypatch.setenv("AIRFLOW_CONFIG", "/elsewhere/airflow.cfg")
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = home.environment()
    assert {key for key in environment if key.startswith("AIRFLOW_")} == {"AIRFLOW_HOME"}
    assert environment["RELANCE_DATA_DIR"] == str(home.settings.data_dir)
    assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"


def build(home: AirflowHome, monkeypatch: pytest.MonkeyPatch, migrate: Callable[[], int]) -> None:
    """Enter the home, where `airflow db migrate` does `migrate` on the database aside."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], migrate()))
    home.enter(8080, False, lambda said: None)


def test_a_database_is_taken_only_when_it_is_whole_and_migrated(
    home: AirflowHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half() -> int:
        with sqlite3.connect(home.new_database) as connection:
            connection.execute("create table dag (dag_id varchar)")
        connection.close()
        return 0

    def whole() -> int:
        assert not home.new_database.exists(), "what a killed one left"
        migrated_database(home.new_database)
        return 0

    with pytest.raises(RelanceError, match="could not be built"):
        build(home, monkeypatch, half)
    assert not home.has_sound_database(), "tables, but no mark of a finished migration"
    with pytest.raises(RelanceError, match="could not be built"):
        build(home, monkeypatch, lambda: whole() or 1)
    build(home, monkeypatch, whole)
    assert home.has_sound_database()
    assert not home.new_database.exists()
    build(home, monkeypatch, lambda: pytest.fail("it was built again"))


def test_a_damaged_database_is_not_used(home: AirflowHome) -> None:
    home.prepare(8080, plans_nights=False)
    migrated_database(home.database)
    assert home.has_sound_database()
    with home.database.open("r+b") as file:
        file.seek(0)
        file.write(b"not a database, certainly not")
    assert not home.has_sound_database()


def test_a_log_left_by_another_database_is_not_replayed_into_the_new_one(
    home: AirflowHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.prepare(8080, plans_nights=False)
    left = Path(f"{home.database}-wal")
    left.write_bytes(b"left by a killed process")
    build(home, monkeypatch, lambda: migrated_database(home.new_database) or 0)
    assert not left.exists()


def test_a_home_in_use_is_refused_with_who_uses_it(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "LOCK_SECONDS", 0)
    with (
        home.held(),
        pytest.raises(RelanceError, match=rf"Another run is using .* \(process {os.getpid()}, on "),
        home.held(),
    ):
        pass
    with (
        home.held("http://127.0.0.1:8080"),
        pytest.raises(RelanceError, match=r"^Airflow is already up at http://127\.0\.0\.1:8080, on .*Ctrl-C"),
        home.held(),
    ):
        pass
    with home.held():
        pass

"""The compose file and the images: what can be read of them without a container engine."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
COMPOSE_TEXT = (PROJECT / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILES = (PROJECT / "Dockerfile", PROJECT / "deploy" / "superset" / "Dockerfile")
# ${NAME:?message}, ${NAME:-default} or ${NAME}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
# What a Celery worker, which reads what others send, has to do without.
CORE_SECRETS = {
    "RELANCE_METADATA_PASSWORD",
    "RELANCE_FERNET_KEY",
    "RELANCE_JWT_SECRET",
    "RELANCE_API_SECRET_KEY",
    "RELANCE_MARTS_PASSWORD",
    "RELANCE_POSTGRES_PASSWORD",
    "RELANCE_ADMIN_PASSWORD",
}


def is_secret(name: str) -> bool:
    return re.search("PASSWORD|SECRET|FERNET", name) is not None


def variables(value: Any) -> set[str]:
    return {found[0] for found in VARIABLE.findall(json.dumps(value))}


def locked(package: str, lock: Path) -> str:
    found = re.search(rf"^{re.escape(package)}==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{package} is not in {lock}"
    return found[1]


def new_secrets() -> Any:
    spec = importlib.util.spec_from_file_location("new_secrets", PROJECT / "deploy" / "new_secrets.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "executor",
    [
        "airflow.executors.local_executor.LocalExecutor",
        "airflow.providers.celery.executors.celery_executor.CeleryExecutor",
    ],
)
def test_the_executors_of_the_deployment_start_from_the_locked_packages(executor: str) -> None:
    module, name = executor.rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), name))


def test_no_secret_has_a_default_and_each_is_required_somewhere() -> None:
    found = VARIABLE.findall(COMPOSE_TEXT)
    secrets = {name for name, _, _ in found if is_secret(name)}
    assert len(secrets) >= 12
    assert [name for name, kind, _ in found if is_secret(name) and kind == "-"] == []
    assert {name for name, kind, _ in found if kind == "?"} == secrets


def test_no_password_is_written_out() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if is_secret(variable):
                assert VARIABLE.search(str(value)), f"{name}: {variable}"
        in_urls = re.findall(r"://[^:/@\s]*:([^@\s]*)@", json.dumps(service))
        assert all(VARIABLE.fullmatch(password) for password in in_urls), name


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned(service: str) -> None:
    image = SERVICES[service]["image"]
    if "build" in SERVICES[service]:
        assert image.endswith(":${RELANCE_VERSION:-0.1.0}")
    else:
        assert re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?-bookworm", image)


@pytest.mark.parametrize("service", SERVICES)
def test_health_and_restart(service: str) -> None:
    if service == "initialise":
        # It ends; nothing starts before it ended well.
        assert SERVICES[service]["restart"] == "no"
        return
    assert SERVICES[service]["restart"] == "unless-stopped"
    assert SERVICES[service]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("service", SERVICES)
def test_privileges_and_limits(service: str) -> None:
    described = SERVICES[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} == described["deploy"]["resources"]["limits"].keys()
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices", "container_name"} & described.keys()
    assert not any("docker.sock" in str(volume) for volume in described.get("volumes", ()))
    if "build" not in described:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", described["user"])


@pytest.mark.parametrize("service", [name for name, one in SERVICES.items() if one.get("ports")])
def test_ports_are_this_machine_s_alone_unless_asked(service: str) -> None:
    for port in SERVICES[service]["ports"]:
        assert re.fullmatch(r"\$\{RELANCE_\w+_ADDRESS:-127\.0\.0\.1:\d+\}:\d+", port)


def test_a_worker_has_neither_the_metadata_database_nor_its_keys() -> None:
    worker = SERVICES["worker"]
    assert not variables(worker) & CORE_SECRETS
    assert "database" not in worker["networks"]
    # A service that has them, so that the names above are known to be right.
    assert variables([SERVICES["postgres"], SERVICES["initialise"], SERVICES["api-server"]]) >= CORE_SECRETS


def test_airflow_s_old_runs_are_removed_where_tasks_leave_them() -> None:
    environment = SERVICES["initialise"]["environment"]
    script = (PROJECT / "deploy" / "airflow" / "initialise.sh").read_text(encoding="utf-8")
    assert environment["RELANCE_AIRFLOW_DB_CLEANED"] == "at-start"
    assert re.search(r"^airflow db clean .*\n.*\|\|", script, re.MULTILINE)
    assert set(re.findall(r"\$(RELANCE_\w+)", script)) <= environment.keys()


def test_tasks_outlive_a_restart_and_no_message_is_given_to_two_workers() -> None:
    worker = SERVICES["worker"]["environment"]
    common = (PROJECT / "include" / "relance" / "airflow" / "common.py").read_text(encoding="utf-8")
    [longest_hours] = re.findall(r'"execution_timeout": dt.timedelta\(hours=(\d+)\)', common)
    visible_s = int(worker["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    assert visible_s > int(longest_hours) * 3600
    assert int(worker["AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS"]) > 3


def test_whatever_runs_tasks_reaches_what_tasks_ask() -> None:
    for name in ("scheduler", "worker"):
        networks = set(SERVICES[name]["networks"])
        assert "outside" in networks, name
        for asked in ("api-server", "postgres"):
            assert networks & set(SERVICES[asked]["networks"]) - {"outside"}, f"{name} does not reach {asked}"


def test_whatever_tells_links_to_airflow_as_people_reach_it() -> None:
    for name in ("scheduler", "worker", "triggerer"):
        environment = SERVICES[name]["environment"]
        assert environment["AIRFLOW__API__BASE_URL"].startswith("${RELANCE_BASE_URL:-"), name
        assert {"RELANCE_ALERTS_TO", "RELANCE_RUNBOOK_URL"} <= environment.keys(), name
        assert "outside" in SERVICES[name]["networks"], name
        # The SMTP connection's defaults: six tries of 30 s; then the webhook's 20 s.
        assert int(environment["AIRFLOW__CORE__TASK_SUCCESS_OVERTIME"]) > 6 * 30 + 20, name


def test_superset_reaches_postgresql_alone() -> None:
    networks = set(SERVICES["superset"]["networks"])
    assert [name for name, one in SERVICES.items() if networks & set(one["networks"])] == ["postgres", "superset"]


def test_the_internal_networks_are_internal() -> None:
    internal = {name for name, one in COMPOSE["networks"].items() if one and one.get("internal")}
    assert internal == {"database", "airflow", "queue", "marts"}


def test_airflow_asks_for_a_login() -> None:
    for name, service in SERVICES.items():
        if service["image"].startswith("relance/airflow"):
            assert service["environment"]["AIRFLOW__CORE__AUTH_MANAGER"].endswith(".FabAuthManager"), name


def test_the_image_is_of_the_locked_airflow_and_a_tested_python() -> None:
    dockerfile = DOCKERFILES[0].read_text(encoding="utf-8")
    version = locked("apache-airflow", PROJECT / "requirements.lock")
    assert f"FROM apache/airflow:slim-{version}-python3.11\n" in dockerfile


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_images_run_as_nobody_and_install_what_is_hashed(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    last_user = re.findall(r"^USER (\S+)$", text, re.MULTILINE)[-1]
    assert re.fullmatch(r"[1-9]\d*:\d+", last_user)
    installs = re.findall(r"pip install [^;\n]*", text)
    assert installs
    assert all("--require-hashes" in one or one.endswith(" /tmp/package") for one in installs)
    assert not re.search(r"^FROM \S+:latest|^FROM [^:\s]+$|^ADD |https?://", text, re.MULTILINE)


def test_only_what_is_listed_gets_into_a_build() -> None:
    for file in (PROJECT / ".dockerignore", PROJECT / "deploy" / "superset" / "Dockerfile.dockerignore"):
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        assert lines[0] == "*"
        assert not [line for line in lines if line in ("!.env", "!data", "!.git")]


def test_superset_has_one_environment_of_its_own() -> None:
    packages = "bi/superset/requirements.txt"
    assert f"source={packages}," in DOCKERFILES[1].read_text(encoding="utf-8")
    assert f"pip install --no-deps --require-hashes -r {packages}" in (PROJECT / "docs/bi.md").read_text("utf-8")
    pinned = (PROJECT / packages).read_text(encoding="utf-8")
    wanted = re.findall(r"^(\S+)==(\S+)", (PROJECT / "bi/superset/requirements.in").read_text("utf-8"), re.MULTILINE)
    assert ("apache-superset", "6.1.0") in wanted
    assert {name: locked(name, PROJECT / packages) for name, _ in wanted} == dict(wanted)
    assert "--hash=sha256:" in pinned
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", pinned)


def test_the_operator_may_backfill_and_approve_and_sees_no_secret() -> None:
    roles = json.loads((PROJECT / "deploy" / "airflow" / "roles.json").read_text(encoding="utf-8"))
    may = {(one["resource"], action) for one in roles for action in one["action"].split(",")}
    assert {one["name"] for one in roles} == {"Operator"}
    assert {("Backfills", "can_create"), ("DAG Runs", "can_create"), ("HITL Detail", "can_edit")} <= may
    assert not {resource for resource, _ in may} & {
        "Connections",
        "Variables",
        "Configurations",
        "Plugins",
        "Users",
        "Roles",
        "Passwords",
    }
    assert not [one for one in may if one[1] == "can_delete"]


def test_the_operator_may_what_a_viewer_may(airflow_home: Path) -> None:
    from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride

    roles = json.loads((PROJECT / "deploy" / "airflow" / "roles.json").read_text(encoding="utf-8"))
    may = {(action, one["resource"]) for one in roles for action in one["action"].split(",")}
    lacking = set(FabAirflowSecurityManagerOverride.VIEWER_PERMISSIONS) - may
    # Pages of Airflow 2 that are not there any more.
    assert {resource for _, resource in lacking} <= {"SLA Misses"}


def test_new_secrets_writes_each_once_and_never_over_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module, file = new_secrets(), tmp_path / ".env"
    assert module.main(file) == 0
    written = dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())
    assert written.keys() == {name for name, kind, _ in VARIABLE.findall(COMPOSE_TEXT) if kind == "?"}
    assert len(set(written.values())) == len(written)
    assert all(re.fullmatch(r"[\w-]{43}=?", value) for value in written.values())
    assert len(written["RELANCE_FERNET_KEY"]) == 44
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text(encoding="utf-8")
    assert module.main(file) == 1
    assert "is there already" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == before

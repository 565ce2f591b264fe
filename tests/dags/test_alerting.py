"""What whoever is on call is told, by a real SMTP server and a real HTTP server on this machine: once a cause."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from relance import errors
from relance.alerts.cause import RUNBOOK
from relance.alerts.told import standing
from relance.settings import Settings
from tests.servers.loopback import LoopbackServer, Reply, Request, status
from tests.servers.mail import PASSWORD, Mailbox

SECRET_PATH = "/hooks/T0123/s3cret-of-the-hook"  # noqa: S105 - of the server that this test starts
RUNBOOK_PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
NOW = dt.datetime.now(dt.UTC)


class Hook(LoopbackServer):
    def answer(self, request: Request) -> Reply:
        return Reply(200, b"ok")

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.seen]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    server = Hook()
    told = {"conn_type": "http", "host": f"{server.address}{SECRET_PATH}"}
    monkeypatch.setenv("AIRFLOW_CONN_RELANCE_WEBHOOK", json.dumps(told))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def on_call(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_ALERTS_TO", "astreinte@dinum.test.fr, chef@dinum.test.fr")
    monkeypatch.setenv("RELANCE_RUNBOOK_URL", "https://forge.test/operations.md")


@dataclass
class Task:
    """What a callback reads of a task instance."""

    task_id: str
    dag_id: str = "publish_reporting"
    returned: Any = None
    log_url: str = "http://127.0.0.1:8080/dags/publish_reporting/runs/r1/tasks/audit?try_number=1"

    def xcom_pull(self, task_ids: str) -> Any:
        return self.returned if task_ids == self.task_id else None


@dataclass
class Run:
    run_type: str = "scheduled"


@dataclass
class Night:
    """Calls the callbacks of the DAGs' tasks as Airflow does when a task has ended."""

    bag: Any
    context: dict[str, Any] = field(default_factory=dict)

    def ended(self, kind: str, task: Task, error: BaseException | None = None, run: Run | None = None) -> None:
        context = {"ti": task, "dag_run": run or Run()} | ({"exception": error} if error else {})
        for callback in getattr(self.bag.dags[task.dag_id].get_task(task.task_id), f"on_{kind}_callback"):
            callback(context)

    def failed(self, task: str, error: BaseException | None, run: Run | None = None) -> None:
        self.ended("failure", Task(task), error, run)


@pytest.fixture
def night(bag: Any) -> Night:
    return Night(bag)


def refused(build: str = "2021-06-10-0123abcd", amount: str = "0,01") -> Exception:
    """The audit's refusal as Airflow gets it."""
    from airflow.sdk.exceptions import AirflowFailException

    sentence = (
        "Nothing is published: the audit blocks this build.\n"
        f"  - Ligne ITN6 : dépassée de {amount} €.\n"
        f"Every control: /data/builds/{build}/data_docs/index.html"
    )
    failure = AirflowFailException(sentence)
    failure.__cause__ = errors.PublicationBlockedError(sentence)
    return failure


@pytest.mark.usefixtures("mail_connection")
def test_a_failure_is_told_once_by_each_way_until_it_changes_and_then_that_it_is_mended(
    night: Night, mailbox: Mailbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        night.failed("audit", refused())
        night.failed("audit", refused("2021-06-11-89abcdef"))
    ((recipients, message),) = mailbox.received
    assert recipients == ["astreinte@dinum.test.fr", "chef@dinum.test.fr"]
    assert message["Subject"] == "[relance] publish_reporting.audit failed"
    body = message.get_body()
    assert body is not None
    page = "https://forge.test/operations.md#the-audit-blocks"
    for said in ("Ligne ITN6 : dépassée de 0,01 €.", f'<a href="{page}">', Task("").log_url):
        assert said in body.get_content()
    (told,) = hook.told
    assert "Ligne ITN6 : dépassée de 0,01 €." in told["text"]
    assert (told["kind"], told["run_url"], told["runbook_url"]) == ("alert", Task("").log_url, page)
    assert hook.seen[0].path == SECRET_PATH
    night.failed("audit", refused(amount="12,00"))
    assert "12,00" in hook.told[1]["text"]
    night.ended("success", Task("audit"))
    night.ended("success", Task("audit"))
    assert [one["kind"] for one in hook.told] == ["alert", "alert", "mended"]
    assert [one["Subject"] for _, one in mailbox.received][2:] == ["[relance] Mended: publish_reporting.audit failed"]
    night.failed("audit", refused())
    assert len(hook.told) == len(mailbox.received) == 4
    assert PASSWORD not in caplog.text


def test_a_task_tells_nothing_while_it_is_tried_again(bag: Any) -> None:
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert not task.on_retry_callback
            names = {
                kind: [one.__name__ for one in getattr(task, f"on_{kind}_callback")]
                for kind in ("failure", "success", "skipped")
            }
            assert names["failure"] == ["failed"]
            assert "mended" in names["success"]
            assert names["skipped"] == ["mended"]


def test_a_full_disk_is_one_cause_whatever_it_stops(night: Night, hook: Hook) -> None:
    for task in ("prepare", "build", "publish"):
        night.failed(task, OSError(28, "No space left on device", f"/data/builds/{task}"))
    (told,) = hook.told
    assert told["runbook_url"].endswith("#the-machine-refuses")
    assert "relance publications prune" in told["text"]


@pytest.mark.parametrize(
    ("task", "error", "anchor"),
    [
        ("serve", errors.RelanceError("The copy in PostgreSQL stays as it was: refused."), "the-copy-stays-as-it-was"),
        ("prepare", errors.NothingReceivedError("Nothing had been received."), "nothing-was-received"),
        ("prepare", errors.DamagedError("1 received file(s)"), "what-was-received-is-damaged"),
        ("build", None, "a-task-was-killed"),
        ("build", ValueError("a defect"), "a-task-failed"),
    ],
)
def test_a_failure_names_its_place_in_the_runbook(
    night: Night, hook: Hook, task: str, error: Exception | None, anchor: str
) -> None:
    night.failed(task, error)
    assert hook.told[0]["runbook_url"] == f"https://forge.test/operations.md#{anchor}"


def test_every_place_that_an_alert_may_name_is_in_the_runbook() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.RelanceError)]
    named = {kind.runbook for kind in kinds} | set(RUNBOOK.values())
    assert len(named) > 10
    assert named - set(re.findall(r'<a id="([^"]+)"></a>', RUNBOOK_PAGE.read_text(encoding="utf-8"))) == set()


def test_a_way_that_fails_is_tried_again_fails_no_task_and_shows_no_address(
    night: Night, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.fail("/", status(500))
    with caplog.at_level(logging.INFO):
        night.failed("audit", refused())
    assert "did not go by webhook" in caplog.text
    assert "s3cret" not in caplog.text
    hook.heal()
    night.failed("audit", refused())
    night.failed("audit", refused())
    assert len(hook.seen) == 2


@pytest.mark.usefixtures("mail_connection")
def test_what_is_mended_is_told_by_each_way_until_it_went(
    night: Night, mailbox: Mailbox, hook: Hook, settings: Settings
) -> None:
    night.failed("audit", refused())
    hook.fail("/", status(500))
    night.ended("success", Task("audit"))
    assert [one["Subject"] for _, one in mailbox.received] == [
        "[relance] publish_reporting.audit failed",
        "[relance] Mended: publish_reporting.audit failed",
    ]
    assert standing(settings) == []
    hook.heal()
    night.ended("success", Task("audit"))
    assert [one["kind"] for one in hook.told] == ["alert", "mended", "mended"]
    assert len(mailbox.received) == 2
    assert not list(settings.alerts_dir.glob("*.json"))


@pytest.mark.usefixtures("mail_connection")
def test_what_comes_back_before_a_way_knew_it_mended_is_news_to_the_others_only(
    night: Night, mailbox: Mailbox, hook: Hook, settings: Settings
) -> None:
    night.failed("audit", refused())
    hook.fail("/", status(500))
    night.ended("success", Task("audit"))
    hook.heal()
    night.failed("audit", refused())
    assert len(hook.told) == 2  # the alert, and the one that did not go
    assert [one["Subject"] for _, one in mailbox.received][2:] == ["[relance] publish_reporting.audit failed"]
    (record,) = standing(settings)
    assert record["told"] == ["mail", "webhook"]


def test_what_comes_back_stands_again_though_nobody_has_to_be_told(
    night: Night, hook: Hook, settings: Settings
) -> None:
    night.failed("audit", refused())
    hook.fail("/", status(500))
    night.ended("success", Task("audit"))
    assert standing(settings) == []
    night.failed("audit", refused())
    assert [one["title"] for one in standing(settings)] == ["publish_reporting.audit failed"]


@pytest.mark.usefixtures("mail_connection")
def test_a_task_ended_while_the_mail_server_does_not_answer_has_told_the_webhook(
    night: Night, hook: Hook, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise SystemExit("as by a signal")

    monkeypatch.setattr("relance.airflow.channels.mail", ended)
    with pytest.raises(SystemExit):
        night.failed("audit", refused())
    assert [one["kind"] for one in hook.told] == ["alert"]
    (record,) = standing(settings)
    assert record["told"] == ["webhook"]


def test_without_a_connection_a_line_in_the_log_says_that_nobody_is_told(
    night: Night, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        night.failed("audit", refused())
    assert "Told nobody: publish_reporting.audit failed" in caplog.text
    assert not list(settings.data_dir.rglob("*.json"))


def test_a_night_of_a_backfill_wakes_nobody(night: Night, hook: Hook) -> None:
    night.failed("audit", refused(), Run("backfill"))
    assert hook.told == []


def test_a_hold_is_told_when_it_opens_and_mended_by_an_approval(night: Night, hook: Hook, settings: Settings) -> None:
    from airflow.providers.standard.operators.hitl import HITLOperator

    build_dir = settings.builds_dir / "b1"
    build_dir.mkdir(parents=True)
    verdict = {"outcome": "hold", "sentences": ["Édition de mars 2019 : 48 projets, 46 annoncés."], "counts": {}}
    (build_dir / "verdict.json").write_text(json.dumps(verdict))
    task = night.bag.dags["publish_reporting"].get_task("approve").prepare_for_execution()
    task.build_id = "b1"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HITLOperator, "execute", lambda self, context: None)
        for _ in range(2):
            task.execute({"ti": Task("approve"), "dag_run": Run()})
    (told,) = hook.told
    assert "48 projets, 46 annoncés" in told["text"]
    assert told["runbook_url"].endswith("#the-audit-holds")
    night.ended("success", Task("approve"))
    assert hook.told[1]["title"] == "Mended: A publication waits for a decision"


def prepared(
    settings: Settings, as_of: dt.datetime, hours_ago: int | None, *refusals: str, damage: str | None = None
) -> Task:
    """The task that chose the files of a build with a feed looked at so long ago, and files that were set aside."""
    feed = {
        "feed": "submissions",
        "title_fr": "Remontées",
        "expected_within_hours": 36,
        "has_turns": True,
        "last_complete_turn_hours_ago": hours_ago,
        "last_complete_turn_days_ago": None if hours_ago is None else hours_ago // 24,
        "last_problem": "Le dossier n'est pas là.",
    }
    receipts = [
        {
            "receipt_id": name,
            "file_name": name,
            "feed": "submissions",
            "status": "set_aside",
            "reason": "Ce fichier n'est pas un tableau.",
            "received_at": (as_of - dt.timedelta(hours=2)).isoformat(),
        }
        for name in refusals
    ]
    build_dir = settings.builds_dir / "b1"
    build_dir.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"as_of": as_of.isoformat(), "feeds": [feed], "receipts": receipts}
    if damage:
        manifest["damage"] = [{"file_name": "ECO.xlsx", "feed": "submissions", "sentence": damage}]
    (build_dir / "manifest.json").write_text(json.dumps(manifest))
    return Task("prepare", returned="b1")


def test_late_feeds_and_refused_files_are_told_once_until_there_are_others(
    night: Night, hook: Hook, settings: Settings
) -> None:
    for hours_ago in (60, 84):
        night.ended("success", prepared(settings, NOW, hours_ago, "ECO.xlsx"))
    assert [one["title"] for one in hook.told] == ["Late: submissions", "1 received file(s) set aside"]
    assert "the last one was 2 day(s) ago. Its last turn said: Le dossier n'est pas là." in hook.told[0]["text"]
    assert "ECO.xlsx (submissions): Ce fichier n'est pas un tableau." in hook.told[1]["text"]
    night.ended("success", prepared(settings, NOW, 2, "ECO.xlsx", "INT.xlsx"))
    assert [one["title"] for one in hook.told[2:]] == ["Mended: Late: submissions", "2 received file(s) set aside"]
    night.ended("success", prepared(settings, NOW, 2, "INT.xlsx"))
    assert len(hook.told) == 4
    night.ended("success", prepared(settings, NOW, 2, "ECO.xlsx", "INT.xlsx"))
    assert hook.told[4]["title"] == "2 received file(s) set aside"


def held_file(difference: str) -> dict[str, Any]:
    finding = {
        "control_id": "awarded-amounts-do-not-fall",
        "subject": "ECO ITN1",
        "difference": difference,
        "sentence": "L'accordé de la ligne ITN1 baisse.",
        "can_be_accepted": True,
    }
    names = dict.fromkeys(("edition", "decision"))
    return names | {
        "receipt_id": "aaaa000000000001",
        "sha256": "0" * 64,
        "feed": "submissions",
        "file_name": "ECO.xlsx",
        "ministry_code": "ECO",
        "period": "2021-T2",
        "status": "pending",
        "received_at": NOW.isoformat(),
        "findings": [finding],
    }


def test_a_file_that_waits_is_told_once_until_another_cent_and_mended_when_it_was_decided(
    night: Night, hook: Hook, settings: Settings
) -> None:
    def chosen(*receipts: dict[str, Any]) -> None:
        task = prepared(settings, NOW, 2)
        path = settings.builds_dir / "b1" / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "receipts": receipts}))
        night.ended("success", task)

    chosen(held_file("-10.00"))
    chosen(held_file("-10.00"))
    title = "1 received file(s) wait for a decision: relance files pending"
    assert [one["title"] for one in hook.told] == [title]
    assert "ECO.xlsx (aaaa000000000001, ECO 2021-T2): L'accordé de la ligne ITN1 baisse." in hook.told[0]["text"]
    assert hook.told[0]["runbook_url"].endswith("#a-file-waits-for-a-decision")
    chosen(held_file("-10.01"))
    chosen()
    assert [one["title"] for one in hook.told[1:]] == [title, f"Mended: {title}"]


def test_a_night_made_again_says_nothing_of_todays_feeds(night: Night, hook: Hook, settings: Settings) -> None:
    night.ended("success", prepared(settings, NOW - dt.timedelta(days=40), None, "ECO.xlsx"))
    assert hook.told == []


def run_in_triggerer(callback: str, context: dict[str, Any]) -> list[str]:
    """The states of a callback that Airflow's triggerer runs, one after the other."""
    from airflow.triggers.callback import CallbackTrigger

    async def states() -> list[str]:
        return [str(event.payload["state"]) async for event in CallbackTrigger(callback, {"context": context}).run()]

    return asyncio.run(states())


@pytest.mark.parametrize(
    ("run_type", "ended", "count"),
    [("scheduled", None, 1), ("scheduled", "2021-06-10T01:20:00Z", 0), ("manual", None, 0), ("backfill", None, 0)],
)
def test_a_missed_deadline_is_told_of_a_night_by_its_hour(
    night: Night, hook: Hook, run_type: str, ended: str | None, count: int
) -> None:
    (deadline,) = night.bag.dags["publish_reporting"].deadline
    assert deadline.interval == dt.timedelta(hours=2)
    run = {
        "end_date": ended,
        "run_type": run_type,
        "dag_id": "publish_reporting",
        "dag_run_id": "scheduled__2021-06-10T01:00:00+00:00",
    }
    context = {"dag_run": run, "deadline": {"id": "1", "deadline_time": "2021-06-10T03:00:00+00:00"}}
    for _ in range(2):
        assert run_in_triggerer(deadline.callback.path, context) == ["running", "success"]
    assert len(hook.told) == count
    if count:
        assert "by 10/06/2021 05:00 (Paris)" in hook.told[0]["text"]
        assert "/dags/publish_reporting/runs/scheduled__2021-06-10T01%3A00%3A00" in hook.told[0]["run_url"]
        night.ended("success", Task("publish"))
        assert hook.told[1]["kind"] == "mended"


def test_what_our_storage_damaged_and_was_made_anew_is_told(night: Night, hook: Hook, settings: Settings) -> None:
    said = "/data/parsed/awards.rows.parquet has the SHA-256 ab12: it was made anew."
    for _ in range(2):
        night.ended("success", prepared(settings, NOW, 2, damage=said))
    (told,) = hook.told
    assert f"ECO.xlsx (submissions): {said}" in told["text"]
    assert told["runbook_url"].endswith("#something-kept-was-damaged")
    night.ended("success", prepared(settings, NOW, 2))
    assert hook.told[1]["kind"] == "mended"


def test_what_a_collection_found_damaged_and_replaced_is_told(night: Night, hook: Hook) -> None:
    def collected(*restored: str) -> Task:
        return Task("collect", "collect_submissions", [{"feed": "submissions", "restored": list(restored)}])

    night.ended("success", collected())
    assert hook.told == []
    night.ended("success", collected("ECO.xlsx (/data/landing/objects/ab12 is missing)"))
    (told,) = hook.told
    assert "ECO.xlsx (/data/landing/objects/ab12 is missing)" in told["text"]
    night.ended("success", collected())
    assert hook.told[1]["kind"] == "mended"

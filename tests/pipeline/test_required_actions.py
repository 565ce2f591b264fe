"""A held file in Airflow's Required Actions: asked by a night, answered in a real browser, counted by the next."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from relance.local_airflow.client import Client
from relance.local_airflow.instance import free_port
from tests.pages.browsing import needs_browser, opened_browser
from tests.pipeline.house import House
from tests.pipeline.submissions import write_lower

pytestmark = [pytest.mark.xdist_group("airflow"), needs_browser]

TOTALS = "select ministry_code, awarded_eur from fund.ministry_execution where ministry_code in ('ECO', 'SOC')"
NIGHT, ASKING = "publish_reporting", "decide_files"
SECONDS = 300
ECO, SOC = "ECO_2021-T3.xlsx", "SOC_2021-T3.xlsx"


class Airflow:
    """Airflow kept up on a house, its API, and a browser that is logged in."""

    def __init__(self, house: House, home: Path) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "relance.local_airflow", "up", "--port", str(self.port)],
            env={**house.env, "AIRFLOW_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        instance, passwords = home / "run" / "instance.json", home / "passwords.json"
        until(lambda: instance.is_file() and json.loads(instance.read_text()).get("is_ready"))
        self.password = json.loads(passwords.read_text())["admin"]
        self.client = Client(f"http://127.0.0.1:{self.port}", "admin", self.password)
        self.client.log_in()

    def night(self, run_id: str) -> list[str]:
        """Run a night until it has asked; the runs that wait for an answer."""
        self.client.trigger(NIGHT, run_id, {"as_of": None, "reason": None, "who": None}, "test")
        ended = ("success", "skipped", "failed")
        until(lambda: all(one.state in ended for one in self.client.tasks(NIGHT, run_id) if one.task_id == "ask"))
        until(lambda: all(self.state(asked) != "running" for asked in self.runs()))
        return [asked for asked in self.runs() if self.state(asked) == "awaiting_input"]

    def runs(self) -> list[str]:
        return [run["dag_run_id"] for run in self.client._call("GET", f"dags/{ASKING}/dagRuns")["dag_runs"]]

    def state(self, run_id: str) -> str | None:
        """Of the task that asks; `running` before it does."""
        (task,) = self.client.tasks(ASKING, run_id)
        return "running" if task.state in (None, "scheduled", "queued") else task.state

    def answer(self, browser: webdriver.Chrome, run_id: str, option: str, reason: str) -> str:
        """Answer in the browser; the text that was shown."""
        page = f"http://127.0.0.1:{self.port}/dags/{ASKING}/runs/{run_id}/tasks/decide/required_actions"
        browser.get(page)
        wait = WebDriverWait(browser, SECONDS)
        wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "#element_reason, [name=username]"))
        if browser.find_elements(By.NAME, "username"):
            browser.find_element(By.NAME, "username").send_keys("admin")
            browser.find_element(By.NAME, "password").send_keys(f"{self.password}\n")
        (field,) = wait.until(lambda b: b.find_elements(By.ID, "element_reason"))
        shown = browser.find_element(By.TAG_NAME, "body").text
        field.send_keys(reason)
        button = browser.find_element(By.CSS_SELECTOR, f"[data-testid='hitl-option-{option}']")
        wait.until(lambda b: button.is_enabled())
        button.click()
        until(lambda: self.state(run_id) in ("success", "skipped", "failed"))
        return shown

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.fixture
def airflow(house: House, tmp_path: Path) -> Iterator[Airflow]:
    house.env = {**os.environ, **house.env}
    running = Airflow(house, tmp_path / "airflow")
    yield running
    running.end()


def test_a_file_is_rejected_and_another_accepted_in_the_browser_and_the_next_run_counts_accordingly(
    published_once: House, house: House, airflow: Airflow, drop: Callable[[str], Path]
) -> None:
    folder = drop("falls")
    write_lower(published_once, folder, Decimal(1000), ECO)
    write_lower(published_once, folder, Decimal(2000), SOC)
    house.run("collect", "submissions", "--from", str(folder))

    def decision(run_id: str) -> tuple[str, str, str, str]:
        receipt = run_id.split("-")[0]
        (path,) = house.data_dir.glob(f"landing/decisions/submissions/{receipt}-*.json")
        kept = json.loads(path.read_text())
        return kept["decision"], kept["who"], kept["by"], kept["reason"]

    first = dict(house.query(TOTALS))
    asked = airflow.night("night")
    files = {one["receipt_id"]: one["file_name"] for one in json.loads(house.run("files", "pending", "--json"))}
    runs = {files[run_id.split("-")[0]]: run_id for run_id in asked}
    assert sorted(runs) == [ECO, SOC]
    with opened_browser() as browser:
        shown = airflow.answer(browser, runs[ECO], "Rejeter", "erreur de saisie")
        assert "Fichier retenu : ECO_2021-T3.xlsx (ECO 2021-T3)" in shown
        assert "baisse de 1 000,00 €" in " ".join(shown.split())
        airflow.answer(browser, runs[SOC], "Accepter", "baisse confirmée par le SG")
    assert decision(runs[ECO]) == ("rejected", "admin", "airflow", "erreur de saisie")
    assert decision(runs[SOC]) == ("accepted", "admin", "airflow", "baisse confirmée par le SG")
    airflow.end()

    house.run("publish")
    assert dict(house.query(TOTALS)) == {"ECO": first["ECO"], "SOC": first["SOC"] - 2000}
    receipts = json.loads((house.current / "manifest.json").read_text())["receipts"]
    decided = {
        one["decision"]["reason"]: (one["status"], one["decision"]["who"])
        for one in receipts
        if one["decision"] and one["decision"]["by"] == "airflow"
    }
    assert decided == {
        "erreur de saisie": ("rejected", "admin"),
        "baisse confirmée par le SG": ("counted", "admin"),
    }

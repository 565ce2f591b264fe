"""Airflow as `make up` keeps it up: a held file in its Required Actions, asked by a night, answered in a real browser,
counted by the next; and that nothing of it stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.pages.browsing import needs_browser, opened_browser
from tests.pipeline.house import PROJECT, House
from tests.pipeline.submissions import write_lower
from tests.servers.airflow import SECONDS, UpAirflow, until

pytestmark = pytest.mark.xdist_group("airflow")

TOTALS = "select ministry_code, awarded_eur from fund.ministry_execution where ministry_code in ('ECO', 'SOC', 'TFP')"
NIGHT, ASKING = "publish_reporting", "decide_files"
FILES = {ministry: f"{ministry}_2021-T3.xlsx" for ministry in ("ECO", "SOC", "TFP")}


@pytest.fixture(scope="module")
def house(published_once: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    house = published_once.copy(tmp_path_factory.mktemp("up") / "data")
    house.env = {**os.environ, **house.env}
    return house


@pytest.fixture(scope="module")
def airflow(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpAirflow]:
    running = UpAirflow(house.env, tmp_path_factory.mktemp("home"))
    yield running
    running.process.kill()
    running.process.communicate()


def night(airflow: UpAirflow, run_id: str) -> list[str]:
    """Run a night until it has asked; the runs that wait for an answer."""
    airflow.trigger(NIGHT, run_id, {"as_of": None, "reason": None, "who": None})
    ended = ("success", "skipped", "failed")
    until(lambda: all(state in ended for state in airflow.states(NIGHT, run_id, "ask") or [None]))
    begun = (None, "scheduled", "queued", "running")
    until(lambda: all(decision(airflow, asked) not in begun for asked in airflow.runs(ASKING)))
    return [asked for asked in airflow.runs(ASKING) if decision(airflow, asked) == "awaiting_input"]


def decision(airflow: UpAirflow, run_id: str) -> str | None:
    """The state of the task that asks."""
    states = airflow.states(ASKING, run_id, "decide")
    return states[0] if states else None


def answer(airflow: UpAirflow, browser: webdriver.Chrome, run_id: str, option: str, reason: str) -> str:
    """Answer in the browser; the text that was shown."""
    browser.get(f"{airflow.address}/dags/{ASKING}/runs/{run_id}/tasks/decide/required_actions")
    wait = WebDriverWait(browser, SECONDS)
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "#element_decision_reason, [name=username]"))
    if browser.find_elements(By.NAME, "username"):
        browser.find_element(By.NAME, "username").send_keys("admin")
        browser.find_element(By.NAME, "password").send_keys(f"{airflow.password}\n")
    (field,) = wait.until(lambda b: b.find_elements(By.ID, "element_decision_reason"))
    shown = browser.find_element(By.TAG_NAME, "body").text
    field.send_keys(reason)
    button = browser.find_element(By.CSS_SELECTOR, f"[data-testid='hitl-option-{option}']")
    wait.until(lambda b: button.is_enabled())
    button.click()
    until(lambda: decision(airflow, run_id) in ("success", "skipped", "failed"))
    return shown


def test_it_says_where_it_is_and_who_comes_second_is_told(airflow: UpAirflow) -> None:
    assert f"Airflow is up: {airflow.address}" in airflow.said
    assert f"password  in {airflow.home / 'passwords.json'}" in airflow.said
    assert airflow.password not in airflow.said
    for words in (["up"], ["nightly"]):
        code, said = airflow.command(*words)
        assert (code, f"Airflow is already up at {airflow.address}, on " in said) == (1, True), said


@needs_browser
def test_files_are_rejected_accepted_and_replaced_in_the_browser_and_the_next_night_counts_accordingly(
    published_once: House, house: House, airflow: UpAirflow, tmp_path: Path
) -> None:
    def send(turn: str, **falls: Decimal | None) -> None:
        """Collect the samples of some ministries, lowered by so much; None is the sample itself."""
        folder = tmp_path / turn
        folder.mkdir()
        for ministry, fall in falls.items():
            if fall is None:
                shutil.copy(PROJECT / "samples" / "submissions" / FILES[ministry], folder)
            else:
                write_lower(published_once, folder, fall, FILES[ministry])
        house.run("collect", "submissions", "--from", str(folder))

    def asked_by(run_id: str) -> dict[str, str]:
        """A night's runs that wait for an answer, by file."""
        runs = night(airflow, run_id)
        files = {one["receipt_id"]: one["file_name"] for one in json.loads(house.run("files", "pending", "--json"))}
        return {files[asked.split("-")[0]]: asked for asked in runs if asked.split("-")[0] in files}

    def kept(run_id: str) -> tuple[str, str, str, str]:
        receipt = run_id.split("-")[0]
        (path,) = house.data_dir.glob(f"landing/decisions/submissions/{receipt}-*.json")
        record = json.loads(path.read_text())
        return record["decision"], record["who"], record["by"], record["reason"]

    first = dict(house.query(TOTALS))
    send("falls", ECO=Decimal(1000), SOC=Decimal(2000), TFP=Decimal(3000))
    runs = asked_by("night")
    assert sorted(runs) == sorted(FILES.values())
    with opened_browser() as browser:
        shown = answer(airflow, browser, runs[FILES["ECO"]], "Rejeter", "erreur de saisie")
        assert "Fichier retenu : ECO_2021-T3.xlsx (ECO 2021-T3)" in shown
        assert "baisse de 1 000,00 €" in " ".join(shown.split())
        answer(airflow, browser, runs[FILES["SOC"]], "Accepter", "baisse confirmée par le SG")
        assert kept(runs[FILES["ECO"]]) == ("rejected", "admin", "airflow", "erreur de saisie")
        assert kept(runs[FILES["SOC"]]) == ("accepted", "admin", "airflow", "baisse confirmée par le SG")
        # TFP corrects its file before anybody answers; SOC's file comes again with a cent less.
        send("later", SOC=Decimal("2000.01"), TFP=None)
        answer(airflow, browser, runs[FILES["TFP"]], "Accepter", "trop tard")
    assert decision(airflow, runs[FILES["TFP"]]) == "skipped"
    assert list(asked_by("next_night")) == [FILES["SOC"]]
    until(lambda: airflow.states(NIGHT, "next_night", "publish") == ["success"])
    assert dict(house.query(TOTALS)) == {**first, "SOC": first["SOC"] - 2000}
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
    waiting = {one["file_name"] for one in receipts if one["status"] == "pending"}
    assert waiting == {FILES["SOC"]}


def test_ctrl_c_ends_all_of_it(airflow: UpAirflow) -> None:
    started = psutil.Process(airflow.process.pid).children(recursive=True)
    assert len(started) > 3
    airflow.process.send_signal(signal.SIGINT)
    assert airflow.process.wait(timeout=60) == 130
    _, left = psutil.wait_procs(started, timeout=30)
    for process in left:
        process.kill()
    assert not left

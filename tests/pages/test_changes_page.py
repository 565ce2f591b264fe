"""The page of what a publication changes, in a real browser, with the longest and most hostile texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from relance.publication.changes_page import page
from tests.pages.browsing import WIDTHS, assert_fits, needs_browser
from tests.unit.publication.test_changes import FIRST, Side, changes, receipt

pytestmark = needs_browser


@pytest.fixture(scope="module")
def changes_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changes")
    before = Side(folder / "before", FIRST, [receipt("r1")])
    hostile = "<img src=x onerror=console.error(1)>" + "n" * 300
    restated = [("A1", "ITN1", "70.00", "r2"), (hostile, "x" * 300, "123456789012.34", "r2")]
    later = receipt("r2", file_name=hostile, reason="é" * 300, status="set_aside")
    after = Side(folder / "after", restated, [receipt("r1", counted=False), later])
    made = folder / "changes.html"
    made.write_bytes(page(changes(before, after), after.manifest, {"INT": "M" * 200}))
    return made


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_the_browser_has_nothing_to_say(browser: webdriver.Chrome, changes_page: Path, width: int) -> None:
    assert_fits(browser, changes_page, width)
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "fr"
    assert "Lignes" in browser.find_element(By.TAG_NAME, "main").text

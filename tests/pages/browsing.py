"""A real browser, and what every page of ours has to hold in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

WIDTHS = (1280, 390)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromedriver (Debian: chromium, chromium-driver) are not installed"
)


@contextmanager
def opened_browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def show(browser: webdriver.Chrome, page: Path, width: int) -> None:
    # The window of a headless Chromium has a least width, larger than a telephone's.
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())


def assert_fits(browser: webdriver.Chrome, page: Path, width: int) -> None:
    """The page is as wide as the window, and the browser has nothing to say; no script, no outside address."""
    show(browser, page, width)
    assert browser.execute_script("return innerWidth") == width
    wide = browser.execute_script(
        "return [...document.querySelectorAll('body *')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('thead')).map(e => e.outerHTML)"
    )
    assert wide == []
    assert (
        browser.execute_script("const page = document.documentElement; return page.scrollWidth - page.clientWidth") == 0
    )
    assert browser.get_log("browser") == []
    assert browser.find_elements(By.CSS_SELECTOR, "script, img, iframe, object") == []

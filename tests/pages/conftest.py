"""The browser of the tests of pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.pages.browsing import opened_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[webdriver.Chrome]:
    with opened_browser() as driver:
        yield driver

"""The feedback pages as a reader sees them, in a real browser at the width of a desk and of a telephone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from openpyxl import load_workbook
from selenium import webdriver
from selenium.webdriver.common.by import By

from relance.feedback import Sent, summarise, write_files
from relance.files import sha256_of
from relance.parsing import parse_object
from tests.pages.browsing import WIDTHS, assert_fits, needs_browser, show

SUBMISSIONS = Path(__file__).parents[2] / "samples" / "submissions"
pytestmark = needs_browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file with problems, one set aside, and one with the longest and the most hostile texts, unbroken."""
    root = tmp_path_factory.mktemp("pages")
    book = load_workbook(SUBMISSIONS / "EDU_2021-T2.xlsx")
    sheet = book["Subventions"]
    sheet["L10"], sheet["B9"] = "<img src=x onerror=console.error(1)>" + "é" * 900, "x" * 900
    sheet.title = "S" * 31
    book.save(root / "hostile.xlsx")
    (root / "pdf").write_bytes(b"%PDF-1.7")
    made = {}
    for name, path, file_name in (
        ("problems", SUBMISSIONS / "EDU_2021-T2.xlsx", "EDU_2021-T2.xlsx"),
        ("hostile", root / "hostile.xlsx", "<script>console.error(2)</script>" + "n" * 200 + ".xlsx"),
        ("set_aside", root / "pdf", "EDU_2021-T2.pdf"),
    ):
        parsed = parse_object(path, sha256_of(path), "submission", root / "parsed")
        status = "set_aside" if parsed.is_set_aside else "counted"
        counted = frozenset(parsed.facts["tables"])
        sent = Sent(file_name, "submission", parsed, path, status, parsed.reason, counted=counted)
        folder = root / name
        folder.mkdir()
        write_files(sent, replace(summarise(sent), notes=["n" * 400]), folder)
        made[name] = folder / "index.html"
    return made


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["problems", "hostile", "set_aside"])
def test_it_fits_and_the_browser_has_nothing_to_say(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, width: int
) -> None:
    assert_fits(browser, pages[name], width)
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "fr"


@pytest.mark.parametrize("width", WIDTHS)
def test_headings_and_figures_are_seen(browser: webdriver.Chrome, pages: dict[str, Path], width: int) -> None:
    show(browser, pages["problems"], width)
    headings = [heading for heading in browser.find_elements(By.CSS_SELECTOR, "h1, h2") if heading.is_displayed()]
    assert [heading.text.replace("\u00a0", " ") for heading in headings] == [
        "EDU_2021-T2.xlsx", "Ce que vous avez à faire", "Ce qui a été lu", "Totaux déclarés et comptés",
        "3 problèmes à corriger", "À vérifier", "Le fichier",
    ]  # fmt: skip
    figures = browser.find_elements(By.CSS_SELECTOR, ".figures dd")
    assert [figure.text for figure in figures if figure.is_displayed()] == ["15", "12", "3"]
    rows = browser.find_elements(By.CSS_SELECTOR, ".problems tbody tr")
    assert len(rows) == 4
    assert "ITN9" in rows[1].text
    assert "9\u202f355\u202f500,55 €" in browser.find_element(By.CSS_SELECTOR, ".totals").text
    label = browser.execute_script(
        "return getComputedStyle(document.querySelector('.problems tbody td'), '::before').content"
    )
    assert label == ("none" if width > 1000 else '"Onglet"')


def test_every_link_leads_to_a_file_beside(browser: webdriver.Chrome, pages: dict[str, Path]) -> None:
    for name in ("problems", "hostile"):
        show(browser, pages[name], 1280)
        links = [str(link.get_attribute("href")) for link in browser.find_elements(By.TAG_NAME, "a")]
        assert len(links) == 2
        for link in links:
            path = Path(unquote(urlparse(link).path))
            assert path.parent == pages[name].parent
            assert path.is_file()
    show(browser, pages["set_aside"], 1280)
    assert browser.find_elements(By.TAG_NAME, "a") == []
    assert "document PDF" in browser.find_element(By.CSS_SELECTOR, ".state").text

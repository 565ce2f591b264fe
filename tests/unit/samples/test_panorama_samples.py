"""The panorama samples: the published facts, none of the published sentences, the same bytes on every run."""

from __future__ import annotations

import csv
import datetime as dt
import html
import os
import re
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

PROJECT = Path(__file__).resolve().parents[3]
SAMPLES = PROJECT / "samples"
FOLDER = SAMPLES / "panorama"
HEADLINES = FOLDER.parents[1] / "dbt_project" / "seeds" / "panorama_headlines.csv"
PUBLISHED = PROJECT.parent / "shared" / "data" / "panorama"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.name != "received.csv")

needs_published_files = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"the published panorama files are not in {PUBLISHED}: nothing to compare with"
)

# Rows, rows with a cost, sum of costs in M€ (two decimals), interministerial projects where the headline counts
# the same rows: what the README of the published files and the editions' headlines say.
EXPECTED = {
    "2017-06": (61, 53, "2561.10", 20),
    "2018-03": (61, 60, "2826.28", 21),
    "2018-07": (56, 53, "2553.58", 20),
    "2019-03": (48, 44, "1636.40", None),
    "2021-07": (49, 43, "1881.78", 3),
}
OWN_DESCRIPTION = "Description non reprise dans l'échantillon."
OWN_WITHHELD = "Chiffres non communiqués : trajectoire en cours de révision"


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a published or sample file as text; dates as ISO; rows without any text left out."""
    if path.suffix == ".xlsx":
        table = [
            [
                value.date().isoformat() if isinstance(value, dt.datetime) else "" if value is None else str(value)
                for value in row
            ]
            for row in openpyxl.load_workbook(path, data_only=True).worksheets[0].iter_rows(values_only=True)
        ]
    else:
        with path.open(encoding="utf-8", newline="") as lines:
            table = list(csv.reader(lines))
    return [dict(zip(table[0], row, strict=True)) for row in table[1:] if any(row)]


def column(row: dict[str, str], *names: str) -> str:
    return next(row[name] for name in names if name in row)


def all_texts(path: Path) -> list[str]:
    """Every text in a file: each cell of a CSV; each text and attribute in the archive that a workbook is."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            members = [archive.read(name).decode() for name in archive.namelist()]
        return [html.unescape(text) for member in members for text in re.split(r"[<>\"]", member)]
    return [value for row in read(path) for value in row.values()]


def runs_of_words(text: str, length: int = 7) -> set[str]:
    """Every run of `length` words, so that line breaks, quotes and case do not hide a copied sentence."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_the_five_editions_are_there() -> None:
    assert [name[:7] for name in FILES] == list(EXPECTED)


@pytest.mark.parametrize("name", FILES)
def test_counts_and_costs_are_those_of_the_published_edition(name: str) -> None:
    rows = read(FOLDER / name)
    costs = [column(row, "Coût estimé", "Coût complet estimé").replace(",", ".") for row in rows]
    figures = [Decimal(cost) for cost in costs if cost[:1].isdigit()]
    interministerial = [column(row, "Projet interministériel", "Projet inter-ministériel") for row in rows].count("Oui")

    row_count, costed_count, total, interministerial_count = EXPECTED[name[:7]]
    assert len(rows) == row_count
    assert len(figures) == costed_count
    assert sum(figures).quantize(Decimal("0.01")) == Decimal(total)
    assert interministerial_count is None or interministerial == interministerial_count


@pytest.mark.parametrize("name", FILES)
def test_descriptions_are_our_own_and_links_are_empty(name: str) -> None:
    for row in read(FOLDER / name):
        description = column(row, "Description et objectifs du projet", "Description et objectifs")
        assert " ".join(description.split()) == OWN_DESCRIPTION
        for link in ("En savoir plus sur le projet", "Lien vers les Projets Annuels de Performances"):
            assert row.get(link, "") == ""


def test_the_awkward_shapes_are_kept() -> None:
    texts = {name[:7]: FOLDER / name for name in FILES}
    assert b'"Description non reprise\ndans' in texts["2017-06"].read_bytes()
    assert b'"Description non reprise\r\ndans' in texts["2021-07"].read_bytes()
    assert "juillet 2013" in all_texts(texts["2018-07"])
    assert "avril 15" in all_texts(texts["2019-03"])
    assert "Programme 176/police : 80%\r\n" in texts["2019-03"].read_bytes().decode()
    assert [row["Phase du projet en cours"] for row in read(texts["2019-03"])].count(OWN_WITHHELD) == 2
    assert [row["Phase du projet en cours"] for row in read(texts["2021-07"])].count(OWN_WITHHELD) == 1

    book = openpyxl.load_workbook(texts["2018-03"])
    sheet = book.worksheets[0]
    rows = {row[2].value: row for row in sheet.iter_rows(min_row=2) if row[2].value}
    assert [rows["PNR"][place].value for place in (6, 7, 9)] == ["01/07/2011", "6,8027397260274", "53,02"]
    assert rows["PC STORM"][7].value == "6.75"
    assert [rows["FRANCE CONNECT PHASE II"][place].value for place in (9, 10)] == ["NA", "en cadrage"]
    assert rows["PNR"][14].value == dt.datetime(2018, 2, 28)  # noqa: DTZ001 - a spreadsheet's date has no offset
    assert sheet.max_row > len(rows) + 1, "the formatted empty rows below the projects are gone"


@needs_published_files
@pytest.mark.parametrize("name", FILES)
def test_every_fact_is_the_published_one(name: str) -> None:
    left_out = ("Description et objectifs", "En savoir plus", "Lien vers")
    published, sample = read(PUBLISHED / name), read(FOLDER / name)
    assert len(sample) == len(published)
    changed = []
    for theirs, ours in zip(published, sample, strict=True):
        assert list(ours) == list(theirs)
        changed += [
            (column(ours, "Nom du projet", "Projet"), title)
            for title, value in theirs.items()
            if not title.startswith(left_out) and ours[title] != value
        ]
    expected = {
        "2019-03": [("SI SAMU", "Phase du projet en cours"), ("SIRHEN", "Phase du projet en cours")],
        "2021-07": [("ANEF", "Programme de financement"), ("SI SAMU", "Phase du projet en cours")],
    }
    assert changed == expected.get(name[:7], [])


@needs_published_files
def test_no_published_sentence_is_in_a_sample() -> None:
    """No seven words in a row of a description, or of the sentence on withheld figures, stand in any sample.

    Names and programmes may: they are facts, and descriptions quote them.
    """
    facts: set[str] = set()
    runs: set[str] = set()
    for name in FILES:
        for row in read(PUBLISHED / name):
            for title, value in row.items():
                is_sentence = title.startswith("Description") or (title.startswith("Phase") and len(value) > 40)
                (runs if is_sentence else facts).update(runs_of_words(value))
    runs -= facts
    assert len(runs) > 5000, "the descriptions were not read: nothing would have been looked for"
    for name in FILES:
        copied = {run for text in all_texts(FOLDER / name) for run in runs_of_words(text)} & runs
        assert not copied, f"{name} holds words of a published description: {sorted(copied)[:3]}"


@needs_published_files
def test_the_script_writes_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, SAMPLES / "write_panorama.py", PUBLISHED, tmp_path],
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert sorted(written) == sorted(kept)
    assert [name for name in kept if kept[name] != written[name]] == []


def test_the_script_says_which_published_file_is_missing(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, SAMPLES / "write_panorama.py", tmp_path, tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert run.returncode == 1
    assert "2017-06-open-data.csv" in run.stderr
    assert not (tmp_path / "out").exists()


def test_every_file_is_in_the_index_once_and_received_when_its_edition_was_released() -> None:
    with HEADLINES.open(encoding="utf-8", newline="") as lines:
        releases = [release for release in csv.DictReader(lines) if release["release_number"] == "1"]
    released = {release["edition_month"][:7]: dt.date.fromisoformat(release["released_on"]) for release in releases}
    with (FOLDER / "received.csv").open(encoding="utf-8", newline="") as lines:
        index = list(csv.DictReader(lines))
    assert sorted(entry["file"] for entry in index) == FILES
    for entry in index:
        received = dt.datetime.fromisoformat(entry["received_at"])
        assert received.utcoffset() is not None
        assert 0 <= (received.date() - released[entry["file"][:7]]).days <= 1

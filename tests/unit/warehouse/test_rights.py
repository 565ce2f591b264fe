"""Who may speak for whom: files of several senders, collected from their folders and read as a night reads them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from relance import asof, stages
from relance.alerts.cause import set_aside_files
from relance.landing.receipts import read_receipts
from relance.settings import Settings
from relance.warehouse.answers import answer_senders
from relance.warehouse.manifest import Entry, compose, manifest_of

RIGHTS = {"territoires": ["COT", "ECL"], "Région d'essai": ["COT"], "justice": ["JUS"]}


def table(ministry: str | None, amount: int = 10) -> str:
    """An execution with its cover; without a ministry the table alone."""
    cover = f"Code du ministère;{ministry}\nPériode;2021-T3\n\n" if ministry else ""
    return f"{cover}N° de subvention;AE engagées cumulées (€);CP payés cumulés (€);Observations\nA1;{amount};5;\n"


class Drop:
    """A feed's folder, its rights, and what a night makes of what lies there."""

    def __init__(self, settings: Settings, folder: Path, feeds_file: Path) -> None:
        self.settings, self.folder, self._feeds_file = settings, folder, feeds_file
        self.let(RIGHTS)

    def let(self, speaks_for: dict[str, list[str]] | None, **more: Any) -> None:
        feed = {
            "kind": "submission", "title_fr": "Remontées", "folder": str(self.folder), "settle_seconds": 0,
            "name_pattern": r"(?i)^(?P<key>[A-Z]{3})_(?P<period>20\d\d-T[1-4])(?!\d)", **more,
        }  # fmt: skip
        if speaks_for is not None:
            feed["speaks_for"] = speaks_for
        self._feeds_file.write_text(yaml.safe_dump({"feeds": {"drop": feed}}), encoding="utf-8")

    def put(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def night(self) -> dict[str, Entry]:
        stages.collect("drop")
        return self.entries()

    def entries(self) -> dict[str, Entry]:
        return {entry.receipt.file_name: entry for entry in compose(self.settings, asof.now())}


@pytest.fixture
def drop(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    (tmp_path / "drop").mkdir()
    monkeypatch.setenv("RELANCE_FEEDS", str(tmp_path / "feeds.yml"))
    return Drop(settings, tmp_path / "drop", tmp_path / "feeds.yml")


def test_each_sender_speaks_for_its_ministries_and_several_for_one(drop: Drop) -> None:
    drop.put("territoires/COT_2021-T3.csv", table("COT"))
    drop.put("territoires/ECL_2021-T3.csv", table("ECL"))
    drop.put("justice/JUS_2021-T3.csv", table("jus"))
    drop.put("ECO_2021-T3.csv", table("ECO"))
    first = drop.night()
    assert {name: (one.status, one.ministry_code) for name, one in first.items()} == {
        "ECO_2021-T3.csv": ("counted", "ECO"),
        "justice/JUS_2021-T3.csv": ("counted", "JUS"),
        "territoires/COT_2021-T3.csv": ("counted", "COT"),
        "territoires/ECL_2021-T3.csv": ("counted", "ECL"),
    }
    drop.put("Région d'essai/COT_2021-T3.csv", table("COT", 11))
    second = drop.night()
    assert second["Région d'essai/COT_2021-T3.csv"].status == "counted"
    assert second["territoires/COT_2021-T3.csv"].status == "superseded"


def test_a_file_that_claims_the_ministry_of_another_sender_is_set_aside_and_makes_nobody_stale(drop: Drop) -> None:
    drop.put("justice/JUS_2021-T3.csv", table("JUS"))
    drop.put("territoires/COT_2021-T3.csv", table("COT"))
    drop.night()
    drop.put("territoires/COT_2021-T3_rectificatif.csv", table("JUS", 99))
    found = drop.night()
    stranger = found["territoires/COT_2021-T3_rectificatif.csv"]
    assert (stranger.status, stranger.ministry_code, stranger.claimed_ministry_code) == ("set_aside", None, "JUS")
    assert stranger.reason is not None
    assert stranger.reason.startswith(
        "Le dossier « territoires » ne peut parler que pour COT ou ECL : ce fichier y a été déposé et se dit du "
        "ministère « JUS »."
    )
    assert "demandez au fonds d'ouvrir ce droit" in stranger.reason
    for name in ("justice/JUS_2021-T3.csv", "territoires/COT_2021-T3.csv"):
        assert (found[name].status, found[name].is_stale) == ("counted", False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("JUS_2021-T3.csv", table(None), id="a table without a cover, by its name"),
        pytest.param("jus_2021-T3.csv", table(None), id="by its name, in lower case"),
        pytest.param("JUS_2021-T3.csv", "Période;2021-T3\n\n" + table(None), id="a cover without a code, by its name"),
        pytest.param("COT_2021-T3.csv", table("jus"), id="by its cover, in lower case"),
        pytest.param("remontee.csv", table("JUS"), id="by its cover alone"),
        pytest.param("JUS_2021-T3.csv", b"\0\1\2", id="what cannot even be read, by its name"),
        pytest.param("JUS_2021-T3.zip", b"PK\5\6" + bytes(18), id="an archive that cannot be opened, by its name"),
    ],
)
def test_whatever_makes_the_claim(drop: Drop, name: str, content: str | bytes) -> None:
    drop.put("justice/JUS_2021-T3.csv", table("JUS"))
    drop.night()
    drop.put(f"territoires/{name}", content)
    found = drop.night()
    stranger = found[f"territoires/{name}"]
    assert (stranger.status, stranger.ministry_code) == ("set_aside", None)
    assert str(stranger.claimed_ministry_code).upper() == "JUS"
    assert "ne peut parler que pour COT ou ECL" in str(stranger.reason)
    assert (found["justice/JUS_2021-T3.csv"].status, found["justice/JUS_2021-T3.csv"].is_stale) == ("counted", False)


def test_why_a_file_cannot_be_read_is_said_as_well(drop: Drop) -> None:
    drop.put("territoires/JUS_2021-T3.csv", "")
    (stranger,) = drop.night().values()
    assert "se dit du ministère « JUS »" in str(stranger.reason)
    assert " En outre : " in str(stranger.reason)


def test_in_an_archive_each_file_is_judged_alone(drop: Drop, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("COT_2021-T3.csv", table("COT"))
        archive.writestr("autres/JUS_2021-T3.csv", table("JUS"))
        archive.writestr("execution.csv", table("ECL"))
    # Its own name claims a ministry too, and says nothing of the files that have a cover.
    drop.put("territoires/JUS_2021-T3.zip", (tmp_path / "a.zip").read_bytes())
    found = drop.night()
    assert {name: (one.status, one.ministry_code) for name, one in found.items()} == {
        "territoires/JUS_2021-T3.zip": ("unpacked", None),
        "territoires/JUS_2021-T3.zip/COT_2021-T3.csv": ("counted", "COT"),
        "territoires/JUS_2021-T3.zip/autres/JUS_2021-T3.csv": ("set_aside", None),
        "territoires/JUS_2021-T3.zip/execution.csv": ("counted", "ECL"),
    }


def test_a_folder_in_another_case_or_unicode_form_is_the_same(drop: Drop) -> None:
    drop.put(unicodedata.normalize("NFD", "RÉGION D'ESSAI") + "/COT_2021-T3.csv", table("COT"))
    drop.put("Territoires/JUS_2021-T3.csv", table("JUS"))
    allowed, stranger = drop.night().values()
    assert (allowed.status, allowed.receipt.sender) == ("counted", "Région d'essai")
    assert (stranger.status, stranger.receipt.sender) == ("set_aside", "territoires")


def test_what_lies_directly_in_the_folder_speaks_for_any_ministry_unless_the_feed_says_otherwise(drop: Drop) -> None:
    drop.let({**RIGHTS, "default": ["ECO"]})
    drop.put("ECO_2021-T3.csv", table("ECO"))
    drop.put("JUS_2021-T3.csv", table("JUS"))
    found = drop.night()
    assert (found["ECO_2021-T3.csv"].status, found["JUS_2021-T3.csv"].status) == ("counted", "set_aside")
    reason = found["JUS_2021-T3.csv"].reason
    assert str(reason).startswith("Ce qui est déposé hors des dossiers des expéditeurs ne peut parler que pour ECO")


def test_a_sender_may_be_left_without_any_ministry(drop: Drop) -> None:
    drop.let({"territoires": []})
    drop.put("territoires/COT_2021-T3.csv", table("COT"))
    (found,) = drop.night().values()
    assert "ne peut parler pour aucun ministère" in str(found.reason)


def test_a_right_that_is_given_serves_what_waits_and_one_taken_away_takes_no_figure(drop: Drop) -> None:
    drop.put("territoires/JUS_2021-T3.csv", table("JUS"))
    drop.put("territoires/COT_2021-T3.csv", table("COT"))
    assert drop.night()["territoires/JUS_2021-T3.csv"].status == "set_aside"
    drop.let({"territoires": ["JUS"]})
    assert {name: one.status for name, one in drop.entries().items()} == {
        "territoires/JUS_2021-T3.csv": "counted",
        "territoires/COT_2021-T3.csv": "counted",
    }
    drop.put("territoires/COT_2021-T3_rectificatif.csv", table("COT", 11))
    expected = {
        "territoires/JUS_2021-T3.csv": "counted",
        "territoires/COT_2021-T3.csv": "counted",
        "territoires/COT_2021-T3_rectificatif.csv": "set_aside",
    }
    assert {name: one.status for name, one in drop.night().items()} == expected
    # Nothing that was set aside counts because the feed no longer names its folder.
    drop.let(None)
    expected["territoires/JUS_2021-T3.csv"] = "set_aside"
    assert {name: one.status for name, one in drop.entries().items()} == expected


def test_a_file_from_before_there_were_rights_goes_on_counting(drop: Drop) -> None:
    drop.let(None)
    drop.put("JUS_2021-T3.csv", table("JUS"))
    drop.night()
    (receipt,) = read_receipts(drop.settings.landing_dir)
    assert not {"sender", "speaks_for"} & receipt.to_json().keys()
    drop.let({**RIGHTS, "default": ["ECO"]})
    assert drop.night()["JUS_2021-T3.csv"].status == "counted"


def test_the_receipt_keeps_sender_and_rights_sealed(drop: Drop) -> None:
    drop.put("territoires/COT_2021-T3.csv", table("COT"))
    drop.night()
    (path,) = (drop.settings.landing_dir / "receipts" / "drop").glob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (record["sender"], record["speaks_for"]) == ("territoires", ["COT", "ECL"])
    (receipt,) = read_receipts(drop.settings.landing_dir)
    assert (receipt.file_name, receipt.key, receipt.period) == ("territoires/COT_2021-T3.csv", "COT", "2021-T3")
    path.write_text(json.dumps({**record, "speaks_for": ["JUS"]}), encoding="utf-8")
    with pytest.raises(Exception, match="is not as it was written"):
        read_receipts(drop.settings.landing_dir)


def test_page_manifest_and_alert_name_folder_and_ministry(drop: Drop) -> None:
    drop.put("territoires/JUS_2021-T3.csv", table("JUS"))
    entries, at = list(drop.night().values()), asof.now()
    answer_senders(drop.settings, at, entries)
    page = (drop.settings.data_dir / str(entries[0].feedback_path)).read_text(encoding="utf-8")
    assert "Ce fichier se dit d\u2019un ministère pour lequel son expéditeur ne peut pas parler" in page
    assert "«\u00a0territoires\u00a0» ne peut parler que pour COT ou ECL" in page
    (record,) = manifest_of(drop.settings, "b", at, entries)["receipts"]
    assert (record["ministry_code"], record["claimed_ministry_code"]) == (None, "JUS")
    told = set_aside_files([record], at, None)
    assert told is not None
    assert "se dit du ministère « JUS »" in told.sentence

"""A flipped bit in each stage: it is told, nothing wrong is published, and restored bytes are all that is needed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from relance import stages
from relance.errors import DamagedError
from tests.damage import flip
from tests.pipeline.house import House, marts_hashes

pytestmark = pytest.mark.xdist_group("faults")

# The second of two files of a ministry and period: without it the first would count.
NAME = "INT_2021-T1_rectificatif.xlsx"


@pytest.fixture
def here(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house, for stages that run in this process."""
    monkeypatch.setenv("RELANCE_DATA_DIR", str(house.data_dir))
    return house


def object_of(house: House, name: str = NAME) -> Path:
    for path in house.data_dir.glob("landing/receipts/*/*.json"):
        receipt = json.loads(path.read_text())
        if receipt["file_name"] == name:
            return house.data_dir / "landing" / "objects" / str(receipt["sha256"])
    raise AssertionError(name)


def as_of(house: House) -> dt.datetime:
    """That of the current publication: the same files give the same marts."""
    return dt.datetime.fromisoformat(json.loads((house.current / "manifest.json").read_text())["as_of"])


def chosen(house: House, build: str) -> list[tuple[Any, ...]]:
    receipts = json.loads((house.data_dir / "builds" / build / "manifest.json").read_text())["receipts"]
    return [(one["receipt_id"], one["status"], one["reason"], one["parsed_sha256"]) for one in receipts]


def forget_parses(house: House) -> None:
    shutil.rmtree(house.data_dir / "parsed")


def test_before_a_collection_the_file_that_comes_again_mends_it(here: House) -> None:
    path = object_of(here)
    flip(path)
    assert "Damaged in our landing, and replaced" in here.run("collect", "submissions")
    assert "All of it is as it was kept." in here.run("landing", "verify")
    assert "Damaged" not in here.run("collect", "submissions")


def test_before_a_file_is_read(here: House) -> None:
    before = chosen(here, stages.prepare(as_of(here)))
    place, path = here.current.resolve(), object_of(here)
    flip(path)
    # What was read from the right bytes is right: the night goes on, and whoever looks is told.
    assert chosen(here, stages.prepare(as_of(here))) == before
    assert NAME in here.run("landing", "verify", expect=1)
    assert "! Received files were found damaged" in here.run("status", "--check", expect=1)
    forget_parses(here)
    for _ in range(2):
        output = here.run("publish", expect=1)
        for said in (NAME, str(path), "not their senders"):
            assert said in output
    assert here.current.resolve() == place
    here.run("publications", "verify")
    flip(path)
    assert chosen(here, stages.prepare(as_of(here))) == before
    assert "All of it is as it was kept." in here.run("landing", "verify")
    assert "Nothing needs anybody." in here.run("status", "--check")


def test_every_damaged_file_is_named_at_once_of_all_kinds(here: House) -> None:
    names = [NAME, "dossier-4100001.json", "2021-07-dashboard-table.csv"]
    forget_parses(here)
    for name in names:
        flip(object_of(here, name))
    object_of(here, "dossier-4100002.json").unlink()
    with pytest.raises(DamagedError) as error:
        stages.prepare(as_of(here))
    assert str(error.value).startswith("4 received file(s) are not what they were")
    for name in (*names, "dossier-4100002.json"):
        assert name in str(error.value)


def test_between_the_stages_of_a_night(here: House) -> None:
    place, expected = here.current.resolve(), marts_hashes(here.current)
    folder = here.data_dir / "builds"

    build = stages.prepare(as_of(here))
    rows = next(path for path in here.data_dir.glob("parsed/*/submission/*/awards.rows.parquet"))
    flip(rows)
    with pytest.raises(DamagedError, match=r"awards\.rows\.parquet has the SHA-256"):
        stages.build(build)
    assert not (folder / build / stages.BUILD_FILE).exists()
    build = stages.prepare(as_of(here))
    (told,) = json.loads((folder / build / "manifest.json").read_text())["damage"]
    assert str(rows) in told["sentence"]

    stages.build(build)
    database = folder / build / stages.BUILD_FILE
    flip(database)
    with pytest.raises(DamagedError, match="not as the stage before left it"):
        stages.audit(build)
    flip(database)
    assert stages.audit(build) == "pass"
    flip(database)
    with pytest.raises(DamagedError, match="not as the stage before left it"):
        stages.publish(build)
    assert here.current.resolve() == place
    here.run("publications", "verify", "--all")
    flip(database)
    published = Path(stages.publish(build))
    assert marts_hashes(published) == expected
    assert here.current.resolve() == published
    assert not (folder / build / stages.SEAL).exists()
    here.run("publications", "verify", "--all")


def test_what_is_explained_or_annotated_is_what_was_received(here: House) -> None:
    (award,) = here.query("select award_id from fund.fct_award where ministry_code = 'ECO' order by all limit 1")[0]
    words = ("explain", "fund.fct_award", "ECO", award)
    path = Path(json.loads(here.run(*words, "--json"))["origins"][0]["path"])
    assert "Not what was received" not in here.run(*words)
    flip(path)
    assert f"Not what was received, by a fault of our storage: {path}" in here.run(*words)
    flip(path)
    name = "EDU_2021-T2.xlsx"
    path = object_of(here, name)
    shutil.rmtree(here.data_dir / "feedback")
    flip(path)
    build = stages.prepare(as_of(here))
    manifest = json.loads((here.data_dir / "builds" / build / "manifest.json").read_text())
    # That it is damaged, and that its sender has no feedback until it is restored.
    assert [told["file_name"] for told in manifest["damage"]] == [name, name]
    assert all(str(path) in told["sentence"] for told in manifest["damage"])
    assert {
        one["file_name"]
        for one in manifest["receipts"]
        if one["status"] == "counted" and not one["feedback_path"] and one["kind"] != "application"
    } == {name}
    flip(path)
    build = stages.prepare(as_of(here))
    assert json.loads((here.data_dir / "builds" / build / "manifest.json").read_text())["damage"] == []
    assert list(here.data_dir.glob("feedback/submissions/*/EDU_2021-T2 - annoté.xlsx"))

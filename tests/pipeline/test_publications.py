"""Publications after they were made: their description, what they change, holding back and going back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.pipeline.house import House
from tests.pipeline.submissions import write_unknown_edition

# The nights that they share take most of their time.
pytestmark = pytest.mark.xdist_group("publications")
BEFORE, AFTER = "2021-06-01", "2021-06-30"
RESTATED_ON = "INT_2021-T1_rectificatif.xlsx"


@pytest.fixture(scope="module")
def restated(published_once: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The nights before and after the ministry of the Interior corrected its first quarter of 2021."""
    house = published_once.copy(tmp_path_factory.mktemp("restated") / "data")
    for as_of in (BEFORE, AFTER):
        house.run("publish", "--as-of", as_of)
    return house


def test_the_data_package_is_what_frictionless_finds_in_the_files(published_once: House) -> None:
    from frictionless import Package

    report = Package(str(published_once.current / "datapackage.json")).validate()
    assert report.valid, report.flatten(["path", "rowNumber", "fieldName", "type", "message"])[:5]
    assert len(report.tasks) == len(json.loads((published_once.current / "manifest.json").read_text())["marts"])


def test_every_column_is_described_with_its_french_label(published_once: House) -> None:
    package = json.loads((published_once.current / "datapackage.json").read_text())
    fields = [(r["name"], f["name"]) for r in package["resources"] for f in r["schema"]["fields"] if not f.get("title")]
    assert fields == []


def test_the_database_says_of_each_mart_what_the_project_says(published_once: House) -> None:
    """Its label and description, those of each column, its key, and which columns always have a value."""
    marts = json.loads((published_once.current / "manifest.json").read_text())["marts"]
    comments, keys = (
        dict(published_once.query(query))
        for query in (
            "select schema_name || '.' || table_name, comment from duckdb_tables()",
            "select schema_name || '.' || table_name, constraint_column_names from duckdb_constraints() "
            "where constraint_type = 'PRIMARY KEY'",
        )
    )
    said = {name: f"{mart['label_fr']} — {mart['description']}" for name, mart in marts.items()}
    assert comments == said
    assert keys == {name: mart["key"] for name, mart in marts.items() if mart["key"]}
    columns = published_once.query(
        "select schema_name || '.' || table_name, column_name, comment, not is_nullable from duckdb_columns() "
        "where not internal"
    )
    assert sorted(columns) == sorted(
        (
            name,
            one["name"],
            f"{one['label_fr']} — {one['description']}",
            one.get("is_required", False) or one["name"] in mart["key"],
        )
        for name, mart in marts.items()
        for one in mart["columns"]
    )


def test_a_parquet_file_says_what_it_holds(published_once: House) -> None:
    mart = json.loads((published_once.current / "manifest.json").read_text())["marts"]["fund.fct_award"]
    file = published_once.current / "marts" / "fund.fct_award.parquet"
    said = dict(
        published_once.query(f"select key::varchar, decode(value) from parquet_kv_metadata('{file}')")  # noqa: S608
    )
    assert (said["label_fr"], said["description"]) == (mart["label_fr"], mart["description"])
    assert json.loads(said["key"]) == mart["key"]
    columns = json.loads(said["columns"])
    assert [(one["name"], one["label_fr"], one["description"]) for one in columns] == [
        (one["name"], one["label_fr"], one["description"]) for one in mart["columns"]
    ]


def test_a_first_publication_is_compared_with_nothing(published_once: House) -> None:
    assert not (published_once.current / "changes.json").exists()
    assert json.loads((published_once.current / "manifest.json").read_text())["compared_to"] is None


def test_a_restated_submission_is_followed_to_its_file(restated: House) -> None:
    folder = restated.publications / AFTER / "r1"
    changes = json.loads((folder / "changes.json").read_text())
    assert json.loads((folder / "manifest.json").read_text())["compared_to"]["as_of_label"] == BEFORE
    files = {one["file_name"]: one["receipt_id"] for one in changes["causes"]["files"]}
    (line,) = changes["marts"]["fund.fund_line_execution"]["listed"]
    assert line["key"] == {"line_code": "ITN1"}
    assert line["columns"]["awarded_eur"] == {"before": "21550000.00", "after": "18850000.00"}
    assert line["causes"] == {"files": [files[RESTATED_ON]]}
    text = (folder / "changes.html").read_text().replace("\u202f", " ").replace("\u00a0", " ")
    for shown in (
        "Ministère de l\u2019Intérieur, 2021-T1",
        RESTATED_ON,
        "4 100 000,00 €",
        "1 400 000,00 €",
        "INT-2021-0002",
    ):
        assert shown in text


def test_the_command_says_what_differs(restated: House) -> None:
    output = restated.run("publications", "diff", BEFORE, AFTER)
    assert "fund.fund_line_execution.awarded_eur" in output
    assert "-2700000.00" in output
    assert RESTATED_ON in output
    assert "No row differs" in restated.run("publications", "diff", AFTER, AFTER)


def test_a_copy_elsewhere_verifies_and_damage_is_found(restated: House, tmp_path: Path) -> None:
    copy = tmp_path / "copied" / "elsewhere"
    shutil.copytree(restated.current.resolve(), copy)
    assert "as its manifest says" in restated.run("publications", "verify", str(copy))
    parquet = copy / "marts" / "fund.fund_overview.parquet"
    parquet.write_bytes(parquet.read_bytes()[:-1])
    output = restated.run("publications", "verify", str(copy), expect=1)
    assert "fund.fund_overview.parquet has the SHA-256" in output
    restated.run("publications", "verify", "--all")


def test_going_back_is_kept_with_who_and_why(restated: House) -> None:
    place = restated.current.resolve()
    assert "needs its reason" in restated.run("publications", "rollback", "--reason", " ", expect=1)
    restated.run("publications", "rollback", "--to", AFTER, "--reason", "chiffre d'ITN7 contesté")
    assert restated.current.resolve() == restated.publications / AFTER / "r1"
    assert "chiffre d'ITN7 contesté" in restated.run("publications", "list")
    restated.run("publications", "rollback", "--reason", "levé")
    assert restated.current.resolve() == place


@pytest.fixture(scope="module")
def held(published_once: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A night that waits for a decision, over the samples."""
    house, folder = published_once.copy(tmp_path_factory.mktemp("held") / "data"), tmp_path_factory.mktemp("edition")
    place = house.current.resolve()
    write_unknown_edition(folder)
    house.run("collect", "panorama", "--from", str(folder))
    assert "relance approve" in house.run("publish", expect=3)
    assert house.current.resolve() == place
    return house


def test_a_held_build_waits_and_is_published_with_the_reason(held: House, tmp_path: Path) -> None:
    house = held.copy(tmp_path / "data")
    (waiting,) = json.loads(house.run("holds", "--json"))
    assert "Édition de février\u00a02022" in waiting["sentences"][0]

    output = house.run("approve", waiting["build_id"][:-3], "--reason", "édition revue avec la DINUM")
    assert "1 hold" in output
    manifest = json.loads((house.current / "manifest.json").read_text())
    assert manifest["audit"]["outcome"] == "hold"
    assert manifest["approval"]["reason"] == "édition revue avec la DINUM"
    assert manifest["approval"]["sentences"] == waiting["sentences"]
    assert "No build waits" in house.run("holds")
    assert "édition revue avec la DINUM" in house.run("publications", "list")


def test_a_rejected_build_is_not_published(held: House, tmp_path: Path) -> None:
    house = held.copy(tmp_path / "data")
    place = house.current.resolve()
    (waiting,) = json.loads(house.run("holds", "--json"))
    house.run("reject", waiting["build_id"], "--reason", "erreur de saisie")
    output = house.run("approve", waiting["build_id"], "--reason", "tant pis", expect=1)
    assert "had decided before: rejected (erreur de saisie)" in output
    assert house.current.resolve() == place

"""The public editions, as published: every row, every cost to the cent, the headline of the release, and what holds."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.pipeline.house import House

# By file: the month of the edition, its rows and its rows with a cost (../shared/data/README.md).
EDITIONS = {
    # The state of June 2016, released in September.
    "2016-09-dashboard-table.csv": (dt.date(2016, 6, 1), 54, 45),
    "2016-11-open-data.csv": (dt.date(2016, 11, 1), 57, 49),
    "2017-06-open-data.csv": (dt.date(2017, 6, 1), 61, 53),
    "2018-03-open-data.xlsx": (dt.date(2018, 3, 1), 61, 60),
    "2018-07-dashboard-table.csv": (dt.date(2018, 7, 1), 56, 53),
    "2019-03-dashboard-table.csv": (dt.date(2019, 3, 1), 48, 44),
    "2021-07-dashboard-table.csv": (dt.date(2021, 7, 1), 49, 43),
    "2021-11-dashboard-table.csv": (dt.date(2021, 11, 1), 50, 49),
}
HEADER = "Projet;Ministère porteur;Projet inter-ministériel;Phase du projet en cours;Coût complet estimé\n"
GOOD_ROW = "LUNE;Ministère de la Culture;Non;Cadrage;12,5\n"


def sum_of_cells(path: Path) -> Decimal:
    """The costs (M€) that stand in a file, each rounded to the cent for itself, half away from zero."""
    if path.suffix == ".xlsx":
        rows = [
            ["" if cell is None else str(cell) for cell in row]
            for row in load_workbook(path, data_only=True).active.values
        ]
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    names = {"Coût complet estimé", "Coût estimé", "Budget en coût complet (avec 2 ans de fonctionnement)"}
    (place,) = [index for index, name in enumerate(rows[0]) if name.strip() in names]
    total = Decimal(0)
    for row in rows[1:]:
        try:
            cost = Decimal(row[place].replace(",", ".") if len(row) > place else "")
        except InvalidOperation:
            continue
        total += (cost * 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return total


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A new data folder into which the eight files came by one command, and which was published by another."""
    folder = Path(__file__).parents[3] / "shared" / "data" / "panorama"
    if not folder.is_dir():
        pytest.skip("the real panorama files (../shared/data/panorama) are not beside this checkout")
    house = House(tmp_path_factory.mktemp("editions") / "data")
    house.run("collect", "panorama", "--from", str(folder))
    house.run("publish")
    return house


def test_every_edition_has_its_rows_and_its_sum_to_the_cent(editions: House, real_panorama: Path) -> None:
    published = editions.query(
        "select edition_month, project_count, costed_project_count, total_cost_eur from project.panorama_overview "
        "where receipt_id is not null order by edition_month"
    )
    assert published == [(*facts, sum_of_cells(real_panorama / name)) for name, facts in EDITIONS.items()]
    assert published[-1][1:] == (50, 49, Decimal("2511855847.60"))


def test_nothing_was_found_that_keeps_an_edition_from_being_taken(editions: House) -> None:
    assert editions.query("select count(*), sum(finding_count) from quality.edition_findings") == [(8, 0)]
    assert editions.query("select * from quality.unresolved_names") == []
    phases = editions.query("select distinct phase from project.fct_project_edition where phase is not null order by 1")
    assert phases == [("Cadrage",), ("Conception / Réalisation",), ("Déploiement",), ("Expérimentation",), ("Terminé",)]


def test_a_ministry_has_the_name_that_it_bore_in_the_month_of_the_edition(editions: House) -> None:
    names = editions.query(
        "select distinct edition_month, ministry_name from project.fct_project_edition "
        "where ministry_code = 'ECO' and edition_month in ('2016-06-01', '2016-11-01', '2021-11-01') order by 1"
    )
    assert [name for _, name in names] == [
        "Ministères économiques et financiers",
        "Ministère de l'Économie et des Finances",
        "Ministère de l'Économie, des Finances et de la Relance",
    ]


def test_a_bracket_is_kept_beside_the_costs(editions: House) -> None:
    brackets = editions.query(
        "select cost_bracket, count(*), count(planned_cost_eur) from project.fct_project_edition "
        "where edition_month = '2016-06-01' and cost_bracket is not null group by all order by all"
    )
    assert brackets == [("< 5 M€", 2, 0), ("entre 20 et 100 M€", 1, 0), ("entre 9 et 20 M€", 3, 0)]


def test_the_edition_of_july_2021_is_compared_with_the_release_of_its_table(editions: House) -> None:
    """1.88 Md€ on the 20th, 2.35 Md€ on the 23rd over the same table: both stand there, and nothing is unexplained."""
    restated = editions.query(
        "select old_released_on, old_value, new_released_on, new_value from project.panorama_headline_restatements "
        "where edition_month = '2021-07-01' and figure = 'total_cost_eur'"
    )
    assert restated == [(dt.date(2021, 7, 20), Decimal("1.88e9"), dt.date(2021, 7, 23), Decimal("2.35e9"))]
    overview = editions.query(
        "select published_total_cost_eur, compared_total_cost_eur, published_beyond_table_eur "
        "from project.panorama_overview where edition_month = '2021-07-01'"
    )
    assert overview == [(Decimal("2.35e9"), Decimal("1.88e9"), Decimal("0.47e9"))]
    compared = editions.query(
        "select subject, outcome, difference from quality.controls "
        "where control_id = 'edition-total-cost-is-the-headline' order by subject"
    )
    assert compared == [
        ("2016-06", "pass", Decimal("100000")),
        ("2016-11", "pass", Decimal("2900000")),
        ("2017-06", "pass", Decimal("1100000")),
        ("2018-03", "pass", Decimal("-3720000")),
        ("2018-07", "pass", Decimal("3583000")),
        ("2019-03", "pass", Decimal("-3600000")),
        ("2021-07", "pass", Decimal("1780000")),
        ("2021-11", "warning", Decimal("-108144152.40")),
    ]


def test_the_fourteenth_edition_lost_four_projects_and_gained_five(editions: House) -> None:
    moved = editions.query(
        "select movement, count(*) from project.panorama_movements "
        "where edition_month = '2021-11-01' and movement in ('entered', 'left') group by all order by all"
    )
    assert moved == [("entered", 5), ("left", 4)]


def test_the_pairs_that_wait_for_a_review_are_these(editions: House) -> None:
    pairs = editions.query(
        "select earlier_project_name, later_project_name from quality.project_match_candidates "
        "where review = 'to_review'"
    )
    assert pairs == [("GENESIS", "GENESIS V2")]


def test_the_restated_table_replaces_the_first_and_what_changed_is_said(
    editions: House, real_panorama: Path, tmp_path: Path
) -> None:
    house = editions.copy(tmp_path / "data")
    house.run("collect", "panorama", "--from", str(real_panorama / "restated"))
    house.run("publish")
    overview = house.query(
        "select project_count, costed_project_count, total_cost_eur, published_total_cost_eur, compared_released_on, "
        "compared_total_cost_eur, published_beyond_table_eur "
        "from project.panorama_overview where edition_month = '2018-03-01'"
    )
    assert overview == [
        (61, 59, Decimal("2.80878e9"), Decimal("2.83e9"), dt.date(2018, 3, 27), Decimal("2.8125e9"), Decimal("17.5e6"))
    ]
    assert house.query(
        "select row_key, old_value, new_value, difference_eur from quality.restatements "
        "where edition_month = '2018-03-01' and column_name <> 'starts_on'"
    ) == [("ARCHIPEL-NG", "17500000.00", None, Decimal("-17500000.00"))]
    statuses = house.query(
        "select file_name, status from quality.received_files where edition_month = '2018-03-01' order by file_name"
    )
    assert statuses == [("2018-03-dashboard-table-27-march.csv", "counted"), ("2018-03-open-data.xlsx", "superseded")]


def test_an_edition_called_by_the_month_of_its_release_is_that_edition(
    empty_house: House, drop: Callable[[str], Path]
) -> None:
    """The fourteenth edition describes November 2021 and was released on 15 December."""
    folder = drop("editions")
    (folder / "2021-11-tableau.csv").write_text(HEADER + GOOD_ROW, encoding="utf-8")
    empty_house.run("collect", "panorama", "--from", str(folder))
    (folder / "2021-11-tableau.csv").unlink()
    (folder / "2021-12-tableau.csv").write_text(HEADER + GOOD_ROW + GOOD_ROW.replace("LUNE", "MARS"), encoding="utf-8")
    empty_house.run("collect", "panorama", "--from", str(folder))
    empty_house.run("publish", expect=3)
    (waiting,) = json.loads(empty_house.run("holds", "--json"))
    empty_house.run("approve", waiting["build_id"], "--reason", "essai")
    assert empty_house.query(
        "select file_name, status, edition_month from quality.received_files order by file_name"
    ) == [
        ("2021-11-tableau.csv", "superseded", dt.date(2021, 11, 1)),
        ("2021-12-tableau.csv", "counted", dt.date(2021, 11, 1)),
    ]
    assert empty_house.query(
        "select edition_month, project_count from project.panorama_overview where receipt_id <> ''"
    ) == [(dt.date(2021, 11, 1), 2)]


def test_an_edition_that_is_not_read_in_full_is_held_once(empty_house: House, drop: Callable[[str], Path]) -> None:
    folder = drop("editions")
    unread = (
        "SOLEIL;Ministère de la Culture;Non;Cadrage;environ 9 M€\n"
        "TERRE;Ministère de la Mer;Non;Cadrage;3\n"
        "VÉNUS;Ministère de la Culture;Non;Recette;4\n"
        "URANUS;Ministère de la Culture;Parfois;Cadrage;5,25\n"
    )
    (folder / "2022-03-tableau.csv").write_text(HEADER + GOOD_ROW + unread, encoding="utf-8")
    empty_house.run("collect", "panorama", "--from", str(folder))
    output = empty_house.run("publish", expect=3)
    said = " ".join(output.replace("\u202f", " ").replace("\xa0", " ").split())
    assert (
        "Édition de mars 2022, fichier 2022-03-tableau.csv : 1 lignes rejetées sur 5, qui portent 0,00 € de "
        "coûts lus ; 1 coûts non lus (« environ 9 M€ ») ; 1 phases inconnues (« Recette ») ; 1 ministères inconnus "
        "(« Ministère de la Mer ») ; aucun chiffre de synthèse n'est connu pour la comparer."
    ) in said
    (waiting,) = json.loads(empty_house.run("holds", "--json"))
    empty_house.run("approve", waiting["build_id"], "--reason", "édition à compléter")
    # The next night has nothing new; a file with a row more has.
    empty_house.run("publish")
    more = "PLUTON;Ministère de la Culture;Non;Cadrage;environ 1 M€\n"
    (folder / "2022-03-tableau.csv").write_text(HEADER + GOOD_ROW + unread + more, encoding="utf-8")
    empty_house.run("collect", "panorama", "--from", str(folder))
    assert "2 lignes rejetées sur 6" in empty_house.run("publish", expect=3).replace("\u202f", " ").replace("\xa0", " ")


def test_a_night_of_july_2021_knows_what_was_said_by_then(house: House) -> None:
    house.run("publish", "--as-of", "2021-07-22")
    then = house.publications / "2021-07-22" / "r1"
    columns = "published_total_cost_eur, compared_total_cost_eur, headline_release_count"
    query = f"select {columns} from project.panorama_overview where edition_month = '2021-07-01'"  # noqa: S608
    assert house.query(query, then) == [(Decimal("1.88e9"), Decimal("1.88e9"), 1)]
    assert house.query(query) == [(Decimal("2.35e9"), Decimal("1.88e9"), 2)]

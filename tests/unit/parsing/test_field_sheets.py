"""Units near a header, two sheets for one table, columns that look like amounts, totals by another name, headers."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing.surroundings import stated_units
from tests.unit.parsing import test_files

FIELD_CASES = Path(__file__).parents[4] / "shared" / "data" / "field-cases"
COVER = [["Code du ministère", "COT"], ["Période", "2021-T2"]]
EXECUTION = ["N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations"]
BARE = ["N° de subvention", "AE engagées cumulées", "CP payés cumulés", "Observations"]
AWARDS = [
    "N° de subvention", "Ligne du fonds", "Bénéficiaire", "Intitulé du projet", "Date de décision",
    "Montant accordé (€)",
]  # fmt: skip
PANORAMA = ["Projet", "Ministère porteur", "Projet inter-ministériel"]


def award(number: str, *more: Any) -> list[Any]:
    return [number, "ITN1", "Commune", "Projet", datetime.date(2021, 3, 1), 100, *more]


def workbook(sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = (), cover: Any = COVER) -> bytes:
    return test_files.workbook({"Couverture": cover, **sheets}, hidden)


def csv(*rows: list[Any], cover: Any = COVER) -> str:
    return "".join(";".join("" if c is None else str(c) for c in row) + "\n" for row in [*cover, [], *rows])


def committed(parsed: Any) -> list[Any]:
    assert parsed.facts["reason"] is None, parsed.facts["reason"]
    return [(r["award_id"], r["committed_eur"], r["paid_eur"]) for r in parsed.rows("execution")]


@pytest.fixture
def field_case(parse: Any) -> Callable[[str], Any]:
    """Parse a file of the field cases, which are not part of the project."""
    if not FIELD_CASES.is_dir():
        pytest.skip("the field cases (../shared/data/field-cases) are not beside this checkout")
    return lambda name: parse(FIELD_CASES / name)


# -- the unit that stands near the header


def test_field_unit_line_above_the_header_of_a_workbook(field_case: Any) -> None:
    assert field_case("xlsx-unit-line-above-header.xlsx").facts["reason"] == (
        "Feuille « Subventions » : les montants ont deux unités : l'en-tête « Coût total du projet (€) » dit €,"
        " « Montants en k€ » (ligne 2) dit k€. Garder celle qui est juste, écrite dans l'en-tête de chaque colonne de"
        " montants, par exemple « (k€) », supprimer l'autre, et renvoyer le fichier."
    )


def test_field_unit_line_above_the_header_of_a_text(field_case: Any) -> None:
    assert field_case("COT_unit-line-above-header.csv").facts["reason"] == (
        "Table « Exécution » : les montants ont deux unités : l'en-tête « AE engagées cumulées (€) » dit €,"
        " « (montants en milliers d'euros) » (ligne 4) dit k€. Garder celle qui est juste, écrite dans l'en-tête de"
        " chaque colonne de montants, par exemple « (k€) », supprimer l'autre, et renvoyer le fichier."
    )


LINES = [
    (["Montants en milliers d'euros"], 3), (["(en k€)"], 3), (["Unité : k€"], 3), (["Unité", "k€"], 3),
    (["", "", "", "en milliers d'euros"], 3), (["Exécution du fonds (K€)"], 3), (["Exécution k€"], 3),
    (["Exécution au 30 juin", "", "", "KEUR"], 3), (["Tous les montants sont exprimés en k€."], 3),
    (["Exécution du FITN en milliers d’euros au 30 juin 2021, source Chorus"], 3), (["en milliers"], 3),
    (["Suivi (1 000 €)"], 3), (["Montants en k€ - 30/06/2021"], 3),
    (["Suivi (k€), 2021"], 3), (["En K€, arrondis"], 3),
    (["€ x 1000"], 3), (["x 1 000"], 3), (["valeurs en mille euros"], 3), (["Montants en K"], 3),
    (["Suivi (milliers)"], 3),
    (["Devise : EUR (milliers)"], 3), (["All amounts in thousands of euros"], 3), (["EUR thousands"], 3),
    (["Montants en M"], 6), (["€ x 1 000 000"], 6), (["In millions of euros"], 6),
    (["Montants exprimés en millions d'euros"], 6), (["en M€"], 6), (["", "M€", "M€"], 6),
    (["", "(en M€)", "(en M€)", "texte"], 6), (["Montants en euros"], 0), (["Exécution (€)"], 0),
]  # fmt: skip


@pytest.mark.parametrize(("line", "exponent"), LINES)
def test_a_unit_near_a_header_without_one_is_that_of_its_amounts(parse: Any, line: list[str], exponent: int) -> None:
    read = [("A1", Decimal("1500.00") * 10**exponent, Decimal("12.00") * 10**exponent)]
    rows = [BARE, ["A1", "1500", "12", None]]
    for parsed in (
        parse(workbook({"Exécution": [["Suivi"], line, *rows]})),
        parse(workbook({"Exécution": [line, [], *rows]})),
        parse(csv(line, *rows)),
        parse(csv(rows[0], line, rows[1])),
    ):
        assert committed(parsed) == read
        assert parsed.facts["tables"]["execution"]["rows_in"] == 1
        assert any("les montants sont lus en" in note for note in parsed.facts["notes"]) == (exponent > 0)


@pytest.mark.parametrize("line", [line for line, exponent in LINES if exponent])
def test_a_unit_that_contradicts_the_header_sets_the_file_aside(parse: Any, line: list[str]) -> None:
    rows = [EXECUTION, ["A1", 1500, 12, None]]
    for sent in (
        workbook({"Exécution": [line, *rows]}), csv(line, *rows), csv(rows[0], line, rows[1]),
        workbook({"Exécution": rows}, cover=[["Remontée"], *COVER, [" ".join(line).strip()]]),
    ):  # fmt: skip
        reason = parse(sent).facts["reason"] or ""
        assert "les montants ont deux unités : l'en-tête « AE engagées cumulées (€) » dit €" in reason


@pytest.mark.parametrize("line", [["Montants en k€"], ["(montants en k€)"], ["Note : montants en milliers d'euros"]])
def test_a_unit_among_or_under_the_rows_sets_the_file_aside(parse: Any, line: list[str]) -> None:
    for rows in ([["A1", 1500, 12, None], line], [["A1", 1500, 12, None], line, ["A2", 1, 1, None]]):
        for header in (EXECUTION, BARE):
            reason = parse(csv(header, *rows)).facts["reason"] or ""
            assert "deux unités" in reason and "(ligne 6) dit k€" in reason
    agreeing = csv([*BARE[:1], "AE engagées cumulées (k€)", "CP payés cumulés (k€)", "x"], ["A1", 1, 1, ""], line)
    assert parse(agreeing).facts["reason"] is None


PROSE = [
    "Le ministère a versé 3 millions d'euros en 2020", "Projets de plus de 9 M€",
    "Plafond de 200 k€ par projet, en une fois", "Des millions d'euros engagés", "100 projets, 2,5 Md€ au total",
    "Montants en euros et centimes, sans unité", "Un million d'euros environ", "Situation au 30/06/2021",
    "Les projets d'au moins 9 millions d'euros (M€ 9 et plus)", "Plafond (M€) : 9", "Plafond en M€ : 2,5",
    "en milliers de bénéficiaires", "Linéaire posé en m", "Aide de mille euros", "Des milliers", "Format A4 x 1",
    "Projet mené en K par mille agents",
]  # fmt: skip


@pytest.mark.parametrize("prose", PROSE)
def test_prose_that_mentions_amounts_is_no_unit(parse: Any, prose: str) -> None:
    for header in (EXECUTION, BARE):
        rows = [header, ["A1", 1500, 12, None]]
        for parsed in (parse(workbook({"Exécution": [[prose], *rows]})), parse(csv([f'"{prose}"'], *rows))):
            assert committed(parsed) == [("A1", Decimal(1500), Decimal(12))]


def test_a_labelled_figure_above_a_table_is_no_unit(parse: Any) -> None:
    above = [["Plafond (M€)", 9], ["Enveloppe", 12, "k€"], ["Total accordé déclaré (€)", 3]]
    assert committed(parse(csv(*above, EXECUTION, ["A1", 1500, 12, None]))) == [("A1", Decimal(1500), Decimal(12))]


def test_the_money_or_the_year_of_euros_is_no_unit(parse: Any) -> None:
    thousands = [BARE[0], "AE engagées cumulées (k€)", "CP payés cumulés (k€)", "Devise"]
    for above in (["Devise : EUR"], ["Monnaie", "euro"], ["Coûts en euros constants de 2021"], ["x"]):
        parsed = parse(csv(above, thousands, ["A1", 2, 1, "EUR"]))
        assert committed(parsed) == [("A1", Decimal(2000), Decimal(1000))]
    panorama = csv(["Coûts en euros courants"], [*PANORAMA, "Coût estimé"], ["P", "M", "Oui", 7], cover=[])
    assert parse(panorama, "panorama").rows("panorama_projects")[0]["planned_cost_eur"] == Decimal(7_000_000)
    assert "en $" in parse(csv(["Devise : dollars"], BARE, ["A1", 1, 1, None])).facts["reason"]


def test_a_unit_of_one_column_is_its_own(parse: Any) -> None:
    header = ["N° de subvention", "AE engagées cumulées", "CP payés cumulés (€)"]
    for rows in ([["", "k€"], header], [header, ["", "k€", "€"]]):
        parsed = parse(workbook({"Exécution": [*rows, ["A1", 1500, 12]]}))
        assert committed(parsed) == [("A1", Decimal(1_500_000), Decimal(12))]
        assert parsed.facts["tables"]["execution"]["header_row"] == rows.index(header) + 1
    two = parse(workbook({"Exécution": [["", "k€", "M€"], BARE, ["A1", 1500, 12, None]]}))
    assert committed(two) == [("A1", Decimal(1_500_000), Decimal(12_000_000))]


def test_a_unit_over_one_of_two_columns_without_any_is_asked_for(parse: Any) -> None:
    assert parse(csv(["", "k€"], BARE, ["A1", 1500, 12, None])).facts["reason"] == (
        "Table « Exécution » : « k€ » (ligne 4, colonne B) donne l'unité d'une seule colonne de montants ; celle de"
        " « CP payés cumulés » n'est pas dite. Écrire l'unité dans l'en-tête de chaque colonne de montants et renvoyer"
        " le fichier."
    )


def test_a_column_of_units_and_a_header_that_is_one_are_of_all_amounts(parse: Any) -> None:
    for header, cells in (("Unité", ["k€", "k€"]), ("", ["k€", "k€"]), ("(en k€)", ["", ""])):
        rows = [[*BARE, header], ["A1", 1500, 12, "x", cells[0]], ["A2", 1, 1, "x", cells[1]]]
        assert committed(parse(csv(*rows)))[0] == ("A1", Decimal(1_500_000), Decimal(12_000))
        reason = parse(workbook({"Exécution": [[*EXECUTION, header], *rows[1:]]})).facts["reason"]
        assert reason.startswith("Feuille « Exécution » : les montants ont deux unités : l'en-tête « AE engagées")
    mixed = [[*BARE, "Unité"], ["A1", 1500, 12, "x", "k€"], ["A2", 1, 1, "x", "€"]]
    assert "la colonne « Unité » dit k€, la colonne « Unité » dit €" in parse(csv(*mixed)).facts["reason"]


def test_what_a_cover_says_of_all_amounts_counts(parse: Any) -> None:
    for more in (["Nature des données", "chiffres en k€"], ["Tous les montants sont en k€"], ["Unité", "k€"]):
        rows, cover = [BARE, ["A1", 1500, 12, None]], [*COVER, more, ["Total accordé déclaré (€)", 3, "€"]]
        for sent in (csv(*rows, cover=cover), workbook({"Exécution": rows}, cover=cover)):
            assert committed(parse(sent)) == [("A1", Decimal(1_500_000), Decimal(12_000))]


def test_two_lines_that_contradict_each_other(parse: Any) -> None:
    reason = parse(csv(["Montants en k€"], ["Unité : M€"], BARE, ["A1", 1, 1, None])).facts["reason"]
    assert "« Montants en k€ » (ligne 4) dit k€, « Unité : M€ » (ligne 5) dit M€" in reason


def test_the_unit_in_the_name_of_a_sheet_and_of_a_group(parse: Any) -> None:
    sheet = parse(workbook({"Exécution (k€)": [BARE, ["A1", 1500, 12, None]]}))
    assert committed(sheet) == [("A1", Decimal(1_500_000), Decimal(12_000))]
    upper, lower = ["N° de subvention", "Montants (k€)", None, None], ["", *BARE[1:]]
    grouped = parse(workbook({"Exécution": [upper, lower, ["A1", 1500, 12, None]]}))
    assert committed(grouped) == [("A1", Decimal(1_500_000), Decimal(12_000))]
    halves = [["N° de subvention", "AE (k€)", "CP (M€)"], ["", "engagées cumulées", "payés cumulés"]]
    assert committed(parse(csv(*halves, ["A1", 1500, 12]))) == [("A1", Decimal(1_500_000), Decimal(12_000_000))]


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("Md€", "Md€"), ("milliards d'euros", "Md€"), ("$", "$"), ("dollars", "$"), ("francs", "francs"),
        ("KF", "francs"),
        ("XPF", "francs CFP"), ("F CFP", "francs CFP"), ("CHF", "francs suisses"), ("£", "£"), ("centimes", "centimes"),
        ("en centaines d'euros", "€ par dizaines ou centaines"), ("€ ou k€", "€ et k€"),
    ],
)  # fmt: skip
def test_a_unit_that_is_none_of_the_contract_is_refused(parse: Any, unit: str, said: str) -> None:
    header = ["N° de subvention", f"AE engagées cumulées ({unit})", "CP payés cumulés (€)"]
    assert parse(csv(header, ["A1", 1, 1])).facts["reason"] == (
        f"Table « Exécution » : l'en-tête « AE engagées cumulées ({unit}) » donne les montants en {said}. Attendu : une"
        " seule unité, €, k€ ou M€. Convertir les montants si leur unité est une autre, l'écrire dans l'en-tête de"
        " chaque colonne de montants et renvoyer le fichier."
    )
    if said != "€ et k€":
        line = parse(csv([f"Montants en {unit.removeprefix('en ')}"], BARE, ["A1", 1, 1, None])).facts["reason"]
        assert f"(ligne 4) donne les montants en {said}." in line
    cover = [*COVER, [f"Total accordé déclaré ({unit})", 3]]
    assert "Couverture : l'en-tête" in parse(csv(EXECUTION, ["A1", 1, 1, None], cover=cover)).facts["reason"]


def test_units_that_a_text_states() -> None:
    assert [stated_units(prose) for prose in PROSE] == [["€"] if "en euros" in prose else [] for prose in PROSE]
    assert stated_units("Coûts en k€ puis en M€") == ["k€", "M€"]


# -- headers


def test_field_header_en_euros(field_case: Any) -> None:
    for name in ("header-en-euros-required.xlsx", "header-en-euros-optional.xlsx"):
        parsed = field_case(name)
        [row] = parsed.rows("awards")
        assert (row["project_cost_eur"], row["awarded_eur"]) == (Decimal(200_000), Decimal(100_000))
        assert not any("hors modèle" in note for note in parsed.facts["notes"])


@pytest.mark.parametrize(
    ("form", "exponent"),
    [
        ("{} en euros", 0), ("{} (en euros)", 0), ("{} en €", 0), ("{} (euros)", 0), ("{} EUR", 0), ("{}, en Euros", 0),
        ("{} (euros et centimes)", 0), ("{} - k€", 3), ("{} [k€]", 3), ("{} (K€)", 3), ("{} (en milliers d’euros)", 3),
        ("{} en milliers €", 3), ("{} KEUR", 3), ("{} (kEuros)", 3), ("{}\n(en k€)", 3), ("{} - M€", 6),
        ("{} exprimés en millions d'euros", 6), ("{} (M d'€)", 6), ("{} (MEUR)", 6),
    ],
)  # fmt: skip
def test_headers_with_a_unit_written_in_any_way(parse: Any, form: str, exponent: int) -> None:
    header = [BARE[0], form.format(BARE[1]), form.format(BARE[2])]
    for parsed in (
        parse(workbook({"Exécution": [header, ["A1", 1.5, 12]]})),
        parse(csv([f'"{cell}"' for cell in header], ["A1", "1,5", 12])),
    ):
        assert committed(parsed) == [("A1", Decimal("1.50") * 10**exponent, Decimal(12) * 10**exponent)]


# -- two sheets for one table


def test_field_sheets_of_one_name_but_for_a_blank(field_case: Any) -> None:
    assert field_case("sheets-same-name-trailing-blank.xlsx").facts["reason"] == (
        "Table « Exécution » : 2 feuilles en ont les lignes : « Exécution » (4e feuille, 1 ligne) et « Exécution »"
        " (5e feuille, 1 ligne). Une table tient dans une seule feuille : y mettre toutes les lignes qui comptent,"
        " supprimer ou masquer les autres, et renvoyer le classeur."
    )


def test_field_sheets_in_the_singular_and_the_plural(field_case: Any) -> None:
    reason = field_case("sheets-singular-and-plural.xlsx").facts["reason"]
    assert (
        "2 feuilles en ont les lignes : « Subvention » (2e feuille, 1 ligne) et « Subventions » (4e feuille" in reason
    )


EXECUTED, MORE = [EXECUTION, ["A1", 1, 1, None]], [["A8", 1, 1, None], ["A9", 1, 1, None]]


@pytest.mark.parametrize(
    "sheets",
    [
        {"Exécution": EXECUTED, "Exécution (2)": [EXECUTION, *MORE]},
        {"Exécution": EXECUTED, "Exécution (2)": MORE},  # as it is cut by hand: without the header
        {"Exécution": EXECUTED, "Exécution suite": [["Suite"], [], *MORE]},
        {"Copie de Exécution": [EXECUTION, *MORE], "Exécution": EXECUTED},
        {"Exécution (1)": EXECUTED, "Exécution (2)": [EXECUTION, *MORE]},
        {"Feuil1": EXECUTED, "Feuil2": [EXECUTION, *MORE]},
        {"Exécution": EXECUTED, "Détail": [["Trimestre 2"], EXECUTION, *MORE]},
        {"Exécution": EXECUTED, "EXECUTION ": [EXECUTION[:2], ["A9", 1]]},  # its name, and half of its header
    ],
)
def test_several_sheets_with_rows_of_a_table_are_asked_about(parse: Any, sheets: dict[str, Any]) -> None:
    parsed = parse(workbook(sheets))
    reason = parsed.facts["reason"]
    assert reason.startswith("Table « Exécution » : 2 feuilles en ont les lignes : ")
    assert all(f"« {name.strip()} » (" in reason for name in sheets)
    assert parsed.facts["notes"] == []


def test_a_sheet_with_a_header_and_no_rows_is_no_conflict(parse: Any) -> None:
    for sheets in (
        {"Exécution": EXECUTED, "Exécution (2)": [EXECUTION]},
        {"Exécution": [EXECUTION], "Feuil1": EXECUTED},
    ):
        parsed = parse(workbook(sheets))
        assert committed(parsed) == [("A1", 1, 1)]
        empty = next(name for name, rows in sheets.items() if len(rows) == 1)
        assert parsed.facts["notes"] == [
            f"Feuille « {empty} » non lue : elle a l'en-tête de la table « Exécution », et aucune ligne."
        ]


def test_a_sheet_that_has_only_some_of_the_columns_is_not_said_to_be_unrelated(parse: Any) -> None:
    parsed = parse(workbook({"Exécution": EXECUTED, "Par bénéficiaire": [EXECUTION[:2], ["A1", 5], ["A2", 5]]}))
    assert committed(parsed) == [("A1", 1, 1)]
    assert parsed.facts["notes"] == [
        "Feuille « Par bénéficiaire » non lue : elle a 2 en-têtes de la table « Exécution » et 2 lignes, mais il lui"
        " manque « CP payés cumulés (€) »."
    ]


def test_sheets_without_rows_of_a_table_are_only_named(parse: Any) -> None:
    others = {"Notes": [["À relire"]], "Exécution suite": [["Voir Chorus"]], "Exécution et calendrier": MORE}
    parsed = parse(workbook({"Exécution": EXECUTED, **others}))
    assert committed(parsed) == [("A1", 1, 1)]
    assert parsed.facts["notes"] == [
        "Feuilles non lues, sans en-tête du modèle : « Notes », « Exécution suite » et « Exécution et calendrier »."
    ]


def test_a_hidden_sheet_with_the_table_is_described(parse: Any) -> None:
    parsed = parse(workbook({"Exécution": EXECUTED, "Exécution (2)": [EXECUTION, *MORE]}, hidden=("Exécution (2)",)))
    assert committed(parsed) == [("A1", 1, 1)]
    assert parsed.facts["notes"] == [
        "La feuille masquée « Exécution (2) » a l'en-tête de la table « Exécution » et 2 lignes, qui ne comptent pas."
        " Pour qu'elle soit lue, l'afficher et renvoyer le classeur.",
    ]


def test_two_covers_are_asked_about(parse: Any) -> None:
    other = [["Code du ministère", "CUL"], ["Période", "2021-T3"]]
    for name in ("Page de garde", "Couverture (2)"):
        reason = parse(workbook({"Exécution": EXECUTED, name: other})).facts["reason"]
        assert reason.startswith(f"Couverture : 2 feuilles en sont une : « Couverture » (1re feuille) et « {name} »")


def test_the_other_tables_go_on_when_each_has_one_sheet(parse: Any) -> None:
    parsed = parse(workbook({"Exécution": EXECUTED, "Subventions": [AWARDS, award("A1")]}))
    assert parsed.facts["reason"] is None
    assert parsed.facts["notes"] == []


# -- a header once more among the rows


def test_a_repeated_header_is_said_once_and_not_counted(parse: Any) -> None:
    rows = [EXECUTION, ["A1", 1, 1, None], EXECUTION, ["A2", 2, 2, None], EXECUTION, ["A3", 3, 3, None]]
    for parsed, lines in (
        (parse(csv(*rows)), "6 et 8"),
        (parse(workbook({"Exécution": [[], *rows]})), "4 et 6"),
    ):
        assert [number for number, *_ in committed(parsed)] == ["A1", "A2", "A3"]
        assert parsed.rejects("execution") == []
        assert [n.removeprefix("Feuille « Exécution » : ") for n in parsed.facts["notes"]] == [
            f"l'en-tête est répété aux lignes {lines} ; ces lignes ne sont pas comptées, les suivantes sont lues."
        ]


def test_a_second_header_over_other_columns_sets_the_file_aside(parse: Any) -> None:
    for second in (
        [EXECUTION[0], EXECUTION[2], EXECUTION[1], EXECUTION[3]],
        [EXECUTION[0], "AE engagées cumulées (k€)", *EXECUTION[2:]],
    ):
        reason = parse(csv(EXECUTION, ["A1", 1, 1, None], second, ["A2", 1, 1, None])).facts["reason"]
        assert "la ligne 6 est un second en-tête, dont les colonnes ne sont pas celles du premier (ligne 4)" in reason


def test_a_second_table_under_a_title_of_its_own_is_asked_about(parse: Any) -> None:
    rows = [EXECUTION, ["A1", 1, 1, None], [], ["Subventions abandonnées"], EXECUTION, ["A2", 1, 1, None]]
    for sent in (csv(*rows), workbook({"Exécution": rows})):
        assert "un second tableau, « Subventions abandonnées », a le même en-tête" in parse(sent).facts["reason"]


def test_two_files_one_under_the_other_are_not_read_as_one(parse: Any) -> None:
    rows = [EXECUTION, ["A1", 1, 1, None]]
    sent = csv(*rows) + csv(*rows, cover=[["Code du ministère", "CUL"], ["Période", "2021-T2"]])
    assert "le fichier semble en contenir deux, l'un sous l'autre" in parse(sent).facts["reason"]


# -- columns that look like amounts


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Budget en coût complet (avec 3 ans de fonctionnement)", ["7", "< 5 M€"]), ("Montant total", ["7 M€", ""]),
        ("Dépense prévue", ["12,5", "en cadrage"]), ("Chiffrage (M€)", ["", "60,7"]), ("Estimation", ["7,5", "12"]),
        ("", ["7,5", "12"]),
    ],
)  # fmt: skip
def test_a_panorama_with_amounts_has_to_have_its_costs(parse: Any, header: str, cells: list[str]) -> None:
    rows = [["P1", "M", "Oui", cells[0]], ["P2", "M", "Oui", cells[1]]]
    said = f"« {header} »" if header else "D (sans en-tête)"
    reason = parse(csv([*PANORAMA, header], *rows, cover=[]), "panorama").facts["reason"]
    assert reason.endswith(
        f"la colonne « Coût estimé » manque, alors que la colonne {said} contient des montants. Donner cet en-tête à la"
        " colonne des coûts, retirer les autres colonnes de montants et renvoyer le fichier."
    )


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Année", ["2019", "2020"]), ("Effectif (ETP)", ["12", "7"]), ("Avancement", ["50", "70"]),
        ("Budget", ["", ""]),
        ("Remarque sur le coût", ["à préciser", "en cours"]), ("Depuis", ["2019", "2021"]),
    ],
)  # fmt: skip
def test_a_panorama_without_amounts_may_have_no_costs(parse: Any, header: str, cells: list[str]) -> None:
    rows = [["P1", "M", "Oui", cells[0]], ["P2", "M", "Oui", cells[1]]]
    parsed = parse(csv([*PANORAMA, header], *rows, cover=[]), "panorama")
    assert (parsed.facts["reason"], len(parsed.rows("panorama_projects"))) == (None, 2)


def test_other_amounts_beside_the_costs_are_only_named(parse: Any) -> None:
    sent = csv([*PANORAMA, "Coût estimé", "Budget 2022"], ["P1", "M", "Oui", "7", "3"], cover=[])
    parsed = parse(sent, "panorama")
    assert [r["planned_cost_eur"] for r in parsed.rows("panorama_projects")] == [Decimal(7_000_000)]
    assert ["hors modèle" in note for note in parsed.facts["notes"]] == [True]


def test_the_costs_of_september_2016_are_read(parse: Any, real_panorama: Path) -> None:
    parsed = parse(real_panorama / "2016-09-dashboard-table.csv", "panorama")
    assert parsed.facts["reason"] is None
    assert "planned_cost_eur" in parsed.facts["tables"]["panorama_projects"]["amounts"]
    assert parsed.facts["notes"] == []


def test_an_optional_amount_under_another_header_is_remarked(parse: Any) -> None:
    sent = workbook({"Subventions": [[*AWARDS, "Budget du projet"], award("A1", 2000)]})
    parsed = parse(sent)
    assert len(parsed.rows("awards")) == 1
    assert parsed.facts["notes"][1] == (
        "Feuille « Subventions » : la colonne « Budget du projet » contient des montants et n'est pas lue. Pour qu'un"
        " montant soit lu, lui donner l'en-tête du modèle (« Coût total du projet (€) ») et renvoyer le fichier."
    )


def test_a_required_amount_under_another_header_is_named(parse: Any) -> None:
    reason = parse(csv([*AWARDS[:-1], "Attribué"], award("A1"))).facts["reason"]
    assert "« Montant accordé (€) » manque" in reason and "Montants non lus : « Attribué »." in reason


def test_what_stands_under_no_header_is_said(parse: Any) -> None:
    rows = [[*EXECUTION, "", ""], ["A1", 1, 1, None, None, None], ["A2", 1, 1, None, None, "reçu"]]
    for parsed in (parse(workbook({"Exécution": rows})), parse(csv(*rows))):
        assert len(committed(parsed)) == 2
        [note] = parsed.facts["notes"]
        assert note.endswith("ligne 3.") or note.endswith("ligne 6.")
        assert "la colonne F n'a pas d'en-tête et n'est pas lue ; 1 ligne y a une valeur" in note
    assert parse(csv(*rows[:2])).facts["notes"] == []


# -- totals


def test_field_total_called_ensemble(field_case: Any) -> None:
    parsed = field_case("COT_2021-T3_execution-total-Ensemble.csv")
    assert committed(parsed) == [("COT-2021-0001", 1500, 1200), ("COT-2021-0002", 500, 100)]
    assert parsed.facts["notes"] == ["la ligne 7 (« Ensemble ») est une ligne de total ; elle n'est pas comptée."]


def test_field_award_whose_number_begins_with_total(field_case: Any) -> None:
    parsed = field_case("COT_2021-T3_execution-id-total.csv")
    assert committed(parsed) == [("TOTAL-2021-0001", 1500, 1200), ("COT-2021-0002", 500, 100)]
    assert parsed.facts["notes"] == []


@pytest.mark.parametrize(
    "label",
    [
        "Ensemble", "ENSEMBLE DU MINISTÈRE", "Cumul", "Cumul :", "Σ", "∑ AE", "Somme", "Total général", "TOTAUX",
        "Sous-total", "Sous total ITN1", "s/total", "S/Total ITN7", "ss-total", "ST", "S.T.", "Montant total",
        "Récapitulatif", "RÉCAP.", "Total :", "Grand total", "total", "Total 2021", "Total-général", "TOTAL-2021",
        "TOTAL (AE)", "**Total**", "= Total", "Toutes subventions", "Tous les projets", "Synthèse", "Coût total",
        "Total\u00a0ministère", "Tot.", "T O T A L", "Ens.",
    ],
)  # fmt: skip
def test_totals_by_any_name(execution: Any, label: str) -> None:
    parsed = execution("A1;1;1;", f"{label};1;1;contrôlé")
    assert committed(parsed) == [("A1", 1, 1)]
    assert [("est une ligne de total" in note) for note in parsed.facts["notes"]] == [True]


@pytest.mark.parametrize(
    "number",
    [
        "TOTAL-2021-003", "TOTALENERGIES-01", "Totem-1", "TOTAL_7", "ST-2021-01", "STE-1", "ENSEMBLE-2021-1",
        "SOMME-80", "ENS-2021-1", "ENS.2", "T-O-2021",
        "CUMUL-12", "S-T-4", "ENSEMBLIER-3", "MONTANTS-1", "SOCIETE-9", "TOTAL/2021/3", "TOUS-1", "Σ-12",
    ],
)  # fmt: skip
def test_an_identifier_is_no_total(execution: Any, number: str) -> None:
    parsed = execution("A1;1;1;", f"{number};1;1;")
    assert [row[0] for row in committed(parsed)] == ["A1", number.upper()]
    assert parsed.facts["notes"] == []


def test_a_row_with_other_required_texts_is_no_total(parse: Any) -> None:
    named = ["Ensemble", "ITN1", "Commune", "Projet", "2021-03-01", 1]
    parsed = parse(
        csv(AWARDS, award("A1"), named, ["", "", "", "Cumul emploi-retraite", "", 2], ["", "", "Total", "", "", 3])
    )
    assert [r["award_id"] for r in parsed.rows("awards")] == ["A1", "ENSEMBLE"]
    assert [n.split(" (")[1].split(")")[0] for n in parsed.facts["notes"]] == ["« Cumul emploi-retraite »", "« Total »"]


def test_more_totals_than_are_named_are_counted(execution: Any) -> None:
    notes = execution("A1;1;1;", *["Total;1;1;"] * 23).facts["notes"]
    assert len(notes) == 21
    assert notes[-1] == ("23 lignes de total en tout, dont les vingt premières sont nommées ; aucune n'est comptée.")


def test_amounts_without_any_label_are_rejected_for_their_number(execution: Any) -> None:
    parsed = execution("A1;1;1;", ";1;1;")
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [(6, "required")]


def test_a_text_saved_as_a_workbook_has_its_cover_above_its_table(parse: Any) -> None:
    book = openpyxl.Workbook()
    for row in (
        ("Code du ministère", "COT"), ("Période", "2021-T2"), (),
        ("N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)"), ("A1", 2, 1),
    ):  # fmt: skip
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    parsed = parse(stream.getvalue())
    assert (parsed.facts["facts"]["ministry_code"], parsed.facts["facts"]["period"]) == ("COT", "2021-T2")
    assert [row["award_id"] for row in parsed.rows("execution")] == ["A1"]


@pytest.mark.parametrize("header", ["AE engagées (m€)", "AE engagées m€"])
def test_a_small_m_is_not_guessed(parse: Any, header: str) -> None:
    parsed = parse(f"Code du ministère;COT\nPériode;2021-T2\n\nN° de subvention;{header};CP payés (€)\nA1;1;1\n")
    assert parsed.facts["outcome"] == "set_aside"
    assert "m€" in parsed.facts["reason"]

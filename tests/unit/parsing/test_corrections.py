"""A wrong optional cell leaves the row its money; what cannot be is refused in the row, and ends nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from relance.parsing import parse_object, parse_received
from tests.conftest import PROJECT
from tests.unit.parsing.conftest import COVER, Parse, Parsed
from tests.unit.parsing.test_dossier import document

NIGHTS = PROJECT.parent / "shared" / "data" / "field-cases" / "nights"
AWARDS = (
    "N° de subvention;Ligne du fonds;Axe (ITN7);Bénéficiaire;SIRET du bénéficiaire;Intitulé du projet"
    ";Date de décision;Coût total du projet (€);Montant accordé (€)\n"
)
FIELDS = ("award_id", "line", "axis", "beneficiary", "siret", "project", "awarded_on", "cost", "awarded")
USUAL = {"line": "ITN1", "beneficiary": "B", "project": "P", "awarded_on": "2021-02-01", "cost": "100", "awarded": "60"}


def award(number: int, **cells: str) -> str:
    row = {"award_id": f"A{number}", **USUAL, **cells}
    return ";".join(row.get(name, "") for name in FIELDS) + "\n"


@pytest.fixture
def awards(parse: Parse) -> Callable[..., Parsed]:
    """Parse awards, each given by its cells that are not usual; the first stands on line 5."""
    return lambda *rows: parse(COVER + AWARDS + "".join(award(n, **cells) for n, cells in enumerate(rows, 1)))


def corrected(parsed: Parsed) -> list[tuple[Any, ...]]:
    names = ("row_number", "value_sent", "value_read", "rule")
    return [tuple(one[name] for name in names) for one in parsed.corrections("awards")]


def broken(parsed: Parsed, table: str = "awards") -> list[tuple[Any, ...]]:
    return [(one["row_number"], one["column_name"], one["rule"]) for one in parsed.rejects(table)]


# -- SIRET


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("22040000000017.0", "22040000000017"),
        ("22040000000017,00", "22040000000017"),
        ("5450001200015", "05450001200015"),  # its leading zero was lost
        ("5450001200015.0", "05450001200015"),
    ],
)
def test_a_siret_that_lost_its_form_is_repaired(awards: Any, sent: str, read: str) -> None:
    parsed = awards({"siret": sent})
    assert [row["beneficiary_siret"] for row in parsed.rows("awards")] == [read]
    assert corrected(parsed) == [(5, sent, read, "siret-repaired")]
    assert parsed.corrections("awards")[0]["sentence"].startswith(
        f"Ligne 5, colonne « SIRET du bénéficiaire » : « {sent} » est lu {read} : "
    )


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ("110002011", "siren"),
        ("110 002 011", "siren"),
        ("110002012", "siret-length"),  # its key is wrong
        ("0 123 456.001", "ridet"),
        ("1234567001", "ridet"),
        ("A12345", "tahiti"),
        ("123456-001", "tahiti"),
        ("9900017700017", "siret-length"),  # with a zero before it its key is wrong
        ("22040000000017.5", "pattern"),
        ("2204000000001X", "siret-letters"),
        ("en cours", "siret-letters"),
    ],
)
def test_another_number_in_a_siret_s_place_is_named_and_the_cell_read_as_empty(
    awards: Any, sent: str, rule: str
) -> None:
    parsed = awards({"siret": sent}, {"siret": "90000041000012"})
    # Fourteen digits are accepted whatever their key.
    rows = [(row["beneficiary_siret"], row["awarded_eur"]) for row in parsed.rows("awards")]
    assert rows == [(None, Decimal(60)), ("90000041000012", Decimal(60))]
    assert corrected(parsed) == [(5, sent, None, rule)]
    assert parsed.rejects("awards") == []
    assert parsed.facts["tables"]["awards"]["cells_corrected"] == 1


# -- what costs the row nothing, and what does


def test_only_the_rows_that_nothing_else_is_wrong_in_keep_their_money(awards: Any) -> None:
    parsed = awards(
        {"siret": "x"},
        {"siret": "x", "awarded": "vingt"},  # an amount
        {"siret": "x", "award_id": "A1"},  # a key
        {"siret": "x", "line": "ITN9"},  # a required value
        {"cost": "cher"},  # an optional amount
        {"line": "ITN7", "axis": "4"},
    )
    assert [row["award_id"] for row in parsed.rows("awards")] == ["A1", "A6"]
    assert corrected(parsed) == [(5, "x", None, "siret-letters"), (10, "4", None, "enum")]
    assert broken(parsed) == [
        (6, "SIRET du bénéficiaire", "pattern"), (6, "Montant accordé (€)", "amount"),
        (7, "N° de subvention", "unique"), (7, "SIRET du bénéficiaire", "pattern"),
        (8, "Ligne du fonds", "enum"), (8, "SIRET du bénéficiaire", "pattern"),
        (9, "Coût total du projet (€)", "amount"),
    ]  # fmt: skip


def test_optional_dates_numbers_and_words_are_read_as_empty(parse: Parse) -> None:
    parsed = parse(
        COVER + "Nom du projet;Phase;Date de début;Coût initial (€);Coût actuel (€);Durée initiale (mois)"
        ";Durée actuelle (mois);Avis du directeur de la DINUM;Date de l'avis;Durée de la nouvelle trajectoire (mois)\n"
        "P;Conception;2019-01-01;1;2;3;4;peut-être;31/02/2021;1000\n"
        "P2;Conception;hier;1;2;3;4;;;\n"
    )
    [row] = parsed.rows("project_follow_up")
    assert (row["has_dinum_opinion"], row["opinion_on"], row["rebaselined_duration_months"]) == (None, None, None)
    assert [(c["value_sent"], c["rule"]) for c in parsed.corrections("project_follow_up")] == [
        ("peut-être", "boolean"), ("31/02/2021", "date"), ("1000", "maximum"),
    ]  # fmt: skip
    assert broken(parsed, "project_follow_up") == [(6, "Date de début", "date")]


def test_a_wrong_address_or_date_on_the_cover_leaves_its_totals(parse: Parse) -> None:
    cover = "Code du ministère;COT\nPériode;2021-T2\nCourriel du contact;voir annuaire\nDate d'établissement;hier\n"
    parsed = parse(cover + "Total accordé déclaré (€);60\n\n" + AWARDS + award(1))
    [row] = parsed.rows("cover")
    assert (row["contact_email"], row["established_on"], row["declared_awarded_eur"]) == (None, None, Decimal(60))
    assert [(c["row_number"], c["rule"]) for c in parsed.corrections("cover")] == [(3, "pattern"), (4, "date")]
    assert parsed.facts["facts"]["contact_email"] is None


def test_rows_in_parts_keep_their_order_and_their_corrections(awards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relance.parsing.table_parse.PART_ROWS", 4)
    parsed = awards(*({"siret": "x" if n % 3 == 0 else "", "awarded": str(n)} for n in range(1, 12)))
    assert [(row["row_number"], row["awarded_eur"]) for row in parsed.rows("awards")] == [
        (n + 4, Decimal(n)) for n in range(1, 12)
    ]
    assert [row for row, *_ in corrected(parsed)] == [7, 10, 13]


# -- texts


@pytest.mark.parametrize(
    ("sent", "read"),
    [("CollectivitÃ©", "Collectivité"), ("Commune dâ€™Ã‰pinal", "Commune d’Épinal"), ("BÃƒÂ©ziers", "Béziers")],
)
def test_a_text_read_twice_is_repaired(awards: Any, sent: str, read: str) -> None:
    parsed = awards({"beneficiary": sent})
    assert [row["beneficiary_name"] for row in parsed.rows("awards")] == [read]
    assert corrected(parsed) == [(5, sent, read, "reread")]
    assert parsed.facts["notes"] == []


@pytest.mark.parametrize("sent", ["Collectivité de CollectivitÃ©", "B√©ziers", "VoilÃ"])
def test_a_text_that_no_round_trip_proves_stays_as_sent(awards: Any, sent: str) -> None:
    parsed = awards({"beneficiary": sent})
    assert [row["beneficiary_name"] for row in parsed.rows("awards")] == [sent]
    assert corrected(parsed) == []


# -- what cannot be


def test_negative_cumulated_amounts_are_refused(execution: Callable[..., Parsed]) -> None:
    parsed = execution("A1;-0,01;1;", "A2;1;-4 000 000;", "A3;0;0;")
    assert [row["award_id"] for row in parsed.rows("execution")] == ["A3"]
    assert [one["rule"] for one in parsed.rejects("execution")] == ["minimum", "minimum"]
    assert parsed.facts["tables"]["execution"]["amounts"]["paid_eur"]["rejected_eur"] == "-3999999.00"


@pytest.mark.parametrize("sent", ["10 000 000 000,01", "100000000000000", "1" + "0" * 16, "1" + "0" * 30])
def test_an_amount_beyond_any_project_rejects_its_row_and_counts_nowhere(awards: Any, sent: str) -> None:
    parsed = awards({"cost": sent}, {"cost": "10 000 000 000"})
    assert [row["award_id"] for row in parsed.rows("awards")] == ["A2"]
    amounts = parsed.facts["tables"]["awards"]["amounts"]["project_cost_eur"]
    assert (amounts["in_eur"], amounts["rejected_eur"]) == ("10000000000.00", "0.00")
    assert parsed.rejected_amounts("awards") == [(5, "A1", "ITN1", "awarded_eur", Decimal("60.00"))]


def test_amounts_that_are_together_more_than_any_budget_set_the_file_aside(awards: Any) -> None:
    assert awards(*[{"cost": "10 000 000 000"}] * 1000).file.reason is None
    reason = awards(*[{"cost": "10 000 000 000"}] * 1001).file.reason
    assert (
        "« Coût total du projet (€) » : ses montants font ensemble 10\u202f010\u202f000\u202f000\u202f000 €" in reason
    )


def test_a_dossier_that_asks_for_more_than_the_plan_had_is_refused(parse: Parse) -> None:
    parsed = parse(document({"Montant demandé (€)": {"decimal": "1000000000.01"}}), kind="application")
    assert broken(parsed, "applications") == [(1, "Montant demandé (€)", "maximum")]


def test_an_axis_goes_with_itn7_alone(awards: Any) -> None:
    parsed = awards({"line": "ITN1", "axis": "1"}, {"line": "ITN7", "axis": "1"}, {"line": "ITN8A", "axis": "3"})
    assert [row["award_id"] for row in parsed.rows("awards")] == ["A2"]
    assert broken(parsed) == [(5, "Axe (ITN7)", "only-with"), (7, "Axe (ITN7)", "only-with")]
    assert parsed.rejects("awards")[0]["sentence"] == (
        "Ligne 5, colonne « Axe (ITN7) » : « 1 » n'a de sens qu'avec ITN7 dans la colonne « Ligne du fonds »."
        " Laisser la cellule vide, ou corriger l'autre."
    )


def test_nothing_was_decided_before_the_fund(awards: Any) -> None:
    parsed = awards({"awarded_on": "30/09/2020"}, {"awarded_on": "01/10/2020"})
    assert broken(parsed) == [(5, "Date de décision", "minimum")]


def test_nothing_is_decided_after_the_reception(tmp_path: Path) -> None:
    content = COVER + AWARDS + award(1, awarded_on="04/10/2021") + award(2, awarded_on="05/10/2021")
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    source = tmp_path / "object"
    source.write_text(content)

    def received(day: int) -> Parsed:
        return Parsed(parse_received(source, sha256, "submission", tmp_path / "parsed", dt.date(2021, 10, day)))

    assert received(5).facts["latest_day"] == "2021-10-05"
    assert [row["award_id"] for row in received(5).rows("awards")] == ["A1", "A2"]
    early = received(4)
    assert [row["award_id"] for row in early.rows("awards")] == ["A1"]
    assert [one["sentence"] for one in early.rejects("awards")] == [
        "Ligne 6, colonne « Date de décision » : « 05/10/2021 » est après le jour de la réception du fichier"
        " (04/10/2021). Attendu : une date passée. Corriger."
    ]
    # Each has a place of its own, and is not made again.
    assert (early.file.directory.name, received(5).file.directory.name) == (f"{sha256}.2021-10-04", sha256)
    assert received(4).file.directory == early.file.directory
    assert parse_object(source, sha256, "submission", tmp_path / "parsed").directory == received(5).file.directory


NIGHT_CASES = {
    "axis-on-another-line/CUL_2021-T3.xlsx": ("awards", "only-with"),
    "huge-amount/CUL_2021-T3.xlsx": ("awards", "maximum"),
    "negative-execution/SPM_2021-T3_paid-negative.xlsx": ("execution", "minimum"),
    "one-requested-1e14/one-requested-1e14-dossier-6000004.json": ("applications", "maximum"),
}


@pytest.mark.parametrize("name", NIGHT_CASES)
def test_the_field_s_nights_are_refused_in_the_row(parse: Parse, name: str) -> None:
    if not NIGHTS.is_dir():
        pytest.skip("the field cases (../shared/data/field-cases) are not beside this checkout")
    table, rule = NIGHT_CASES[name]
    parsed = parse(NIGHTS / name, kind="application" if name.endswith("json") else "submission")
    assert [one["rule"] for one in parsed.rejects(table)] == [rule]
    assert parsed.rows(table) == []

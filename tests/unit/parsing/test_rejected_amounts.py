"""What each rejected row took with it: its amounts, as far as they could be read, with the award and line it states."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tests.unit.parsing.conftest import COVER, Parse, Parsed
from tests.unit.parsing.test_dossier import document

AWARDS = (
    "N° de subvention;Ligne du fonds;Bénéficiaire;Intitulé du projet;Date de décision;Coût total du projet (€)"
    ";Montant accordé (€)\n"
)


def test_each_readable_amount_of_a_rejected_row_is_kept_with_its_award_and_line(parse: Parse) -> None:
    parsed = parse(
        COVER
        + AWARDS
        + "COT-1;ITN1;A;P;2021-02-01;100;60,25\n"
        + "cot-2;ITN1;A;P;demain;1 000,50;600\n"  # a date that is none
        + "COT-3;ITN99;A;P;2021-02-01;;50\n"  # a line that is none
        + ";ITN2;A;P;2021-02-01;70;vingt\n"  # neither an award nor an amount
    )
    assert parsed.rejected_amounts("awards") == [
        (6, "COT-2", "ITN1", "project_cost_eur", Decimal("1000.50")),
        (6, "COT-2", "ITN1", "awarded_eur", Decimal("600.00")),
        (7, "COT-3", None, "awarded_eur", Decimal("50.00")),
        (8, None, "ITN2", "project_cost_eur", Decimal("70.00")),
    ]
    amounts = parsed.facts["tables"]["awards"]["amounts"]
    assert (amounts["project_cost_eur"]["rejected_eur"], amounts["awarded_eur"]["rejected_eur"]) == (
        "1070.50",
        "650.00",
    )


def test_a_repeated_award_keeps_its_amounts_rounded_to_the_cent(execution: Callable[..., Parsed]) -> None:
    parsed = execution("A1;1;2;", "A2;3;4;", "a 1;5,0049;6;")
    assert parsed.rejected_amounts("execution") == [
        (7, "A1", None, "committed_eur", Decimal("5.00")),
        (7, "A1", None, "paid_eur", Decimal("6.00")),
    ]


def test_no_file_where_no_row_is_rejected(execution: Callable[..., Parsed]) -> None:
    parsed = execution("A1;1;2;")
    assert not parsed.file.rejected_amounts_path("execution").exists()


def test_those_of_a_dossier_are_its_own(parse: Parse) -> None:
    parsed = parse(document(state="brouillon"), kind="application")
    assert (1, None, "ITN7", "requested_eur", Decimal("1234567.10")) in parsed.rejected_amounts("applications")

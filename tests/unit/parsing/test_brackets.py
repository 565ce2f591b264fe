"""A bracket in the place of a cost is kept as a bracket; it is no amount, and no fault of the row."""

from __future__ import annotations

from decimal import Decimal

import pytest

HEADER = "Projet;Ministère porteur;Projet interministériel;Coût complet estimé"
OWN_COLUMN = f"{HEADER};Coût estimé par tranche"


def _costs(parse, header: str, *lines: str):  # type: ignore[no-untyped-def]
    text = "".join(f"{line}\n" for line in (header, *lines))
    parsed = parse(text, "panorama")
    rows = parsed.rows("panorama_projects")
    rejected = [(reject["value"], reject["rule"]) for reject in parsed.rejects("panorama_projects")]
    return [(row["planned_cost_eur"], row["cost_bracket"]) for row in rows], rejected


@pytest.mark.parametrize(
    "cell",
    [
        "< 5 M€", "> 100 M€", "entre 9 et 20 M€", "entre 20 et 100 M€", "≤ 5 M€", ">= 100 M€", "<5M€",
        "moins de 5 M€", "plus de 100 M€", "Supérieur à 100 M€", "inférieur ou égal à 5 millions d’euros",
        "de 9 à 20 M€", "Entre 9 M€ et 20 M€", "9-20 M€", "9 à 20 M€", "< 500 k€", "entre 4,5 et 9,5 M€", "< 5",
        "entre\u00a09\u202fet 20\u00a0M€",
    ],
)  # fmt: skip
def test_a_bracket_is_no_amount_and_no_reject(parse, cell: str) -> None:  # type: ignore[no-untyped-def]
    assert _costs(parse, HEADER, f"A;Ministère de la Culture;Oui;{cell}", "B;Ministère de la Culture;Non;12,5") == (
        [(None, cell), (Decimal("12500000.00"), None)],
        [],
    )


@pytest.mark.parametrize("cell", ["5 - 9", "environ 9 M€", "< cinq M€", "9 M€ ?", "entre 9 M€", "< 5 $", "cf. note"])
def test_what_is_neither_amount_nor_bracket_is_rejected(parse, cell: str) -> None:  # type: ignore[no-untyped-def]
    assert _costs(parse, HEADER, f"A;Ministère de la Culture;Oui;{cell}") == ([], [(cell, "amount")])


def test_a_bracket_column_of_its_own_must_say_the_same(parse) -> None:  # type: ignore[no-untyped-def]
    costs, rejected = _costs(
        parse,
        OWN_COLUMN,
        "A;Ministère de la Culture;Oui;< 5 M€;<  5 m€",
        "B;Ministère de la Culture;Oui;< 5 M€;",
        "C;Ministère de la Culture;Oui;3,2;< 5 M€",
        "D;Ministère de la Culture;Oui;< 5 M€;> 100 M€",
        "E;Ministère de la Culture;Oui;En cadrage;En cadrage",
    )
    assert costs == [(None, "<  5 m€"), (None, "< 5 M€"), (Decimal("3200000.00"), "< 5 M€"), (None, "En cadrage")]
    assert rejected == [("< 5 M€", "amount")]


def test_an_amount_of_a_submission_is_never_a_bracket(execution) -> None:  # type: ignore[no-untyped-def]
    parsed = execution("COT-1;< 5 M€;0;")
    assert [reject["rule"] for reject in parsed.rejects("execution")] == ["amount"]

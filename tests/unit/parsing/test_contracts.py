"""What a contract can ask: each word of the standard is applied to the values, and what is not applied is refused."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import frictionless
import pytest
from openpyxl import Workbook

from relance.errors import RelanceError
from relance.parsing import contract_from, load_contracts
from relance.parsing.contract import CONTRACTS_DIR, linked
from relance.parsing.layout import match_header, table_defect
from relance.parsing.text_table import NumberedRow
from tests.unit.parsing.test_values import check

PATHS = sorted(CONTRACTS_DIR.glob("*.json"))
ID = {"name": "id", "title": "Id", "type": "string"}
RELANCE = {"kind": "essai", "table": "essai"}


def descriptor(*fields: dict[str, Any], **table: Any) -> dict[str, Any]:
    return {"name": "essai", "title": "Essai", "fields": [ID, *fields], "relance": RELANCE, **table}


# -- words of the standard


@pytest.mark.parametrize(
    ("signs", "cases"),
    [
        (
            {"decimalChar": ",", "groupChar": " "},
            {"1 234,56": "1234.56", "1234.56": "1234.56", "1,234": "ambiguous"},
        ),
        (
            {"decimalChar": ".", "groupChar": ","},
            {"1,234.56": "1234.56", "1,234": "1234", "1234,5": "amount", "1 234.50 €": "1234.50", "12.345": "12.35"},
        ),
        (
            {"decimalChar": ",", "groupChar": "."},
            {"1.234,56": "1234.56", "1.234": "1234", "1234.5": "amount", "-2.000": "-2000"},
        ),
        (
            {"decimalChar": ".", "groupChar": "'"},
            {"1'234.56": "1234.56", "1'234": "1234", "12'34": "amount", "1234,56": "amount", "(1'200)": "-1200"},
        ),
    ],
    ids=["usual", "English", "German", "Swiss"],
)
def test_amounts_are_read_by_the_signs_of_the_contract(
    tmp_path: Path, signs: dict[str, str], cases: dict[str, str]
) -> None:
    expected = {text: Decimal(value) if value[-1].isdigit() else value for text, value in cases.items()}
    check(tmp_path, {"type": "number", "relance": {"unit": "€"}, **signs}, expected)


def test_a_sentence_gives_its_example_in_the_signs_of_the_contract(parse_essai: Any) -> None:
    field = {"name": "x", "title": "X", "type": "number", "decimalChar": ".", "groupChar": "'"}
    rejects = parse_essai(descriptor({**field, "relance": {"unit": "€"}}), ["a;b"])
    assert "par exemple 1'234.56" in rejects[0]["sentence"]


def test_dates_are_read_by_the_format_of_the_contract(tmp_path: Path) -> None:
    day = datetime.date
    check(
        tmp_path,
        {"type": "date", "format": "%m/%d/%Y"},
        {"03/04/2021": day(2021, 3, 4), "13/04/2021": "date", "2021-04-13": day(2021, 4, 13), "juin 2021": "date"},
    )
    usual = {"03/04/2021": day(2021, 4, 3), "2021-04-13": day(2021, 4, 13)}
    check(tmp_path, {"type": "date", "format": "default"}, usual)
    check(tmp_path, {"type": "date", "format": "any"}, usual)


def test_a_sentence_names_the_date_format_of_the_contract(parse_essai: Any) -> None:
    field = {"name": "x", "title": "X", "type": "date", "format": "%Y.%m.%d"}
    assert "Attendu : une date aaaa.mm.jj. " in parse_essai(descriptor(field), ["a;b"])[0]["sentence"]


def test_missing_values_of_a_field_replace_those_of_the_table(parse_essai: Any) -> None:
    x, y = ({"name": n, "title": n.upper(), "type": "number"} for n in "xy")
    raw = descriptor(x, {**y, "missingValues": ["", "s.o."]}, missingValues=["", "NA"])
    rejects = parse_essai(raw, ["a;na;S.O.", "b;;", "c;s.o.;NA"])
    assert [(r["row_number"], r["column_name"], r["rule"]) for r in rejects] == [(4, "X", "number"), (4, "Y", "number")]


def test_required_unique_and_lengths(parse_essai: Any) -> None:
    constraints = {"required": True, "unique": True, "minLength": 2, "maxLength": 3}
    raw = descriptor({"name": "x", "title": "X", "type": "string", "constraints": constraints})
    rejects = parse_essai(raw, ["a;é1", "b;", "c;z", "d;wxyz", "e;é1"])
    assert [(r["row_number"], r["rule"]) for r in rejects] == [
        (3, "required"), (4, "min-length"), (5, "max-length"), (6, "unique"),
    ]  # fmt: skip
    assert [r["sentence"] for r in rejects[1:3]] == [
        "Ligne 4, colonne « X » : « z » compte moins de 2 caractères. Compléter.",
        "Ligne 5, colonne « X » : « wxyz » compte plus de 3 caractères. Abréger.",
    ]


def test_enumerations_of_every_type(tmp_path: Path) -> None:
    check(
        tmp_path, {"type": "integer", "constraints": {"enum": [1, 2]}}, {"2": 2, "2,0": 2, "3": "enum", "x": "integer"}
    )
    check(
        tmp_path,
        {"type": "number", "constraints": {"enum": [1.5]}},
        {"1,5": Decimal("1.50"), "1,4": "enum", "": None},
    )
    dates = {"type": "date", "constraints": {"enum": ["2021-03-31"]}}
    check(tmp_path, dates, {"31/03/2021": datetime.date(2021, 3, 31), "30/03/2021": "enum"})
    spaced = {"type": "string", "constraints": {"enum": ["75", "2A"]}, "relance": {"key": "identifier"}}
    check(tmp_path, spaced, {"7 5": "75", "2a": "2A", "76": "enum"})


def test_a_pattern_is_that_of_the_whole_text(tmp_path: Path) -> None:
    field = {"type": "string", "constraints": {"pattern": r"\d{3}|[A-Z]{2}"}}
    check(tmp_path, field, {"123": "123", "AB": "AB", "1234": "pattern", "xAB": "pattern"})


def test_bounds_of_every_type(tmp_path: Path) -> None:
    bounds = {"minimum": 1, "maximum": 2}
    check(tmp_path, {"type": "integer", "constraints": bounds}, {"1": 1, "0": "minimum", "2": 2, "3": "maximum"})
    check(
        tmp_path,
        {"type": "number", "constraints": {"minimum": -0.5, "maximum": 1.25}},
        {"-0,5": Decimal("-0.50"), "-0,51": "minimum", "1,25": Decimal("1.25"), "1,26": "maximum"},
    )
    dates = {"type": "date", "constraints": {"minimum": "2021-01-01", "maximum": "2021-12-31"}}
    check(tmp_path, dates, {"31/12/2020": "minimum", "01/01/2021": datetime.date(2021, 1, 1), "2022-01-01": "maximum"})


def test_a_bound_of_an_amount_is_in_the_unit_of_the_contract(tmp_path: Path) -> None:
    field = {"type": "number", "relance": {"unit": "k€"}, "constraints": {"minimum": 1, "maximum": 9.5}}
    cases = {"1": "1000.00", "0,99999": "minimum", "9,5": "9500.00", "9,50001": "maximum", "900 €": "minimum"}
    check(tmp_path, field, {t: v if v[0] == "m" else Decimal(v) for t, v in cases.items()})
    check(tmp_path, field, {"0,001": Decimal("1000.00"), "0,0095": Decimal("9500.00")}, header="X (M€)")


@pytest.mark.parametrize(
    ("unit", "header", "cents"),
    [
        ("€", "X", 1234567), ("k€", "X", 1234567000), ("M€", "X", 1234567000000),
        ("€", "X (k€)", 1234567000), ("€", "X en M€", 1234567000000), ("M€", "X (€)", 1234567),
    ],
)  # fmt: skip
def test_units_to_the_cent(tmp_path: Path, unit: str, header: str, cents: int) -> None:
    check(
        tmp_path,
        {"type": "number", "relance": {"unit": unit}},
        {"12 345,67": Decimal(cents).scaleb(-2), "12345.67": Decimal(cents).scaleb(-2)},
        header=header,
    )


# -- keys


def test_a_repeated_key_of_several_columns_rejects_the_later_rows(parse_essai: Any) -> None:
    quarter = {"name": "quarter", "title": "Trimestre", "type": "integer"}
    raw = descriptor(quarter, primaryKey=["id", "quarter"])
    rejects = parse_essai(raw, ["A;1", "A;2", "B;1", "A;1", "A;1", "B;"])
    assert [(r["row_number"], r["column_name"], r["rule"], r["value"]) for r in rejects] == [
        (5, "Id", "primary-key", "A ; 1"), (6, "Id", "primary-key", "A ; 1"), (7, "Trimestre", "required", None),
    ]  # fmt: skip
    assert rejects[0]["sentence"] == (
        "Ligne 5, colonne « Id » : « A ; 1 » figure déjà à la ligne 2. Les colonnes « Id » et « Trimestre » doivent "
        "former ensemble une valeur différente à chaque ligne : supprimer la ligne en double ou corriger."
    )


def test_a_key_of_one_column_is_required_and_unique(parse_essai: Any) -> None:
    raw = descriptor({"name": "x", "title": "X", "type": "string"}, primaryKey="id")
    rejects = parse_essai(raw, ["A;1", ";2", "A;3"])
    assert [(r["row_number"], r["rule"]) for r in rejects] == [(3, "required"), (4, "unique")]


def test_a_table_may_refer_to_itself(parse_essai: Any) -> None:
    parent = {"name": "parent", "title": "Parent", "type": "string"}
    key = {"fields": "parent", "reference": {"resource": "", "fields": "id"}}
    rejects = parse_essai(descriptor(parent, primaryKey="id", foreignKeys=[key]), ["A;", "B;A", "C;D"])
    assert [(r["row_number"], r["rule"], r["value"]) for r in rejects] == [(4, "foreign-key", "D")]


AWARDS = [
    "N° de subvention",
    "Ligne du fonds",
    "Bénéficiaire",
    "Intitulé du projet",
    "Date de décision",
    "Montant accordé (€)",
]
EXECUTION = ["N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)"]


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    book, content = Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    cover = [["Code du ministère", "ECO"], ["Période", "2021-T2"]]
    for name, rows in (("Couverture", cover), *sheets):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(content)
    return content.getvalue()


def award(number: Any, amount: Any = 100) -> list[Any]:
    return [number, "ITN1", "Commune", "Projet", datetime.date(2021, 3, 1), amount]


def test_an_execution_row_needs_its_award_in_the_same_workbook(parse: Any) -> None:
    execution = [EXECUTION, ["A1", 10, 5], ["A2", 20, 5], ["A9", 30, 5], [None, 1, 1], ["A9", 40, 5]]
    # A2 is rejected for its amount: its execution is not said to be without an award on top of that.
    awards = [AWARDS, award("A1"), award("A2", "x")]
    parsed = parse(workbook(("Exécution", execution), ("Subventions", awards)))
    assert [(r["row_number"], r["rule"], r["value"]) for r in parsed.rejects("execution")] == [
        (4, "foreign-key", "A9"), (5, "required", None), (6, "foreign-key", "A9"), (6, "unique", "A9"),
    ]  # fmt: skip
    assert parsed.rejects("execution")[0]["sentence"] == (
        "Feuille « Exécution », ligne 4, colonne « N° de subvention » : « A9 » ne figure à aucune ligne de la table "
        "« Subventions » de ce fichier. Corriger la valeur, ou ajouter la ligne qui manque dans « Subventions »."
    )
    entry = parsed.facts["tables"]["execution"]
    assert (entry["rows_in"], entry["rows_accepted"], entry["rows_rejected"]) == (5, 2, 3)
    assert entry["amounts"]["committed_eur"] == {
        "in_eur": "101.00", "accepted_eur": "30.00", "rejected_eur": "71.00", "rounding_eur": "0.00",
    }  # fmt: skip


def test_without_the_other_table_nothing_is_said_of_its_keys(parse: Any, execution: Callable[..., Any]) -> None:
    assert parse(workbook(("Exécution", [EXECUTION, ["A9", 30, 5]]))).rejects("execution") == []
    assert execution("A9;1;1;").rejects("execution") == []


# -- vintages


def test_a_column_of_one_vintage_is_required_of_that_vintage_only() -> None:
    (contract,) = load_contracts("panorama")
    dashboard = ["Projet", "Ministère porteur", "Projet inter-ministériel", "Coût complet estimé"]
    assert table_defect(match_header(NumberedRow(1, tuple(dashboard)), contract)) is None
    open_data = [*dashboard, "Ministère nom complet", "Date de publication"]
    assert table_defect(match_header(NumberedRow(1, tuple(open_data)), contract)) is None
    defect = table_defect(match_header(NumberedRow(1, tuple(open_data[:-1])), contract)) or ""
    assert "la colonne obligatoire « Date de publication » manque" in defect


def test_withheld_figures_are_told_by_their_sentence(parse: Any) -> None:
    header = "Projet,Ministère porteur,Projet inter-ministériel,Phase du projet en cours,Coût complet estimé\n"
    rows = "A,M,Non,Cadrage,1\nB,M,Non,Les chiffres ne sont volontairement pas publiés,\n"
    parsed = parse(header + rows, "panorama").rows("panorama_projects")
    assert [(r["project_name"], r["is_withheld"]) for r in parsed] == [("A", False), ("B", True)]


# -- what is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"constraint": {}}, "property 'constraint' not known"),
        ({"constraints": {"requierd": True}}, "constraint of a string 'requierd' not known"),
        ({"constraints": {"minimum": 0}}, "constraint of a string 'minimum' not known"),
        ({"constraints": {"pattern": "("}}, "does not compile"),
        ({"type": "number", "constraints": {"pattern": "x"}}, "constraint of a number 'pattern' not known"),
        ({"type": "number", "constraints": {"minimum": "zéro"}}, "minimum 'zéro' is no number"),
        ({"type": "date", "constraints": {"maximum": "31/12/2021"}}, "maximum '31/12/2021' is no date"),
        ({"type": "number", "constraints": {"maximum": 10**16}}, "more than the column holds"),
        ({"type": "number", "constraints": {"maximum": 10**10}, "relance": {"unit": "M€"}}, "more than the column"),
        ({"type": "integer", "constraints": {"enum": [1, "deux"]}}, "enum 'deux' is no integer"),
        ({"type": "date", "format": "%d/%m"}, "date format '%d/%m'"),
        ({"type": "number", "decimalChar": ".", "groupChar": "0"}, "expected two signs"),
        ({"type": "date", "format": "%d %B"}, "date format '%d %B'"),
        ({"type": "number", "decimalChar": " ", "groupChar": " "}, "expected two signs"),
        ({"type": "number", "bareNumber": False}, "'bareNumber' not known"),
        ({"type": "geopoint"}, "type 'geopoint'"),
        ({"format": "email"}, "'format' not known"),
        ({"missingValues": ["NA"]}, "without the empty text"),
        ({"relance": {"units": "€"}}, "property of `relance` 'units' not known"),
        ({"relance": {"only_in": "2018"}}, "vintage '2018' not known"),
        ({"relance": {"required_with_amounts": True}}, "it is no amount"),
    ],
)
def test_what_is_not_applied_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RelanceError) as refused:
        contract_from(descriptor({"name": "x", "title": "X", "type": "string", **change}))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"uniqueKeys": [["id"]]}, "property 'uniqueKeys' not known"),
        ({"primaryKey": ["nr"]}, "primary key 'nr' not known"),
        ({"missingValues": ["-"]}, "without the empty text"),
        ({"relance": {**RELANCE, "sheet": "X"}}, "property of `relance` 'sheet' not known"),
        ({"foreignKeys": [{"fields": "nr", "reference": {"resource": "", "fields": "id"}}]}, "foreign key 'nr'"),
        ({"foreignKeys": [{"fields": "id", "reference": {"resource": "b", "fields": "id"}}]}, "refers to b.id"),
        ({"foreignKeys": [{"fields": "id", "reference": {"resource": "", "fields": "id"}}]}, "refers to essai.id"),
    ],
)
def test_keys_that_lead_nowhere_are_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(RelanceError) as refused:
        linked([contract_from(descriptor(**table))])
    assert said in str(refused.value)


def test_a_key_that_refers_to_another_type_is_refused() -> None:
    number = {"name": "nr", "title": "Nr", "type": "integer"}
    key = {"fields": "nr", "reference": {"resource": "", "fields": "id"}}
    with pytest.raises(RelanceError, match="of the same types"):
        linked([contract_from(descriptor(number, primaryKey="id", foreignKeys=[key]))])


def test_tables_that_refer_to_each_other_are_refused() -> None:
    def table(name: str, other: str) -> Any:
        key = {"fields": "id", "reference": {"resource": other, "fields": "id"}}
        return contract_from(descriptor(primaryKey="id", foreignKeys=[key], relance={"kind": "essai", "table": name}))

    with pytest.raises(RelanceError, match="no circle"):
        linked([table("a", "b"), table("b", "a")])


def test_a_table_stands_before_those_that_refer_to_it() -> None:
    key = {"fields": "id", "reference": {"resource": "z", "fields": "id"}}
    a = contract_from(descriptor(foreignKeys=[key], relance={"kind": "essai", "table": "a"}))
    z = contract_from(descriptor(primaryKey="id", title="Zèbres", relance={"kind": "essai", "table": "z"}))
    assert [c.table for c in linked([a, z])] == ["z", "a"]
    assert linked([a, z])[1].foreign_keys[0].title == "Zèbres"


# -- the contracts of this project


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_every_contract_is_a_table_schema(path: Path) -> None:
    frictionless.Schema.from_descriptor(str(path))
    raw = json.loads(path.read_text(encoding="utf-8"))
    assert not list(frictionless.Schema.metadata_validate(raw))
    assert f"{raw['relance']['kind']}.{raw['relance']['table']}.json" == path.name
    assert raw["name"] == raw["relance"]["table"], "a foreign key names a resource by its table"


def test_a_contract_that_is_no_table_schema_is_seen() -> None:
    with pytest.raises(frictionless.FrictionlessException):
        frictionless.Schema.from_descriptor(
            descriptor({"name": "x", "type": "number", "constraints": {"minLength": 1}})
        )


@pytest.mark.parametrize("kind", sorted({path.name.split(".")[0] for path in PATHS}))
def test_keys_resolve_in_a_package_of_the_kind(kind: str) -> None:
    """The library finds each key's fields and the resources referred to, on one row of made-up identifiers."""
    resources = []
    for contract in load_contracts(kind):
        names = [f["name"] for f in contract.raw["fields"]]
        schema = frictionless.Schema.from_descriptor(
            {
                "fields": [{"name": n, "type": "string"} for n in names],
                **{key: contract.raw[key] for key in ("primaryKey", "foreignKeys") if key in contract.raw},
            }
        )
        data = [names, ["1"] * len(names)]
        resources.append(frictionless.Resource(name=contract.table, data=data, schema=schema))
    report = frictionless.Package(resources=resources).validate()
    assert report.flatten(["title", "note"]) == []

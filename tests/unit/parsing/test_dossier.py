"""Dossiers: what is read of a document, what is rejected with which sentence, and what is no dossier."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from relance.parsing import parse_documents, parse_object, parsed_dir
from relance.parsing.dossier import MAX_DOCUMENT_BYTES
from tests.unit.parsing.conftest import Parse

SIRET = "21750001600019"
ORGANISATION = {
    "siret": SIRET,
    "address": {"departmentCode": "75", "regionCode": "11"},
    "entreprise": {"raisonSociale": "VILLE D'ESSAI"},
}
REQUIRED = {
    "Ligne du fonds": {"choice": "ITN7"},
    "Intitulé du projet": {"text": "Guichet numérique"},
    "SIRET du porteur": {"stringValue": SIRET, "etablissement": ORGANISATION},
    "Coût total du projet (€)": {"decimal": "2000000.5"},
    "Montant demandé (€)": {"decimal": "1234567.10"},
}


def fields(values: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"label": label, **value} for label, value in values.items()]


def document(
    values: dict[str, Any] | None = None,
    annotations: dict[str, dict[str, Any]] | None = None,
    **changes: Any,
) -> str:
    """A dossier with the required fields, and those of `values` beside or instead; None takes a field out."""
    merged = {label: value for label, value in {**REQUIRED, **(values or {})}.items() if value is not None}
    dossier = {
        "number": 1001,
        "state": "en_instruction",
        "dateDepot": "2021-02-28T10:00:00+01:00",
        "dateDerniereModification": "2021-03-09T23:30:00Z",
        "demandeur": {"siret": "11000201100044", "entreprise": {"raisonSociale": "DEMANDEUR"}, "address": {}},
        "champs": fields(merged),
        "annotations": fields(annotations or {}),
        **changes,
    }
    return json.dumps({"demarche": 1, "dossier": dossier})


def read(parse: Parse, text: str | bytes) -> dict[str, Any]:
    """The one row of a dossier that is accepted."""
    parsed = parse(text, kind="application")
    assert parsed.facts["reason"] is None
    assert parsed.rejects("applications") == []
    (row,) = parsed.rows("applications")
    return row


def refused(parse: Parse, text: str, table: str = "applications") -> list[tuple[str, str]]:
    parsed = parse(text, kind="application")
    assert parsed.facts["tables"][table]["rows_rejected"] == 1
    return [(one["rule"], one["sentence"]) for one in parsed.rejects(table)]


def test_every_column_has_its_value_and_amounts_keep_their_digits(parse: Parse) -> None:
    row = read(
        parse,
        document(
            {
                "Département du projet": {"departement": {"code": "2A"}},
                "Date de début prévue": {"date": "2021-09-01"},
                "Nombre d'agents concernés": {"integer": "120"},
                "Autre cofinancement": {"isYes": True},
                "Pièces justificatives": {"files": [{}, {}]},
            },
            {"Montant accordé (€)": {"decimal": "0.10"}},
            dateTraitement="2021-04-01T00:30:00+02:00",
        ),
    )
    assert row == {
        "sheet": None,
        "row_number": 1,
        "dossier_number": "1001",
        "state": "en_instruction",
        "filed_on": dt.date(2021, 2, 28),
        "construction_on": None,
        "review_on": None,
        "decided_on": dt.date(2021, 4, 1),
        # 23:30 UTC is the next day in Paris.
        "modified_on": dt.date(2021, 3, 10),
        "line_code": "ITN7",
        "call_name": None,
        "project_name": "Guichet numérique",
        "beneficiary_siret": SIRET,
        "beneficiary_name": "VILLE D'ESSAI",
        "department_code": "2A",
        "region_code": "11",
        "starts_on": dt.date(2021, 9, 1),
        "agent_count": 120,
        "is_cofinanced": True,
        "total_cost_eur": Decimal("2000000.50"),
        "requested_eur": Decimal("1234567.10"),
        "awarded_eur": Decimal("0.10"),
        "attachment_count": 2,
        "data_nature": None,
    }


def test_a_label_is_found_by_its_synonyms_whatever_its_case_and_accents(parse: Parse) -> None:
    row = read(parse, document({"Intitulé du projet": None, "TITRE  DU PROJET :": {"text": "Autre libellé"}}))
    assert row["project_name"] == "Autre libellé"


def test_of_several_labels_of_a_column_the_one_that_is_filled_counts(parse: Parse) -> None:
    row = read(parse, document({"Intitulé du projet": {"text": ""}, "Titre du projet": {"text": "rempli"}}))
    assert row["project_name"] == "rempli"


def test_a_label_that_no_column_has_may_be_there_twice(parse: Parse) -> None:
    champs = fields({**REQUIRED, "Précisez": {"text": "ceci"}}) + fields({"Précisez": {"text": "cela"}})
    parsed = parse(document(champs=champs), kind="application")
    assert parsed.facts["notes"] == ["1 champ hors contrat, non lu : « Précisez »."]
    assert len(parsed.rows("applications")) == 1


def test_a_number_that_json_gives_bare_keeps_its_digits(parse: Parse) -> None:
    text = document().replace('"1234567.10"', "9007199254740993.17")
    assert [one["value"] for one in parse(text, kind="application").rejects("applications")] == ["9007199254740993.17"]
    text = document().replace('"1234567.10"', "900719925.10")
    assert read(parse, text)["requested_eur"] == Decimal("900719925.10")


def test_without_the_form_s_siret_the_applicant_s_counts(parse: Parse) -> None:
    row = read(parse, document({"SIRET du porteur": None}))
    assert (row["beneficiary_siret"], row["beneficiary_name"]) == ("11000201100044", "DEMANDEUR")


def test_an_annotation_is_not_taken_for_a_field_nor_a_field_for_an_annotation(parse: Parse) -> None:
    parsed = parse(document({"Montant accordé (€)": {"decimal": "5"}}), kind="application")
    assert parsed.rows("applications")[0]["awarded_eur"] is None
    assert parsed.facts["notes"] == ["1 champ hors contrat, non lu : « Montant accordé (€) »."]


def test_a_repeated_section_gives_its_rows(parse: Parse) -> None:
    rows = [
        {"champs": fields({"Poste": {"text": name}, "Coût (€)": {"decimal": cost}, "Fournisseur": {"text": "x"}})}
        for name, cost in (("a", "0.10"), ("b", "x"))
    ]
    parsed = parse(document({"Plan de financement": {"rows": rows}}), kind="application")
    assert [(row["row_number"], row["item_name"], row["cost_eur"]) for row in parsed.rows("cost_items")] == [
        (1, "a", Decimal("0.10"))
    ]
    (reject,) = parsed.rejects("cost_items")
    assert reject["row_number"] == 2
    assert reject["sentence"].startswith("Dossier 1001, poste 2, champ « Coût (€) » : « x » n'est pas un montant.")
    assert parsed.facts["tables"]["cost_items"]["rows_in"] == 2
    assert parsed.facts["notes"] == ["1 champ hors contrat, non lu : « Fournisseur »."]


@pytest.mark.parametrize(
    ("text", "rule", "sentence"),
    [
        (document({"Montant demandé (€)": None}), "required", "« Montant demandé (€) » : la valeur manque."),
        (
            document({"SIRET du porteur": {"stringValue": "123"}}),
            "pattern",
            "« SIRET du porteur » : « 123 » n'a pas la forme attendue, par exemple 11000201100044.",
        ),
        (
            document({"Ligne du fonds": {"choice": "ITN9"}}),
            "enum",
            "« Ligne du fonds » : « ITN9 » n'est pas une valeur",
        ),
        (document(state="brouillon"), "enum", "« État du dossier » : « brouillon » n'est pas une valeur admise"),
        (document({"Montant demandé (€)": {"decimal": "-1"}}), "minimum", "« Montant demandé (€) » : « -1 » est inf"),
        (document(dateDepot="hier"), "date", "« Date de dépôt » : « hier » n'est pas une date."),
    ],
)
def test_a_value_that_the_contract_refuses_rejects_the_dossier_with_a_sentence(
    parse: Parse, text: str, rule: str, sentence: str
) -> None:
    ((broken, said),) = refused(parse, text)
    assert broken == rule
    assert said.startswith(f"Dossier 1001, champ {sentence}")


def test_an_optional_value_that_is_none_leaves_the_dossier_its_money(parse: Parse) -> None:
    parsed = parse(document({"Autre cofinancement": {"text": "parfois"}}), kind="application")
    [row] = parsed.rows("applications")
    assert (row["is_cofinanced"], row["requested_eur"]) == (None, Decimal("1234567.10"))
    [cleared] = parsed.corrections("applications")
    assert (cleared["column_name"], cleared["value_sent"], cleared["value_read"], cleared["rule"]) == (
        "Autre cofinancement", "parfois", None, "boolean",
    )  # fmt: skip
    assert cleared["sentence"].startswith("Dossier 1001, champ « Autre cofinancement » : « parfois » n'est ni ")
    assert parsed.facts["tables"]["applications"]["cells_corrected"] == 1


def test_rows_and_sums_of_a_rejected_dossier_are_accounted_for(parse: Parse) -> None:
    table = parse(document(state="brouillon"), kind="application").facts["tables"]["applications"]
    assert (table["rows_in"], table["rows_accepted"], table["rows_rejected"]) == (1, 0, 1)
    assert table["amounts"]["requested_eur"] == {
        "in_eur": "1234567.10",
        "accepted_eur": "0.00",
        "rejected_eur": "1234567.10",
        "rounding_eur": "0.00",
    }


def test_a_deletion_is_a_row_of_its_own_with_what_the_manifest_goes_by(parse: Parse) -> None:
    deleted = {"number": 7, "state": "refuse", "reason": "user_request", "dateSupression": "2021-03-09T23:30:00Z"}
    parsed = parse(json.dumps({"demarche": 1, "deleted_dossier": deleted}), kind="application")
    (row,) = parsed.rows("deleted_applications")
    assert (row["dossier_number"], row["reason"], row["deleted_on"]) == ("7", "user_request", dt.date(2021, 3, 10))
    assert list(parsed.facts["tables"]) == ["deleted_applications"]
    assert parsed.facts["facts"] == {
        "dossier_number": "7",
        "changed_at": "2021-03-09T23:30:00+00:00",
        "deletion_reason": "user_request",
        "is_deletion": "true",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Le document est vide"),
        (document().encode()[:200], "Le document n'est pas du JSON lisible (ligne 1, caractère"),
        (b"\xff\xfe{", "Le document n'est pas en UTF-8 (octet 1)"),
        (b"[" * 200_000, "imbriqué sans mesure"),
        (b'{"a":' * 200_000, "imbriqué sans mesure"),
        (b" " * (MAX_DOCUMENT_BYTES + 1), "Le document fait 5\u202f000\u202f001 octets"),
        (b"[1, 2]", "n'est pas un dossier de Démarches Simplifiées"),
        (b'{"dossier": 3}', "n'est pas un dossier de Démarches Simplifiées"),
        (b'{"dossier": {}, "deleted_dossier": {}}', "n'est pas un dossier de Démarches Simplifiées"),
        (b"null", "n'est pas un dossier de Démarches Simplifiées"),
        (b'{"dossier": {"number": "douze"}}', "Le document n'a pas de numéro de dossier (« douze »)"),
        (document().replace('"champs": [', '"champs": [7, ').encode(), "ses champs ne sont pas une liste"),
        (document({"Devis": {"files": 3}}).encode(), None),
        (document({"Intitulé du projet": {"text": "x" * 20_001}}).encode(), "n'est pas un texte lisible"),
        (document({"Intitulé du projet": {"text": "\ud800"}}).encode(), "n'est pas un texte lisible"),
        (document({"Intitulé du projet": {"text": "a\0b"}}).encode(), "n'est pas un texte lisible"),
        (
            document({"INTITULÉ DU PROJET": {"text": "un autre"}}).encode(),
            "deux champs « Intitulé du projet » ont des valeurs différentes",
        ),
        (document({"Postes de dépense": {"rows": [3]}}).encode(), "ses postes ne sont pas une liste"),
        (document({"Postes de dépense": {"rows": [{"champs": []}] * 1_001}}).encode(), "plus de 1\u202f000 lignes"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_what_is_no_dossier_is_set_aside_with_a_sentence(parse: Parse, content: bytes, said: str | None) -> None:
    parsed = parse(content, kind="application")
    if said is None:
        assert parsed.facts["outcome"] == "parsed"
        return
    assert parsed.file.is_set_aside
    assert said in str(parsed.file.reason)
    assert parsed.facts["tables"] == {}


def test_many_documents_at_once_give_the_same_bytes_as_each_alone(tmp_path: Path) -> None:
    texts = [
        document(),
        # The same dossier, accepted twice and rejected once.
        document(state="accepte"),
        document(state="brouillon"),
        document(number=1002, champs=fields({**REQUIRED, "Titre du projet": {"text": "autre libellé"}})),
        document({"Postes de dépense": {"rows": [{"champs": fields({"Poste": {"text": "a"}})}]}}, number=1003),
        '{"deleted_dossier": {"number": 9, "dateSupression": "2021-03-09T23:30:00Z"}}',
        "[",
    ]
    objects = []
    for text in texts:
        path = tmp_path / hashlib.sha256(text.encode()).hexdigest()
        path.write_bytes(text.encode())
        objects.append((path, path.name))
    alone, together = tmp_path / "alone", tmp_path / "together"
    parse_documents(objects, together)
    for path, sha256 in objects:
        assert (parsed_dir(together, "application", sha256) / "file.json").is_file()
        parse_object(path, sha256, "application", alone)
        written = [
            {one.name: one.read_bytes() for one in parsed_dir(root, "application", sha256).iterdir()}
            for root in (alone, together)
        ]
        assert written[0] == written[1]


def test_rows_of_many_documents_may_come_in_parts(
    parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [{"champs": fields({"Poste": {"text": name}})} for name in "abc"]
    content = document({"Postes de dépense": {"rows": items}})
    whole = parse(content, "application")
    assert whole.facts["tables"]["cost_items"]["rows_in"] == 3
    monkeypatch.setattr("relance.parsing.table_parse.PART_ROWS", 1)
    again = parse(content, "application", tmp_path / "again")
    assert again.facts == whole.facts
    assert again.rows("cost_items") == whole.rows("cost_items")


def test_one_document_at_fault_does_not_keep_the_others_from_being_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relance.parsing import dossier
    from relance.parsing.table_parse import LawBroken

    typed = dossier.type_documents

    def type_documents(documents: Any, scratch: Path) -> Any:
        if any(one.number == "1002" for one in documents):
            raise LawBroken("made up")
        return typed(documents, scratch)

    monkeypatch.setattr(dossier, "type_documents", type_documents)
    outcomes = {}
    objects = []
    for number in (1001, 1002):
        text = document(number=number).encode()
        path = tmp_path / hashlib.sha256(text).hexdigest()
        path.write_bytes(text)
        objects.append((path, path.name))
    parse_documents(objects, tmp_path / "parsed")
    for number, (path, sha256) in zip((1001, 1002), objects, strict=True):
        outcomes[number] = parse_object(path, sha256, "application", tmp_path / "parsed").facts["outcome"]
    assert outcomes == {1001: "parsed", 1002: "set_aside"}

"""Amounts, dates and keys as files from the field have them, and others of their kinds."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing.canonical import canonical_key
from relance.parsing.days import read_day
from tests.unit.parsing.conftest import COVER, EXECUTION
from tests.unit.parsing.field_cases import field_case

DAY = dt.date(2021, 4, 15)


# -- amounts


def test_what_a_spreadsheets_arithmetic_leaves_is_rounded_without_a_remark(parse: Any) -> None:
    parsed = parse(field_case("float-noise.xlsx"))
    assert [row["awarded_eur"] for row in parsed.rows("awards")] == [Decimal("3.60"), Decimal("1234.56")]
    sums = parsed.facts["tables"]["awards"]["amounts"]["awarded_eur"]
    assert sums["rounding_eur"] == "0.00000000000036"
    assert Decimal(sums["in_eur"]) == Decimal(sums["accepted_eur"]) + Decimal(sums["rounding_eur"])
    assert [note for note in parsed.facts["notes"] if "arrondi" in note] == []


def test_decimals_below_the_cent_are_rounded_kept_and_told(execution: Callable[..., Any]) -> None:
    parsed = execution("A1;10,1250;0,004;", "A2;-10,1250;0;", "A3;1,0049;0,0000004;", "A4;x;12,3456;")
    assert [(row["committed_eur"], row["paid_eur"]) for row in parsed.rows("execution")] == [
        (Decimal("10.13"), Decimal("0.00")),
        (Decimal("1.00"), Decimal("0.00")),
    ]
    amounts = parsed.facts["tables"]["execution"]["amounts"]
    assert amounts["committed_eur"]["rejected_eur"] == "-10.13"  # half a cent is away from zero, also below it
    assert amounts["paid_eur"] == {
        "in_eur": "12.3496004",
        "accepted_eur": "0.00",
        "rejected_eur": "12.35",
        "rounding_eur": "-0.0003996",
    }
    assert parsed.facts["notes"] == [
        "colonne « AE engagées cumulées (€) » : 2 montants ont plus de décimales que les centimes ; arrondis au centime"
        " (première ligne : 5 ; écart : -0,0001 €).",
        "colonne « CP payés cumulés (€) » : 1 montant a plus de décimales que les centimes ; arrondi au centime"
        " (première ligne : 5 ; écart : 0,004 €).",
    ]


@pytest.mark.parametrize(
    ("unit", "others", "is_read"),
    [
        ("€", ("12,5",), False),  # a euro has two decimals: the third makes it doubtful
        ("k€", ("12,5",), True),
        ("M€", ("12,3456",), True),
        ("k€", ("0,125",), True),
        ("k€", ("12.5",), False),  # another sign
        ("k€", ("12,5", "1,234,567"), False),  # both
        ("k€", ("3",), False),
    ],
)
def test_three_decimals_are_read_where_their_column_says_what_the_sign_is(
    parse: Any, unit: str, others: tuple[str, ...], is_read: bool
) -> None:
    header = f"N° de subvention;AE engagées cumulées ({unit});CP payés cumulés (€)\n"
    rows = [f"A{i};{other};1\n" for i, other in enumerate(others)]
    parsed = parse(f"Code du ministère;COT\nPériode;2021-T2\n\n{header}{''.join(rows)}X;1,234;1\n")
    factor = {"€": 1, "k€": 1000, "M€": 1_000_000}[unit]
    read = {row["award_id"]: row["committed_eur"] for row in parsed.rows("execution")}
    assert read.get("X") == (Decimal("1.234") * factor if is_read else None)
    assert [r["rule"] for r in parsed.rejects("execution")] == ([] if is_read else ["ambiguous"])


def test_a_text_of_three_decimals_in_a_workbook_is_not_explained_by_its_numbers(parse: Any) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Couverture"
    for row in (("Code du ministère", "COT"), ("Période", "2021-T2")):
        book.active.append(row)
    sheet = book.create_sheet("Exécution")
    for row in (("N° de subvention", "AE engagées (k€)", "CP payés (€)"), ("A1", 12.5, 1), ("A2", "1.234", 1)):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    parsed = parse(stream.getvalue())
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [(3, "ambiguous")]


def test_each_item_of_a_dossier_is_read_by_its_own_label(parse: Any) -> None:
    parsed = parse(field_case("dossier-repetition-mixed-unit.json"), "application")
    assert [row["cost_eur"] for row in parsed.rows("cost_items")] == [Decimal("180000500.00"), Decimal("60000.00")]


@pytest.mark.parametrize(
    ("items", "read"),
    [
        ([("Coût (€)", "1.125"), ("Coût (k€)", "1.125")], ["1.13", "1125.00"]),
        ([("Coût (M€)", "0.5"), ("Montant (€)", "3 k€")], ["500000.00", None]),
        ([("Coût (k€)", "12.345"), ("Coût (k€)", "2")], ["12345.00", "2000.00"]),
    ],
)
def test_units_of_items_that_differ(parse: Any, items: list[tuple[str, str]], read: list[str | None]) -> None:
    document = json.loads(field_case("dossier-repetition-mixed-unit.json").read_text(encoding="utf-8"))
    (section,) = (c for c in document["dossier"]["champs"] if c["__typename"] == "RepetitionChamp")
    for row, (label, text) in zip(section["rows"], items, strict=True):
        row["champs"][1].update(label=label, decimal=text)
    parsed = parse(json.dumps(document), "application")
    rows = {row["row_number"]: row["cost_eur"] for row in parsed.rows("cost_items")}
    assert [rows.get(i) for i in (1, 2)] == [None if text is None else Decimal(text) for text in read]


# -- days


def test_dates_of_many_programs(parse: Any) -> None:
    parsed = parse(field_case("COT_2021-T3_dates.csv"))
    other = {4: dt.date(2021, 7, 1), 21: dt.date(2021, 4, 1)}
    assert {row["award_id"]: row["awarded_on"] for row in parsed.rows("awards")} == {
        f"COT-2021-{i:04d}": other.get(i, DAY) for i in range(1, 23) if i != 20
    }
    assert [(r["value"], r["rule"]) for r in parsed.rejects("awards")] == [("04/15/2021", "date")]


def test_an_instant_of_a_dossier_is_its_day_in_paris(parse: Any) -> None:
    [row] = parse(field_case("dossier-datetime-utc.json"), "application").rows("applications")
    assert row["starts_on"] == dt.date(2021, 9, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-03-28T00:30:00Z", dt.date(2021, 3, 28)),
        ("2021-12-31T23:00:00Z", dt.date(2022, 1, 1)),  # winter: one hour
        ("2021-06-30T21:59:59.999Z", dt.date(2021, 6, 30)),  # summer: two
        ("2021-04-15T23:30:00-04:00", dt.date(2021, 4, 16)),
        ("15/04/2021 23:30 UTC", dt.date(2021, 4, 16)),
        ("2021-04-15T10:00:00.123456+0200", DAY),
        ("15/04/2021 10h30", DAY),
        ("15 avril 2021 à 10:30", DAY),
        ("Thursday, 15 April 2021", DAY),
        ("jeu. 15/04/2021", DAY),
        ("April 15, 2021", DAY),
        ("15\u2010avr\u201021", DAY),
        ("\u202a15/04/2021\u202c", DAY),
        ("15\uff0f04\uff0f2021", DAY),
        ("15 avril\u00a02021", DAY),
        ("44301,75", DAY),
        ("vendredi 15 avril 2021", None),  # it was a Thursday
        ("15/04/2021 25:00", None),
        ("2021-04-31", None),
        ("32 avril 2021", None),
        ("20211504", None),
        ("avril 2021", None),
        ("15/04", None),
        ("2021", None),
        ("T2 2021", None),
        ("", None),
    ],
)
def test_a_day_is_read_or_it_is_none(text: str, day: dt.date | None) -> None:
    assert read_day(text, reads_months=False) == day


# -- keys


def test_awards_spelled_in_six_ways_are_one(parse: Any) -> None:
    parsed = parse(field_case("keys-hyphen-award-twice.xlsx"))
    assert [row["award_id"] for row in parsed.rows("awards")] == ["CUL-2021-0001"]
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("awards")] == [(n, "unique") for n in range(5, 11)]
    assert "« CUL\u20112021\u20110001 » figure déjà à la ligne 4" in parsed.rejects("awards")[0]["sentence"]


@pytest.mark.parametrize(
    ("name", "key", "sent"),
    [
        ("keys-hyphen-execution-only.xlsx", "CUL-2021-0001", "CUL\u20112021\u20110001"),
        ("keys-nbsp-in-number.xlsx", "CUL20210001", "CUL\u00a02021\u00a00001"),
    ],
)
def test_an_execution_finds_its_award_however_it_is_spelled(parse: Any, name: str, key: str, sent: str) -> None:
    parsed = parse(field_case(name))
    assert [row["award_id"] for row in parsed.rows("awards")] == [key]
    [row] = parsed.rows("execution")
    assert (row["award_id"], row["award_id_as_sent"]) == (key, sent)


def test_a_name_composed_in_two_ways_is_one(parse: Any) -> None:
    parsed = parse(field_case("keys-nfd-project-twice.xlsx"))
    assert [row["project_name"] for row in parsed.rows("project_follow_up")] == ["PERSÉE"]
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("project_follow_up")] == [(5, "unique")]


def test_a_period_with_another_dash(parse: Any) -> None:
    assert parse(field_case("COT_period-endash.csv")).facts["facts"]["period"] == "2021-T3"


@pytest.mark.parametrize(
    "spelling",
    [
        "a1-b", "A1\u2010B", "A1\u2212B", "A1\u2014B", "A1\ufe63B", "A1\u00adB" + "\u200b", "\u2060A1-B", "A 1 - B",
        "A1\u3000-B", "\uff211-B", "A1\u200d-B\ufe0f", "\u202dA1-B\u202c", "A\u00b9-B", "A1-\u212c",
        "A1\x7f-B", "A1-B\x1a", "A1-\u2800B",
    ],
)  # fmt: skip
def test_spellings_of_one_key(execution: Callable[..., Any], spelling: str) -> None:
    key = "A1B" if "\u00ad" in spelling else "A1-B"
    [row] = execution(f"{spelling};1;1;").rows("execution")
    assert (row["award_id"], row["award_id_as_sent"]) == (key, spelling.strip("\u200b"))
    assert canonical_key(spelling) == key
    twice = execution(f"{key};1;1;", f"{spelling};2;2;")
    assert [(r["row_number"], r["rule"], r["value"]) for r in twice.rejects("execution")] == [
        (6, "unique", spelling.strip("\u200b"))
    ]


@pytest.mark.parametrize("other", ["A1_B", "Ä1-B", "A1-8", "A1.B"])
def test_other_keys_stay_others(execution: Callable[..., Any], other: str) -> None:
    assert len(execution("A1-B;1;1;", f"{other};2;2;").rows("execution")) == 2


def test_a_key_that_shows_nothing_is_missing(execution: Callable[..., Any]) -> None:
    parsed = execution("\u2060\u00ad;1;1;")
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [(5, "required")]
    deleted = execution("\x7f;1;1;")
    assert [(r["row_number"], r["rule"]) for r in deleted.rejects("execution")] == [(5, "required")]


@pytest.mark.parametrize("line_end", ["\n", "\r"])
def test_a_control_far_down_a_text_is_no_part_of_a_key(parse: Any, line_end: str) -> None:
    """Of a long text only the beginning is looked at before it is typed for the first time."""
    rows = [f"A{n};1;1;" for n in range(40_000)]
    parsed = parse(line_end.join([COVER + EXECUTION.strip(), *rows, "A7\x07;2;2;", ""]).replace("\n", line_end))
    assert [(r["rule"], r["value"]) for r in parsed.rejects("execution")] == [("unique", "A7\x07")]


@pytest.mark.parametrize("control", ["_x0007_", "_x001F_", "\x7f"])
def test_a_control_in_a_workbook_is_no_part_of_a_key(parse: Any, control: str) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Couverture"
    for row in (("Code du ministère", "COT"), ("Période", "2021-T2")):
        book.active.append(row)
    sheet = book.create_sheet("Exécution")
    for row in (EXECUTION.strip().split(";"), ("A1", 1, 1), ("A1CONTROL", 2, 2)):
        sheet.append(row)
    stream, out = io.BytesIO(), io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"CONTROL", control.encode()))
    assert [(r["row_number"], r["rule"]) for r in parse(out.getvalue()).rejects("execution")] == [(3, "unique")]


# -- all of them


def test_a_unit_over_one_column_is_of_that_column(parse: Any) -> None:
    parsed = parse(field_case("xlsx-unit-in-cell-over-header.xlsx"))
    [row] = parsed.rows("awards")
    assert (row["project_cost_eur"], row["awarded_eur"]) == (Decimal("9000.00"), Decimal("3000000.00"))
    assert (
        "Feuille « Subventions » : les montants sont lus en k€, d'après « (k€) » (ligne 2, colonne L)."
        in parsed.facts["notes"]
    )


def test_every_file_from_the_field_has_a_test() -> None:
    files = [path.name for path in field_case(".").iterdir() if path.is_file() and path.name != "README.md"]
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_field_*.py"))
    assert [name for name in files if name not in texts] == []

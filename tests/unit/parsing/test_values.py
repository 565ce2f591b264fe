"""Every form in which a value may be written, with the value or the rule it must give."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance.parsing import contract_from
from relance.parsing.engine import connect
from relance.parsing.layout import match_header
from relance.parsing.table_parse import parse_table
from relance.parsing.text_table import Body, NumberedRow, write_numbered


def read_values(tmp_path: Path, field: dict[str, Any], texts: list[str], header: str | None = None) -> list[Any]:
    """What each text gives in a column of this kind: the value, or the name of the rule it breaks.

    A column that is no amount is optional: such a cell is read as empty, and its row counts.
    """
    contract = contract_from(
        {
            "title": "essai",
            "fields": [
                {"name": "id", "title": "Id", "type": "string", "constraints": {"required": True}},
                {"name": "x", "title": "X", **field},
            ],
            "relance": {"kind": "essai", "table": "essai"},
        }
    )
    layout = match_header(NumberedRow(1, ("Id", header or "X")), contract)
    rows = [NumberedRow(i + 2, (str(i), text)) for i, text in enumerate(texts)]
    write_numbered(tmp_path / "body.csv", rows)
    body = Body(tmp_path / "body.csv", 2, 1, is_numbered=True, record_count=len(rows))
    with connect(tmp_path) as connection:
        parse_table(connection, layout, [body], None, tmp_path)
    found: dict[int, Any] = {}
    for table, value in (("rows", "x"), ("corrections", "rule"), ("rejects", "rule")):
        path = tmp_path / f"essai.{table}.parquet"
        if not path.exists():  # no cell was corrected
            continue
        relation = duckdb.read_parquet(str(path)).project(f"row_number - 2, {value}")
        found |= dict(relation.fetchall())
    assert len(found) == len(texts)
    return [found[i] for i in range(len(texts))]


def check(tmp_path: Path, field: dict[str, Any], cases: dict[str, Any], header: str | None = None) -> None:
    assert dict(zip(cases, read_values(tmp_path, field, list(cases), header), strict=True)) == cases


def euro(text: str) -> Decimal:
    return Decimal(text)


def test_amounts_in_euros(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"type": "number", "relance": {"unit": "€"}},
        {
            "1234,56": euro("1234.56"),
            "1234.56": euro("1234.56"),
            "1 234,56": euro("1234.56"),
            "1\u00a0234\u00a0567,8": euro("1234567.80"),
            "1\u202f234": euro("1234.00"),
            "1.234.567,89": euro("1234567.89"),
            "1,234,567.89": euro("1234567.89"),
            "1.234,5": euro("1234.50"),
            "(1 200)": euro("-1200.00"),
            "-5": euro("-5.00"),
            "−5,10": euro("-5.10"),
            "+7": euro("7.00"),
            ",5": euro("0.50"),
            "12,3400": euro("12.34"),
            "1,2 M€": euro("1200000.00"),
            "12,5 k€": euro("12500.00"),
            "1 200 €": euro("1200.00"),
            "9999999999999999,99": euro("9999999999999999.99"),
            "0,1": euro("0.10"),
            "": None,
            "1,234": "ambiguous",
            "1.234": "ambiguous",
            "12,500": "ambiguous",
            "1,234 M€": "ambiguous",
            "12,345 k€": "ambiguous",
            "0,123": euro("0.12"),
            "0,125": euro("0.13"),
            "-0,125": euro("-0.13"),
            "12,3456": euro("12.35"),
            "3.6000000000003638": euro("3.60"),
            "0,0000000000000000001": "decimals",
            "1,23456789 M€": euro("1234567.89"),
            "1,234567891 M€": euro("1234567.89"),
            "–5,10": euro("-5.10"),
            "1\u2009234\u200b,5": euro("1234.50"),
            "\u200e12": euro("12.00"),
            "12 $": "amount",
            "12 Md€": "amount",
            "3 m€": "amount",  # millions to some, thousands to others
            "3 M€": euro("3000000.00"),
            "3000 \u00d71000": "scaled",
            "99999999999999999": "size",
            "12 34": "amount",
            "1 23,5": "amount",
            "(-5)": "amount",
            "(5": "amount",
            "5)": "amount",
            "à confirmer": "amount",
            "28,4 %": "amount",
            "1e5": "amount",
            "NaN": "amount",
            "=1+1": "amount",
            "1,2,3": "amount",
        },
    )


def test_amounts_in_millions_keep_every_cent(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"type": "number", "relance": {"unit": "M€"}, "missingValues": ["", "NA", "En cadrage"]},
        {
            "36.633": "ambiguous",
            "36.6330": euro("36633000.00"),
            "36,633 €": "ambiguous",
            "3 \u00d71000000": euro("3000000.00"),
            "3 \u00d71000": "scaled",
            "31.0473252853897": euro("31047325.29"),
            "496,48": euro("496480000.00"),
            "0,00000001": euro("0.01"),
            "12,34567891": euro("12345678.91"),
            "12,345678912": euro("12345678.91"),
            "1 200 k€": euro("1200000.00"),
            "1 200 €": euro("1200.00"),
            "NA": None,
            "en cadrage": None,
            "En cours": "amount",
        },
    )


def test_the_unit_in_the_header_counts_before_the_contract(tmp_path: Path) -> None:
    field = {"type": "number", "relance": {"unit": "M€"}}
    check(tmp_path, field, {"36633,5": euro("36633500.00")}, header="X (k€)")
    check(tmp_path, field, {"36633,5": euro("36633.50"), "1,2345": euro("1.23")}, header="X en €")


def test_a_cell_and_its_header_that_state_two_units_are_not_read(tmp_path: Path) -> None:
    field = {"type": "number", "relance": {"unit": "€"}}
    cases = {"3 000 k€": euro("3000000.00"), "3 000 €": "unit", "3 M€": "unit", "3 000": euro("3000000.00")}
    check(tmp_path, field, cases, header="X (k€)")
    # The template's own unit is not the sender's word against the cell's.
    check(tmp_path, field, {"3 000 k€": euro("3000000.00"), "3 000 €": euro("3000.00")}, header="X (€)")


def test_plain_numbers_and_ratios(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"type": "number", "relance": {"scale": 14}},
        {
            "6,8027397260274": Decimal("6.80273972602740"),
            "6.75": Decimal("6.75"),
            "7": Decimal("7"),
            "12345": "size",
            "6 ans": "number",
            "6 %": "number",
        },
    )
    check(
        tmp_path,
        {"type": "number", "relance": {"unit": "ratio"}},
        {"28,4 %": Decimal("0.284"), "0,284": Decimal("0.284"), "-3 %": Decimal("-0.03")},
    )


def test_whole_numbers(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"type": "integer", "constraints": {"minimum": 0, "maximum": 600}},
        {
            "12": 12,
            "12,0": 12,
            "1 2": "integer",
            "12,5": "integer",
            "-1": "minimum",
            "601": "maximum",
            "x": "integer",
            "9999999999": "size",
            "9999999999 ans": "integer",
        },
    )


def test_dates(tmp_path: Path) -> None:
    day = datetime.date
    check(
        tmp_path,
        {"type": "date", "relance": {"month": "first-day"}, "constraints": {"minimum": "1990-01-01"}},
        {
            "2013-07-15": day(2013, 7, 15),
            "2013-07-15 10:30:00": day(2013, 7, 15),
            "15/07/2013": day(2013, 7, 15),
            "5/7/2013": day(2013, 7, 5),
            "15.07.2013": day(2013, 7, 15),
            "juillet 2013": day(2013, 7, 1),
            "Juillet 13": day(2013, 7, 1),
            "avril 15": day(2015, 4, 1),
            "févr.-21": day(2021, 2, 1),
            "décembre 2015": day(2015, 12, 1),
            "AOÛT 2016": day(2016, 8, 1),
            "1er mars 2020": day(2020, 3, 1),
            "12 mars 2020": day(2020, 3, 12),
            "janvier 98": day(1998, 1, 1),
            "41470": day(2013, 7, 15),
            "": None,
            "31/02/2020": "date",
            "2020-13-01": "date",
            "15/07/13": day(2013, 7, 15),
            "1/2/90": day(1990, 2, 1),
            "15/13/13": "date",
            "15-07-13": "date",  # may be a year first
            "31 avril 2020": "date",
            "juilet 2013": "date",
            "T2 2021": "date",
            "15/07/0213": "minimum",
            "Jul-2013": day(2013, 7, 1),
            "07/2013": day(2013, 7, 1),
        },
    )
    check(tmp_path, {"type": "date"}, {"juillet 2013": "date", "12 mars 2020": day(2020, 3, 12)})


def test_yes_and_no(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"type": "boolean", "trueValues": ["Oui", "Vrai", "1"], "falseValues": ["Non", "0"]},
        {"Oui": True, "oui": True, "VRAI": True, "Non": False, "0": False, "": None, "peut-être": "boolean"},
    )


def test_codes_and_patterns(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"type": "string", "constraints": {"enum": ["ITN7", "ITN8A"]}},
        {"ITN7": "ITN7", "itn 7": "ITN7", "ITN8a": "ITN8A", "ITN9": "enum", "": None},
    )
    check(
        tmp_path,
        {"type": "string", "constraints": {"pattern": r"^\d{14}$"}, "relance": {"key": "identifier"}},
        {
            "110 002 011 00044": "11000201100044",
            "11000201100044": "11000201100044",
            "01000201100044": "01000201100044",
            "1100020110004": "pattern",
            "110002011000445": "pattern",
            "-1000201100044": "pattern",
            "110002011000e2": "pattern",
            "1100020110004٣": "pattern",
            "": None,
        },
    )


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", "\t", "\u200b", "\n"])
def test_blanks_around_a_text_do_not_count(tmp_path: Path, blank: str) -> None:
    assert read_values(tmp_path, {"type": "string"}, [f"{blank}a b{blank}", blank]) == ["a b", None]

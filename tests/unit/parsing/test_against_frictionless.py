"""The same cells are rejected as by the `frictionless` library with the same schemas, or the reason is on a list.

The library is told where the table stands (sheet, header row, separator, encoding) and which header is which field;
it is told nothing of the contracts' `relance` object. Compared are the rejected cells: row as the sender sees it and
header as sent. Every difference belongs to one class of `CLASSES`; docs/submissions-contract.md explains each.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frictionless
import openpyxl
import pytest
from frictionless.formats import CsvControl, ExcelControl

from relance.parsing import load_contracts, parse_object, siret
from relance.parsing.contract import Column, Contract
from relance.parsing.layout import match_header
from relance.parsing.odd_texts import ERROR_TEXT
from relance.parsing.sentences import RULES
from relance.parsing.text_table import NumberedRow
from tests.unit.parsing.conftest import Parsed

PROJECT = Path(__file__).parents[3]
REAL_PANORAMA = PROJECT.parent / "shared" / "data" / "panorama"
PAGE = PROJECT / "docs" / "submissions-contract.md"
BLANKS = " \t\u00a0\u202f"


@dataclass(frozen=True)
class Difference:
    """A cell that only one of the two rejects; `text` is what stands there, as sent."""

    row: int
    header: str | None
    is_ours: bool
    rule: str | None  # ours
    text: Any
    column: Column | None
    is_data: bool  # whether we count the row
    is_blank_row: bool
    is_short_row: bool

    @property
    def type(self) -> str | None:
        return self.column.type if self.column else None

    @property
    def stripped(self) -> str:
        return str(self.text).strip(BLANKS)


@dataclass(frozen=True)
class Class:
    """Why one of the two rejects a cell that the other accepts: who rejects it, and which cells these are."""

    id: str
    rejected_by: str
    covers: Callable[[Difference], bool]


OURS, LIBRARY, BOTH = "nous", "la bibliothèque", "l'un ou l'autre"


def _is_text(difference: Difference, pattern: str) -> bool:
    return isinstance(difference.text, str) and re.fullmatch(pattern, difference.stripped) is not None


# In this order: a difference belongs to the first class of its side that covers it.
CLASSES = (
    Class("ligne-vide", LIBRARY, lambda d: d.is_blank_row),
    Class(
        "nombre-de-cellules",
        LIBRARY,
        lambda d: (d.is_short_row and d.text is None) or (d.header is None and d.text == ""),
    ),
    Class("total-ou-note", LIBRARY, lambda d: not d.is_data),
    Class("cellule-blanche", BOTH, lambda d: isinstance(d.text, str) and d.text != "" and d.stripped == ""),
    Class("espaces-autour", BOTH, lambda d: isinstance(d.text, str) and d.text != d.stripped),
    Class("cellule-typée", LIBRARY, lambda d: d.type in ("string", "boolean", "date") and not isinstance(d.text, str)),
    Class("casse", LIBRARY, lambda d: d.column is not None and _differs_by_case(d.column, d.stripped)),
    Class("siret-espacé", LIBRARY, lambda d: d.column is not None and d.column.is_identifier),
    Class("date-écrite", LIBRARY, lambda d: d.type == "date"),
    Class("point-décimal", LIBRARY, lambda d: d.type == "number" and _is_text(d, r"-?\d+\.\d+")),
    Class("nombre-écrit", LIBRARY, lambda d: d.type in ("number", "integer") and _is_text(d, r".*\d.*")),
    Class("cellule-en-erreur", OURS, lambda d: d.rule == "error-cell"),
    Class("ambigu", OURS, lambda d: d.rule == "ambiguous"),
    Class("décimales", OURS, lambda d: d.rule == "decimals"),
    Class("clé-unifiée", OURS, lambda d: d.rule == "unique"),
    Class("axe-hors-ligne", OURS, lambda d: d.rule == "only-with"),
    Class("groupes-de-trois", OURS, lambda d: d.type == "number" and _is_text(d, r"\d+( \d+)+(,\d+)?")),
    Class(
        "notation-informatique",
        OURS,
        lambda d: d.type in ("number", "integer") and _is_text(d, r"\d+e\d+|NaN|\d+(_\d+)+"),
    ),
)


def _differs_by_case(column: Column, text: str) -> bool:
    known = {*column.true_values, *column.false_values, *column.enum, *column.missing}
    return text not in known and re.sub(r"\s", "", text).lower() in {re.sub(r"\s", "", k).lower() for k in known}


# -- what the library says


@dataclass
class Table:
    """One table of one file as both see it."""

    contract: Contract
    header_row: int
    sheet: str | None
    records: dict[int, list[Any]]  # by the sender's row number, cells as they lie in the file
    ours: dict[tuple[int, str | None], str] = field(default_factory=dict)  # rejected cell -> rule
    data_rows: set[int] = field(default_factory=set)

    @property
    def header(self) -> list[str]:
        cells = [" ".join(str(cell or "").split()) for cell in self.records[self.header_row]]
        return cells[: max(i for i, cell in enumerate(cells, 1) if cell)]

    @property
    def columns(self) -> dict[str, Column]:
        layout = match_header(NumberedRow(self.header_row, tuple(self.header)), self.contract)
        return {place.header: self.contract.column(name) for name, place in layout.places.items()}


def schema_of(table: Table, tables: dict[str, Table]) -> frictionless.Schema:
    """The contract as it stands, its fields named and ordered as the file's headers; no `relance` object."""
    headers = {column.name: header for header, column in table.columns.items()}
    raw = table.contract.raw
    fields = []
    for header in table.header:
        column = table.columns.get(header)
        if column is None:
            fields.append({"name": header, "type": "any"})
            continue
        (found,) = (f for f in raw["fields"] if f["name"] == column.name)
        fields.append({k: v for k, v in found.items() if k != "relance"} | {"name": header})
    descriptor: dict[str, Any] = {"fields": fields, "missingValues": raw["missingValues"]}
    if "primaryKey" in raw:
        descriptor["primaryKey"] = [headers[name] for name in raw["primaryKey"]]
    keys = []
    for key in table.contract.foreign_keys:
        if key.table in tables:
            there = {column.name: header for header, column in tables[key.table].columns.items()}
            reference = {"resource": key.table, "fields": [there[name] for name in key.referenced]}
            keys.append({"fields": [headers[name] for name in key.columns], "reference": reference})
    return frictionless.Schema.from_descriptor(descriptor | ({"foreignKeys": keys} if keys else {}))


def rejected_by_library(
    path: Path, format_: dict[str, str], tables: dict[str, Table]
) -> dict[str, set[tuple[int, str | None]]]:
    resources = []
    for name, table in tables.items():
        control: frictionless.Control = (
            CsvControl(delimiter=format_["delimiter"]) if table.sheet is None else ExcelControl(sheet=table.sheet)
        )
        dialect = frictionless.Dialect(header_rows=[table.header_row], controls=[control])
        resources.append(
            frictionless.Resource(
                name=name,
                path=path.name,
                format="csv" if table.sheet is None else "xlsx",
                encoding=format_.get("encoding", "utf-8"),
                dialect=dialect,
                schema=schema_of(table, tables),
            )
        )
    package = frictionless.Package(resources=resources, basepath=str(path.parent))
    report = package.validate(limit_errors=1_000_000)
    assert report.errors == []
    found: dict[str, set[tuple[int, str | None]]] = {}
    for task in report.tasks:
        (name,) = (r.name for r in resources if r.name == task.name)
        # A sheet's formatted columns without a header have no cell to reject.
        errors = [e for e in task.errors if e.type != "extra-label" or e.label]
        found[name] = {_cell(error, tables[name]) for error in errors}
    return found


def _cell(error: Any, table: Table) -> tuple[int, str | None]:
    """The rejected cell; a key's fault is at its first column, an extra cell or a blank row has no column."""
    if error.type == "primary-key":
        first = table.contract.primary_key[0]
        return error.row_number, next(h for h, c in table.columns.items() if c.name == first)
    if error.type == "foreign-key":
        return error.row_number, error.field_names[0]
    if error.type in ("blank-row", "extra-cell"):
        return error.row_number, None
    assert error.type in ("type-error", "constraint-error", "unique-error", "missing-cell"), error
    return error.row_number, error.field_name


# -- what we say

SIRET_RULES = (siret.SIREN, siret.RIDET, siret.TAHITI, siret.LETTERS, siret.LENGTH)


def tables_of(path: Path, parsed: Any, kind: str) -> dict[str, Table]:
    contracts = {c.table: c for c in load_contracts(kind)}
    book = openpyxl.load_workbook(path, data_only=True) if path.suffix == ".xlsx" else None
    tables = {}
    for name, entry in parsed.facts["tables"].items():
        if contracts[name].layout != "table":
            continue
        if book is not None:
            rows: Iterator[Any] = book[entry["sheet"]].iter_rows(values_only=True)
            records = {n: list(cells) for n, cells in enumerate(rows, 1)}
        else:
            text = path.read_text(encoding=parsed.facts["format"]["encoding"])
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=parsed.facts["format"]["delimiter"])
            records = dict(enumerate(reader, 1))
        table = Table(contracts[name], entry["header_row"], entry["sheet"], records)
        # A cell that is read as empty is rejected as much, though its row is not.
        cleared = [
            {**one, "rule": "pattern" if one["rule"] in SIRET_RULES else one["rule"]}
            for one in parsed.corrections(name)
            if one["value_read"] is None and one["rule"] != ERROR_TEXT
        ]
        rejects = [*parsed.rejects(name), *cleared]
        table.ours = {(r["row_number"], r["column_name"]): r["rule"] for r in reversed(rejects)}
        table.data_rows = {r["row_number"] for r in [*rejects, *parsed.rows(name)]}
        tables[name] = table
    return tables


def differences(table: Table, theirs: set[tuple[int, str | None]]) -> list[Difference]:
    found = []
    for row, header in sorted(table.ours.keys() ^ theirs, key=str):
        cells = table.records[row]
        index = table.header.index(header) if header is not None else len(table.header)
        found.append(
            Difference(
                row,
                header,
                (row, header) in table.ours,
                table.ours.get((row, header)),
                cells[index] if index < len(cells) else None,
                table.columns.get(header) if header is not None else None,
                row in table.data_rows,
                all(str(cell or "").strip(BLANKS) == "" for cell in cells),
                len(cells) < len(table.header),
            )
        )
    return found


def class_of(difference: Difference) -> str:
    """The id of the first class that covers a difference; `unexplained` where there is none."""
    sides = (BOTH, OURS if difference.is_ours else LIBRARY)
    return next((c.id for c in CLASSES if c.rejected_by in sides and c.covers(difference)), "unexplained")


# -- files with every kind of error

TEXTS: dict[str, tuple[str, ...]] = {
    "number": (
        "1234,56", "1234.56", "1 234,56", "1\u00a0234,56", "1\u202f234,56", "1.234,56", "1,234.56", "1 234,56 €",
        "1,2 M€", "12,5 k€", "(1 200)", "-5", "−5", "+7", ",5", "28,4 %", "1,234", "12,345", "0,123", "12,3456",
        "0,0000000000000000001",
        "99999999999999999", "1 23,5", "12 34", "1e5", "NaN", "1_000", "à confirmer", "", "   ", " 12 ", "=1+1",
        "1,2,3", "#REF!",
    ),
    "integer": (
        "12", "12,0", "12.0", "1 200", "-1", "+3", "601", "12,5", "x", "1_0", " 3 ", "1e2", "", "\u00a0",
        "99999999999",
    ),
    "date": (
        "2021-03-01", "15/07/2021", "5/7/2021", "15.07.2021", "juillet 2021", "12 mars 2021", "44392", "31/02/2021",
        "2021-13-01", "1889-01-01", "2099-01-01", "T2 2021", "", "2021-03-01 10:30:00", " 2021-03-01", "NA", "na",
    ),
    "boolean": ("Oui", "oui", "VRAI", "0", "X", "x", "peut-être", "", " Oui", "Vrai "),
    "string": ("texte", "", "   ", " texte ", "NA", "#N/A"),
    "code": (
        "ITN7", "itn 7", "ITN9", "1", "4", " 2", "110 002 011 00044", "1100020110004", "11000201100044", "",
        "abc",
    ),
}  # fmt: skip
CELLS: tuple[Any, ...] = (
    0, 12, 1.5, 601, 44392, 123.456, 1234.5678, 0.1 + 0.2, True, False, "texte", "1 234,56", None,
    datetime.date(2021, 3, 1), datetime.datetime(2021, 3, 1, 10, 30), datetime.date(1889, 1, 1),  # noqa: DTZ001 - a cell
)  # fmt: skip
COVER = [["Code du ministère", "ECO"], ["Période", "2021-T2"]]
CODINGS = [("utf-8", ";"), ("utf-8-sig", ","), ("cp1252", ";"), ("iso8859-15", "|"), ("utf-16", "\t")]


def _valid(column: Column, number: int) -> Any:
    if column.is_unique:
        return f"K{number}"
    if column.is_identifier:
        return "11000201100044"
    return {
        "string": column.enum[0] if column.enum else "texte",
        "number": "100",
        "integer": "12",
        "date": "2021-03-01",
        "boolean": "Oui",
    }[column.type]


def rows_of(contract: Contract, texts: Callable[[Column], tuple[Any, ...]]) -> list[list[Any]]:
    """The header and one row for each value to try in each column; all other cells of the row are valid."""
    rows: list[list[Any]] = [[column.title for column in contract.sent_columns]]
    for place, column in enumerate(contract.sent_columns):
        for text in texts(column):
            rows.append([_valid(c, len(rows)) for c in contract.sent_columns])
            rows[-1][place] = text
    return rows


def texts_for(column: Column) -> tuple[str, ...]:
    own = TEXTS["code"] if column.enum or column.pattern else TEXTS[column.type]
    return (*own, "K1", "K1", " K1", "k1") if column.is_unique else own


def odd_rows(contract: Contract) -> list[list[Any]]:
    """Rows that are none, or that have too few or too many cells."""
    width = len(contract.sent_columns)

    def valid(key: str) -> list[Any]:
        return [key if c.is_unique else _valid(c, 0) for c in contract.sent_columns]

    def lone(text: str) -> list[Any]:
        return [text, *[""] * (width - 1)]

    return [
        valid("Z1")[: width - 2], valid("Z2")[:2], [*valid("Z3"), "de trop"], [*valid("Z4"), ""], [""] * width, [],
        ["  ", *[""] * (width - 1)], ["Total", *[""] * (width - 3), "100", "100"], lone("Sous-total"), valid("Z5"),
        lone("(1) Montants provisoires."), lone("Source : Chorus"),
    ]  # fmt: skip


def write_csv(path: Path, rows: list[list[Any]], encoding: str, delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    # The single-byte encodings have neither the narrow no-break space nor the typographic minus.
    one_byte = {"\u202f": "\u00a0", "−": "-"} if encoding in ("cp1252", "iso8859-15") else {}
    path.write_bytes(text.getvalue().translate(str.maketrans(one_byte)).encode(encoding))


def write_workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def generated_files(folder: Path) -> Iterator[tuple[Path, str]]:
    submission = {c.table: c for c in load_contracts("submission") if c.layout == "table"}
    (panorama,) = load_contracts("panorama")
    for name, contract in submission.items():
        for encoding, delimiter in CODINGS:
            path = folder / f"{name}-{encoding}.csv"
            write_csv(path, [*COVER, [], *rows_of(contract, texts_for), *odd_rows(contract)], encoding, delimiter)
            yield path, "submission"
    path = folder / "panorama.csv"
    write_csv(path, [*rows_of(panorama, texts_for), *odd_rows(panorama)], "utf-8", ",")
    yield path, "panorama"
    cells = {c.sheets[0]: rows_of(c, lambda _: CELLS) for c in submission.values()}
    path = folder / "cells.xlsx"
    write_workbook(path, {"Couverture": COVER, **cells})
    yield path, "submission"
    execution = rows_of(submission["execution"], lambda _: ("100",))[:3]
    orphans = [["K9", "1", "1"], ["K1", "1", "1"], [None, "1", "1"], ["K3", "x", "1"], ["K8", "1", "x"]]
    path = folder / "orphans.xlsx"
    awards = rows_of(submission["awards"], lambda _: ("ITN9",))
    write_workbook(path, {"Couverture": COVER, "Subventions": awards, "Exécution": [*execution, *orphans]})
    yield path, "submission"


def sample_files() -> Iterator[tuple[Path, str]]:
    """The samples, and the published panorama where it is beside the checkout."""
    for folder, kind in (
        (PROJECT / "samples" / "submissions", "submission"),
        (PROJECT / "samples" / "panorama", "panorama"),
        (REAL_PANORAMA, "panorama"),
    ):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".csv", ".xlsx") and path.name != "received.csv":
                yield path, kind


# -- the comparison


@dataclass(frozen=True)
class Comparison:
    """Of all files: the differences by class, and the rules of ours whose cells the library rejects too."""

    by_class: dict[str, list[tuple[str, Difference]]]
    agreed: set[str]
    names: list[str]


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Everything is read once, for the whole module."""
    folder = tmp_path_factory.mktemp("comparison")
    found = Comparison({}, set(), [])
    for path, kind in [*sample_files(), *generated_files(folder)]:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        parsed = Parsed(parse_object(path, sha256, kind, folder / "parsed"))
        assert parsed.facts["outcome"] == "parsed", parsed.facts["reason"]
        tables = tables_of(path, parsed, kind)
        theirs = rejected_by_library(path, parsed.facts["format"], tables)
        found.names.append(path.name)
        for name, table in tables.items():
            found.agreed.update(rule for cell, rule in table.ours.items() if cell in theirs[name])
            for difference in differences(table, theirs[name]):
                found.by_class.setdefault(class_of(difference), []).append((path.name, difference))
    return found


def test_every_difference_is_explained(comparison: Comparison) -> None:
    assert comparison.by_class.get("unexplained", []) == []


def test_every_class_is_shown_by_a_file(comparison: Comparison) -> None:
    assert {c.id for c in CLASSES} - comparison.by_class.keys() == set()


def test_every_rule_meets_a_cell_that_the_library_rejects_too(comparison: Comparison) -> None:
    """Without this, two sides that reject nothing would agree."""
    only_ours = {"ambiguous", "decimals", "size", "only-with", "not-after"}
    of_no_contract = {"min-length", "max-length", "primary-key"}
    # The library reads the values that a workbook keeps, and sees no formula.
    of_workbooks = {"uncomputed", "scaled"}
    of_other_headers = {"unit"}
    expected = {*RULES, "extra"} - only_ours - of_no_contract - of_workbooks - of_other_headers
    assert expected - comparison.agreed == set()


def test_the_samples_are_among_the_files(comparison: Comparison) -> None:
    samples = {p.name for p in (PROJECT / "samples").glob("*/*") if p.suffix in (".csv", ".xlsx")}
    assert samples - set(comparison.names) == {"received.csv", "modele-remontee.xlsx"}


def test_a_table_without_a_required_column_is_refused_by_the_library_too() -> None:
    path = PROJECT / "tests" / "fixtures" / "broken" / "missing-required-column.csv"
    (contract,) = (c for c in load_contracts("submission") if c.table == "execution")
    records = dict(enumerate(csv.reader(path.read_text(encoding="utf-8").splitlines(), delimiter=";"), 1))
    header_row = next(n for n, cells in records.items() if contract.columns[0].title in cells)
    fields = [{k: v for k, v in f.items() if k != "relance"} | {"name": f["title"]} for f in contract.raw["fields"]]
    resource = frictionless.Resource(
        path=path.name,
        basepath=str(path.parent),
        dialect=frictionless.Dialect(header_rows=[header_row], controls=[CsvControl(delimiter=";")]),
        schema=frictionless.Schema.from_descriptor({"fields": fields, "fieldsMatch": "partial"}),
    )
    errors = resource.validate().tasks[0].errors
    assert [(e.type, e.field_name) for e in errors] == [("missing-label", "CP payés cumulés (€)")]


def test_the_page_explains_these_classes() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    explained = [(name, side) for name, side in rows if side in (OURS, LIBRARY, BOTH)]
    assert explained == [(c.id, c.rejected_by) for c in CLASSES]

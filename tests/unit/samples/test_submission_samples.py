"""The submission samples, read back by other means than they were written with: coherent, synthetic, complete."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import openpyxl
import pytest

PROJECT = Path(__file__).resolve().parents[3]
SAMPLES = PROJECT / "samples"
FOLDER = SAMPLES / "submissions"
TEMPLATE = SAMPLES / "template" / "modele-remontee.xlsx"
CONTRACTS = PROJECT / "include" / "relance" / "contracts"
FILES = sorted(
    path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file() and path.name != "received.csv"
)
SYNTHETIC = "Données synthétiques, sans valeur administrative"
SHEETS = {"Subventions": "awards", "Exécution": "execution", "Projets": "project_follow_up"}
PERIODS = ("2021-T1", "2021-T2", "2021-T3")

# M€ on each line of the fund, and on each axis of ITN7: the follow-up sheet of action 6-2, the Puy-de-Dôme
# prefecture (18 May 2021).
ALLOCATIONS = {
    **{"ITN1": 32, "ITN2": 15, "ITN3": 12, "ITN4": 6, "ITN5": 23, "ITN6": 6, "ITN7": 88},
    **{"ITN8A": 20, "ITN8B": 21, "ITN8C": 21, "ITN8D": 21},
}
AXES = {"1": 30, "2": 24, "3": 34}
MILLION = Decimal(1_000_000)

# The file with rows to reject, and what is wrong in it, row by row.
FAULTY = "EDU_2021-T2.xlsx"
RESTATED = "INT_2021-T1_rectificatif.xlsx"

Row = dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """One file as a reader finds it; amounts as `Decimal`, dates as `date`, missing cells as None."""

    name: str
    cover: Row
    tables: dict[str, list[Row]]

    @property
    def ministry(self) -> str:
        return str(self.cover["Code du ministère"])

    @property
    def period(self) -> str:
        return str(self.cover["Période"])


def grids(path: Path) -> dict[str, list[list[Any]]]:
    """Sheet name to rows of cells."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return {sheet.title: [[typed(v) for v in row] for row in sheet.values] for sheet in book.worksheets}
    if path.suffix == ".ods":
        return ods_grids(path)
    content = path.read_bytes()
    text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1252")
    rows = [[french(v) for v in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)]
    gap = next(number for number, row in enumerate(rows) if not any(row))
    kind = "Subventions" if path.stem.endswith("subventions") else "Exécution"
    return {"Couverture": rows[:gap], kind: rows[gap + 1 :]}


def typed(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.date()
    return Decimal(str(value)) if isinstance(value, int | float) else value


def french(text: str) -> Any:
    """A CSV cell as its reader understands it: amounts have a decimal comma, dates are jj/mm/aaaa."""
    if re.fullmatch(r"[\d\N{NO-BREAK SPACE}]+,\d\d", text):
        return Decimal(text.replace("\N{NO-BREAK SPACE}", "").replace(",", "."))
    if re.fullmatch(r"\d\d/\d\d/\d{4}", text):
        return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))
    return text or None


def ods_grids(path: Path) -> dict[str, list[list[Any]]]:
    """Read from the XML itself, as the library that writes the samples could hide its own mistakes."""
    table, office = (f"{{urn:oasis:names:tc:opendocument:xmlns:{each}:1.0}}" for each in ("table", "office"))
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314 - our own file

    def value(cell: ElementTree.Element) -> Any:
        kind = cell.get(f"{office}value-type")
        if kind == "float":
            return Decimal(cell.get(f"{office}value", ""))
        if kind == "date":
            return dt.date.fromisoformat(cell.get(f"{office}date-value", ""))
        return "".join(cell.itertext()) or None

    return {
        sheet.get(f"{table}name", ""): [
            [value(cell) for cell in row.iter(f"{table}table-cell")] for row in sheet.iter(f"{table}table-row")
        ]
        for sheet in root.iter(f"{table}table")
    }


@cache
def read(name: str) -> Submission:
    cover: Row = {}
    tables: dict[str, list[Row]] = {}
    for sheet, rows in grids(FOLDER / name).items():
        if sheet == "Couverture":
            cover = {row[0]: row[1] for row in rows if len(row) > 1 and row[0]}
            continue
        start = next(number for number, row in enumerate(rows) if len([v for v in row if v is not None]) > 1)
        header = rows[start]
        tables[SHEETS[sheet]] = [dict(zip(header, row, strict=True)) for row in rows[start + 1 :] if any(row)]
    return Submission(name, cover, tables)


@cache
def index() -> dict[str, dt.datetime]:
    with (FOLDER / "received.csv").open(encoding="utf-8", newline="") as lines:
        entries = [(row["file"], dt.datetime.fromisoformat(row["received_at"])) for row in csv.DictReader(lines)]
    assert len(entries) == len(dict(entries)), "a file is twice in the index"
    return dict(entries)


def counted(as_of: dt.datetime, *, up_to: str = PERIODS[-1]) -> dict[tuple[str, str], tuple[str, list[Row]]]:
    """(ministry, table) to the newest file's rows of the latest period not after `up_to`, as received by `as_of`."""
    known = sorted((at, name) for name, at in index().items() if at <= as_of)
    state: dict[tuple[str, str], tuple[str, str, list[Row]]] = {}
    for _, name in known:
        submission = read(name)
        for table, rows in submission.tables.items():
            before = state.get((submission.ministry, table))
            if submission.period <= up_to and (before is None or submission.period >= before[0]):
                state[submission.ministry, table] = (submission.period, name, rows)
    return {key: (name, rows) for key, (_, name, rows) in state.items()}


def is_readable(award: Row) -> bool:
    """False for the rows of the faulty file that are there to be rejected."""
    return (
        award["Ligne du fonds"] in ALLOCATIONS
        and isinstance(award["Montant accordé (€)"], Decimal)
        and award["Date de décision"] is not None
        and len(award["SIRET du bénéficiaire"]) == 14
    )


def passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


def instants() -> list[dt.datetime]:
    return sorted(index().values())


def test_formats_ministries_and_periods() -> None:
    sends = defaultdict(set)
    for name in FILES:
        submission = read(name)
        assert Path(name).name.startswith(f"{submission.ministry}_{submission.period}"), "name and cover disagree"
        sends[submission.ministry].add(submission.period)
    assert {suffix for name in FILES if (suffix := Path(name).suffix)} == {".xlsx", ".ods", ".csv"}
    complete = {ministry for ministry, periods in sends.items() if periods == set(PERIODS)}
    assert len(complete - {"COT"}) >= 6
    assert "COT" in complete


@pytest.mark.parametrize("name", FILES)
def test_every_file_says_that_it_is_synthetic(name: str) -> None:
    submission = read(name)
    assert submission.cover["Nature des données"] == SYNTHETIC
    assert submission.cover["Courriel du contact"].endswith(".example")
    for award in submission.tables.get("awards", []):
        assert re.search(r"\((bénéficiaire fictif|collectivité fictive)\)$", award["Bénéficiaire"])
    for project in submission.tables.get("project_follow_up", []):
        assert "fictif" in project["Nom du projet"] or "supposé pour l'exemple" in project["Observations"]


def test_every_file_is_in_the_index_and_received_when_its_period_has_ended() -> None:
    assert sorted(index()) == FILES
    month = {"2021-T1": 4, "2021-T2": 7, "2021-T3": 10}
    paris = ZoneInfo("Europe/Paris")
    for name, received in index().items():
        assert received.utcoffset() == received.astimezone(paris).utcoffset(), f"{name}: not the offset of Paris"
        expected = 6 if name == RESTATED else month[read(name).period]
        assert (received.year, received.month) == (2021, expected)
        assert received.date() >= read(name).cover["Date d'établissement"], f"{name} arrives before it is established"


@pytest.mark.parametrize("name", FILES)
def test_declared_totals_are_those_of_the_file(name: str) -> None:
    cover, tables = read(name).cover, read(name).tables
    awards, execution = tables.get("awards"), tables.get("execution")
    amounts = [award["Montant accordé (€)"] for award in awards or []]
    expected = {
        "Nombre de subventions déclaré": None if awards is None else len(awards),
        "Total accordé déclaré (€)": None
        if awards is None
        else sum(amount for amount in amounts if isinstance(amount, Decimal)),
        "Total engagé déclaré (AE, €)": None
        if execution is None
        else sum(row["AE engagées cumulées (€)"] for row in execution),
        "Total payé déclaré (CP, €)": None
        if execution is None
        else sum(row["CP payés cumulés (€)"] for row in execution),
    }
    declared = {label: None if cover[label] is None else Decimal(cover[label]) for label in expected}
    assert declared == expected
    assert awards or execution, "a file without a table would agree with anything"


def test_one_file_has_one_row_to_reject_for_each_of_four_reasons() -> None:
    unreadable = {
        (name, award["N° de subvention"]): award
        for name in FILES
        for award in read(name).tables.get("awards", [])
        if not is_readable(award)
    }
    assert {name for name, _ in unreadable} == {FAULTY}
    reasons = [
        (
            len(award["SIRET du bénéficiaire"]) != 14,
            award["Ligne du fonds"] not in ALLOCATIONS,
            not isinstance(award["Montant accordé (€)"], Decimal),
            award["Date de décision"] is None,
        )
        for award in unreadable.values()
    ]
    assert sorted(reasons, reverse=True) == [tuple(place == fault for place in range(4)) for fault in range(4)]
    executed = {row["N° de subvention"] for row in read(FAULTY).tables["execution"]}
    assert not executed & {award_id for _, award_id in unreadable}, "a rejected award would leave its payments alone"
    later = {row["N° de subvention"]: row for row in read("EDU_2021-T3.xlsx").tables["awards"]}
    assert all(is_readable(later[award_id]) for _, award_id in unreadable)


@pytest.mark.parametrize("as_of", instants(), ids=lambda instant: instant.isoformat())
def test_at_every_instant_the_fund_adds_up(as_of: dt.datetime) -> None:
    state = counted(as_of)
    by_line: defaultdict[str, Decimal] = defaultdict(Decimal)
    by_axis: defaultdict[str, Decimal] = defaultdict(Decimal)
    awarded: dict[str, Decimal] = {}
    for (_, table), (_, rows) in state.items():
        for award in rows if table == "awards" else []:
            if not is_readable(award):
                continue
            assert award["N° de subvention"] not in awarded, "an award is counted twice"
            awarded[award["N° de subvention"]] = award["Montant accordé (€)"]
            by_line[award["Ligne du fonds"]] += award["Montant accordé (€)"]
            if award["Axe (ITN7)"]:
                by_axis[str(award["Axe (ITN7)"])] += award["Montant accordé (€)"]
    assert awarded
    assert {line: total for line, total in by_line.items() if total > ALLOCATIONS[line] * MILLION} == {}
    assert {axis: total for axis, total in by_axis.items() if total > AXES[axis] * MILLION} == {}
    for (_, table), (name, rows) in state.items():
        for row in rows if table == "execution" else []:
            limit = awarded[row["N° de subvention"]]
            assert 0 <= row["CP payés cumulés (€)"] <= row["AE engagées cumulées (€)"] <= limit, (name, row)


def test_in_the_end_every_line_has_awards_and_something_left() -> None:
    by_line: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (_, table), (_, rows) in counted(instants()[-1]).items():
        for award in rows if table == "awards" else []:
            by_line[award["Ligne du fonds"]] += award["Montant accordé (€)"]
    assert set(by_line) == set(ALLOCATIONS)
    shares = {line: total / (ALLOCATIONS[line] * MILLION) for line, total in by_line.items()}
    assert all(Decimal("0.3") < share < 1 for share in shares.values()), shares


def test_figures_only_grow_from_one_period_to_the_next() -> None:
    compared = 0
    for earlier, later in itertools.pairwise(PERIODS):
        before, after = (counted(instants()[-1], up_to=period) for period in (earlier, later))
        for key, (name, rows) in before.items():
            new = {row.get("N° de subvention"): row for row in after[key][1]}
            if key[1] == "project_follow_up":
                continue
            for row in (row for row in rows if key[1] == "execution" or is_readable(row)):
                found = new[row["N° de subvention"]]
                compared += 1
                if key[1] == "awards":
                    assert found == row, f"{name}: an award changed without a restatement"
                else:
                    for figure in ("AE engagées cumulées (€)", "CP payés cumulés (€)"):
                        assert found[figure] >= row[figure], f"{name}: {row['N° de subvention']} went down"
    assert compared > 500


def test_the_restatement_changes_one_award_and_its_execution() -> None:
    before, after = read("INT_2021-T1.xlsx"), read(RESTATED)
    changed = {
        table: [
            (old["N° de subvention"], {title for title in old if old[title] != new[title]})
            for old, new in zip(before.tables[table], after.tables[table], strict=True)
            if old != new
        ]
        for table in ("awards", "execution")
    }
    ((award, titles),) = changed["awards"]
    assert titles == {"Montant accordé (€)"}
    ((executed, figures),) = changed["execution"]
    assert executed == award
    assert figures == {"AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations"}
    assert before.tables["project_follow_up"] == after.tables["project_follow_up"]


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith("execution.csv")])
def test_awards_are_well_formed(name: str) -> None:
    submission = read(name)
    first, last = {
        "2021-T1": (dt.date(2021, 1, 1), dt.date(2021, 3, 31)),
        "2021-T2": (dt.date(2021, 1, 1), dt.date(2021, 6, 30)),
        "2021-T3": (dt.date(2021, 1, 1), dt.date(2021, 9, 30)),
    }[submission.period]
    seen = set()
    for award in filter(is_readable, submission.tables["awards"]):
        seen.add(award["N° de subvention"])
        amount, cost = award["Montant accordé (€)"], award["Coût total du projet (€)"]
        is_territorial = award["Ligne du fonds"] == "ITN7"
        assert award["N° de subvention"].startswith(f"{submission.ministry}-2021-")
        assert is_territorial == (submission.ministry == "COT")
        assert is_territorial == bool(award["Axe (ITN7)"]) == bool(award["Département"])
        if is_territorial:
            assert re.fullmatch(r"\d\d|2A|2B|97[12346]", award["Département"])
        assert passes_luhn(award["SIRET du bénéficiaire"])
        assert passes_luhn(award["SIRET du bénéficiaire"][:9])
        assert amount == amount.quantize(Decimal("0.01"))
        assert 0 < amount <= cost
        assert first <= award["Date de décision"] <= last
        assert award["Date de décision"].weekday() < 5
        if award["Ligne du fonds"] == "ITN3":
            assert amount <= cost * Decimal("0.75")
    assert len(seen) == len(list(filter(is_readable, submission.tables["awards"])))


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith("subventions.csv")])
def test_a_payment_date_stands_where_something_is_paid(name: str) -> None:
    submission = read(name)
    for row in submission.tables["execution"]:
        assert (row["Date du dernier paiement"] is None) == (row["CP payés cumulés (€)"] == 0), row


def test_followed_projects_show_every_case() -> None:
    history: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for name in sorted(FILES, key=lambda name: index()[name]):
        for project in read(name).tables.get("project_follow_up", []):
            history[project["Nom du projet"]][read(name).period] = project
            invested, maintained = project["dont investissement (€)"], project["dont maintenance sur deux ans (€)"]
            if invested is not None or maintained is not None:
                assert project["Coût actuel (€)"] == invested + maintained
            assert (project["Nouvelle trajectoire"] == "Oui") == (
                project["Date de la nouvelle trajectoire"] is not None
            )

    def names(is_case: Any) -> set[str]:
        return {name for name, rows in history.items() if is_case([rows[p] for p in PERIODS if p in rows])}

    def costs(rows: list[Row]) -> list[Decimal]:
        return [row["Coût actuel (€)"] for row in rows]

    assert names(lambda rows: any(row["Phase"] == "En cours de clôture" for row in rows))
    assert names(
        lambda rows: len(rows) == 3 and rows[0]["Coût initial (€)"] < costs(rows)[0] < costs(rows)[1] < costs(rows)[2]
    )
    assert names(lambda rows: [row["Nouvelle trajectoire"] for row in rows] == ["Non", "Oui", "Oui"])
    assert names(lambda rows: len(rows) < 3 and rows[0]["Date de début"].year == 2021)
    without = names(lambda rows: costs(rows)[-1] > 9 * MILLION and rows[-1]["Avis du directeur de la DINUM"] == "Non")
    assert without
    assert all("fictif" in name for name in without), "a real project is said to lack an opinion"
    assert names(lambda rows: costs(rows)[-1] == 9 * MILLION)
    for row in history["PAS"].values():
        assert (row["Coût initial (€)"], row["Coût actuel (€)"]) == (212 * MILLION, 212 * MILLION)
        assert (row["Durée initiale (mois)"], row["Durée actuelle (mois)"]) == (56, 56)


@pytest.mark.parametrize("table", ["awards", "execution", "project_follow_up"])
def test_headers_are_those_of_the_contract(table: str) -> None:
    contract = json.loads((CONTRACTS / f"submission.{table}.json").read_text(encoding="utf-8"))
    titles = [field["title"] for field in contract["fields"] if "derived" not in field.get("relance", {})]
    assert list(read("ECO_2021-T3.xlsx").tables[table][0]) == titles
    sheet = next(sheet for sheet, name in SHEETS.items() if name == table)
    assert [cell.value for cell in openpyxl.load_workbook(TEMPLATE)[sheet][3]] == titles


def test_the_cover_has_the_labels_of_the_contract() -> None:
    contract = json.loads((CONTRACTS / "submission.cover.json").read_text(encoding="utf-8"))
    labels = [field["title"] for field in contract["fields"]]
    template = openpyxl.load_workbook(TEMPLATE)["Couverture"]
    assert [row[0] for row in template.iter_rows(min_row=3, values_only=True)] == labels
    for name in FILES:
        assert [label for label in read(name).cover if not label.startswith("Remontée")] == labels


def test_the_template_is_blank_guides_and_is_not_collected() -> None:
    book = openpyxl.load_workbook(TEMPLATE)
    assert book.sheetnames == ["Mode d'emploi", "Couverture", *SHEETS]
    assert TEMPLATE.parent != FOLDER
    for name in SHEETS:
        sheet = book[name]
        assert not any(any(row) for row in sheet.iter_rows(min_row=4, values_only=True)), f"{name} is not blank"
        assert sheet.freeze_panes == "B4"
        formats = {sheet.cell(3, place).value: sheet.column_dimensions[sheet.cell(3, place).column_letter].number_format
                   for place in range(1, sheet.max_column + 1)}  # fmt: skip
        for title, number_format in formats.items():
            if title.endswith("(€)"):
                assert number_format == "#,##0.00"
            if "Date" in title:
                assert number_format == "dd/mm/yyyy"
            if "SIRET" in title or title == "Département":
                assert number_format == "@"


def test_the_template_offers_the_values_that_the_contract_accepts() -> None:
    book = openpyxl.load_workbook(TEMPLATE)
    lists = {
        (name, book[name].cell(3, book[name][str(check.sqref).split(":")[0]].column).value): check.formula1.strip(
            '"'
        ).split(",")
        for name in SHEETS
        for check in book[name].data_validations.dataValidation
        if check.type == "list"
    }
    contract = json.loads((CONTRACTS / "submission.awards.json").read_text(encoding="utf-8"))
    enums = {field["title"]: field.get("constraints", {}).get("enum") for field in contract["fields"]}
    assert lists["Subventions", "Ligne du fonds"] == enums["Ligne du fonds"]
    assert lists["Subventions", "Axe (ITN7)"] == enums["Axe (ITN7)"]
    for title in ("Avis du directeur de la DINUM", "Nouvelle trajectoire"):
        assert lists["Projets", title] == ["Oui", "Non"]
    cover = json.loads((CONTRACTS / "submission.cover.json").read_text(encoding="utf-8"))
    fields = {field["title"]: field["constraints"] for field in cover["fields"] if "constraints" in field}
    offered = {
        book["Couverture"].cell(book["Couverture"][str(check.sqref)].row, 1).value: check.formula1.strip('"').split(",")
        for check in book["Couverture"].data_validations.dataValidation
        if check.type == "list"
    }
    assert set(offered["Code du ministère"]) <= set(fields["Code du ministère"]["enum"])
    assert all(re.search(fields["Période"]["pattern"], period) for period in offered["Période"])


def test_the_hints_of_the_template_are_within_what_a_spreadsheet_takes() -> None:
    """Longer ones make Excel repair the file, or refuse it: 255 characters a list or a hint, 225 an error."""
    looked_at = 0
    for sheet in openpyxl.load_workbook(TEMPLATE).worksheets:
        for check in sheet.data_validations.dataValidation:
            looked_at += 1
            assert len(check.formula1 or "") <= 257
            assert len(check.prompt or "") <= 255
            assert len(check.error or "") <= 225
            assert max(len(check.promptTitle or ""), len(check.errorTitle or "")) <= 32
    assert looked_at > 30


def test_the_script_writes_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, SAMPLES / "write_submissions.py", tmp_path],
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    for folder in (FOLDER, TEMPLATE.parent):
        kept, written = (
            {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
            for place in (folder, tmp_path / folder.name)
        )
        assert sorted(written) == sorted(kept)
        assert [name for name in kept if kept[name] != written[name]] == []

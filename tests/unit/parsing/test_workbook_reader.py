"""Workbooks read by a child process, sheet by sheet: what comes out does not depend on how it cuts and looks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing import workbook, workbook_reader
from relance.parsing.reading import Reading
from relance.parsing.wording import integer

HEADER = ["N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations"]
ROWS = 23
NUMBERS = (0.1 + 0.2, 1.0, -0.0, 1234567.89, 1e15, 1e16, 1e22, 5e-324, 123456789012.345, -7.25, 100.0, 0.0)


def _workbook(last: str = "Notes", observed: str = "vu", left: int = 0) -> bytes:
    """A cover, the execution and a sheet of notes: a repeated number, an amount that is none, quotes, empty rows."""
    book = openpyxl.Workbook()
    book.active.title = "Couverture"
    book.active.append(["Code du ministère", "COT"])
    book.active.append(["Période", "2021-T2"])
    for name in ("Exécution", "Notes"):
        sheet = book.create_sheet(name)
        sheet.append([] if name == "Notes" else [None] * left + HEADER)
        for number in range(ROWS):
            if number in (3, 4, 5, 6):
                sheet.append([])
            amount = "abc" if number == 17 else f"{number} 000,10"
            sheet.append([None] * left + [f'  S"{number % 20}', 1.5 * number, amount, "vu"])
    book[last].append([None] * left + ["S99", 1, 1, observed])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the workbook's reader be one with some of its lines replaced."""

    def changed(**lines: str) -> None:
        code = Path(workbook.__file__).with_name("workbook_reader.py").read_text(encoding="utf-8")
        for name, value in lines.items():
            before = next(line for line in code.splitlines() if line.startswith((f"{name} = ", f"def {name}(")))
            code = code.replace(before, f"{name} = {value}" if " = " in before else f"{before}\n    {value}")
        (tmp_path / "reader.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(workbook, "_READER", tmp_path / "reader.py")

    return changed


@pytest.mark.parametrize("left", [0, 2])
@pytest.mark.parametrize(
    ("rows_at_once", "piece_rows", "many_rows"), [(1, 7, 5), (2, 9, 50_000), (7, 1_000, 5), (4, 1, 5)]
)
def test_rows_are_what_they_are_however_many_are_taken_at_once(
    parse: Any, reader: Any, tmp_path: Path, left: int, rows_at_once: int, piece_rows: int, many_rows: int
) -> None:
    content = _workbook(left=left)
    whole = parse(content)
    reader(
        ROWS_AT_ONCE=str(rows_at_once),
        PIECE_ROWS=str(piece_rows),
        MANY_ROWS=str(many_rows),
        MANY_BYTES="0",
        say="import time; time.sleep(0.01)",
    )
    assert parse(content, root=tmp_path / "again").written() == whole.written()
    assert whole.facts["tables"]["execution"]["rows_in"] == ROWS
    assert [(r["row_number"], r["rule"]) for r in whole.rejects("execution")] == [
        (23, "amount"), (26, "unique"), (27, "unique"), (28, "unique"),
    ]  # fmt: skip
    assert whole.rows("execution")[1]["award_id"] == 'S"1'


def test_one_error_pasted_as_text_is_enough_for_errors_to_be_looked_for(parse: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(_workbook()))
    book["Exécution"].append(["S50", "#N/A", 1, ""])
    book["Exécution"]["B29"].data_type = "s"  # else it is an error cell, which is found in another way
    file = io.BytesIO()
    book.save(file)
    assert [(r["row_number"], r["rule"]) for r in parse(file.getvalue()).rejects("execution")][-1] == (29, "error-cell")


def test_numbers_have_one_text_whether_few_or_many() -> None:
    as_many = workbook_reader.many_numbers()
    for number in NUMBERS:
        column = (number, 2.5)
        few = workbook_reader.texts(column, workbook_reader.few_numbers)
        assert workbook_reader.texts(column, as_many) == few
        assert few[0] == [workbook_reader.float_text(number) if number else few[0][0], "2.5"]
    for strange in (float("inf"), float("nan")):
        texts = [workbook_reader.texts((strange, 1.5), way)[0] for way in (workbook_reader.few_numbers, as_many)]
        assert texts == [[format(strange, ".15g"), "1.5"]] * 2


@pytest.mark.parametrize("last", ["Exécution", "Notes"])
def test_a_cell_too_long_sets_the_file_aside_also_where_nobody_reads_it(
    parse: Any, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr(workbook, "MAX_CELL_CHARS", 1_000)
    row = ROWS + 4 + 2  # below the header, the rows and the empty ones among them
    assert parse(_workbook(last, "x" * 1_001)).facts["reason"] == (
        f"Feuille « {last} », ligne {row}, colonne D : la cellule contient {integer(1_001)} caractères ; la limite est"
        f" de {integer(1_000)}. Raccourcir la cellule et renvoyer le classeur."
    )


@pytest.mark.parametrize("after", ["Couverture", "Exécution", "Notes"])
def test_a_reader_that_fails_midway_sets_the_file_aside_and_leaves_nothing(parse: Any, reader: Any, after: str) -> None:
    reader(say=f"what.get('name') == {after!r} and sys.exit('MemoryError')")
    parsed = parse(_workbook())
    assert parsed.facts["reason"] == (
        "Le classeur demande plus de mémoire qu'il n'est permis (feuille démesurée)."
        " Supprimer les lignes et colonnes vides mises en forme et le renvoyer."
    )
    assert [path.name for path in parsed.file.directory.iterdir()] == ["file.json"]


@pytest.mark.parametrize("piece", ["sheet1-8.csv", "sheet1-22.csv", "sheet2-17.csv"])
def test_a_reader_that_fails_between_two_pieces_of_a_sheet_sets_the_file_aside(
    parse: Any, reader: Any, piece: str
) -> None:
    reader(PIECE_ROWS="8", say=f"what.get('file') == {piece!r} and sys.exit('MemoryError')")
    parsed = parse(_workbook())
    assert "plus de mémoire qu'il n'est permis" in parsed.facts["reason"]
    assert [path.name for path in parsed.file.directory.iterdir()] == ["file.json"]


def _sheets(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name.removesuffix(" (masquée)"))
        sheet.sheet_state = "hidden" if name.endswith(" (masquée)") else "visible"
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


AWARDS_HEADER = [
    "N° de subvention", "Ligne du fonds", "Bénéficiaire", "Intitulé du projet", "Date de décision",
    "Montant accordé (€)",
]  # fmt: skip
COVER = ("Couverture", [["Code du ministère", "COT"], ["Période", "2021-T2"]])
AWARDS = ("Subventions", [AWARDS_HEADER, *(["S" + str(n), "ITN1", "A", "B", "2021-03-04", n] for n in (1, 2, 2, 3))])
EXECUTION = ("Exécution", [HEADER, *(["S" + str(n), 1, 1, ""] for n in (1, 3, 3, 9))])
FORMULAS = ("Exécution", [HEADER, ["S1", "=1/0", 1, ""], ["S9", 1, 1, ""]])
WIDE = ("Notes", [[*[None] * 1_000, "x"]])
WORKBOOKS: dict[str, tuple[tuple[str, list[list[Any]]], ...]] = {
    "in the order of the contracts": (COVER, AWARDS, EXECUTION),
    "the table that refers first": (COVER, EXECUTION, AWARDS),
    "the cover last": (AWARDS, EXECUTION, COVER),
    "the cover between": (AWARDS, COVER, EXECUTION),
    "one table": (COVER, EXECUTION),
    "the other table": (COVER, AWARDS),
    "a name twice": (COVER, AWARDS, ("SUBVENTIONS ", AWARDS[1]), EXECUTION),
    "another name": (COVER, ("Feuil1", AWARDS[1]), EXECUTION),
    "another name, at the end": (COVER, EXECUTION, ("Feuil1", AWARDS[1])),
    "hidden": (COVER, ("Subventions (masquée)", AWARDS[1]), EXECUTION),
    "formulas": (COVER, AWARDS, FORMULAS),
    "too wide a sheet behind": (COVER, AWARDS, EXECUTION, WIDE),
    "a header alone": (COVER, ("Subventions", [AWARDS_HEADER]), EXECUTION),
    "a header twice": (COVER, ("Subventions", [[*AWARDS_HEADER, AWARDS_HEADER[0]]]), EXECUTION),
    "no header": (COVER, ("Subventions", [["x", "y"]]), EXECUTION),
    "an empty sheet": (COVER, ("Subventions", []), EXECUTION),
    "a sheet that nobody reads": (("Notes", [["x"]]), COVER, AWARDS, ("Autres", [["y"]]), EXECUTION),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_table_parsed_while_its_sheet_is_read_is_what_it_would_be_at_the_end(
    parse: Any, reader: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content = _sheets(*WORKBOOKS[name])
    reader(PIECE_ROWS="2")
    early = parse(content).written()
    monkeypatch.setattr(Reading, "_foreseen", lambda *_: None)
    assert parse(content, root=tmp_path / "at the end").written() == early


def test_tables_in_the_order_of_the_contracts_are_parsed_as_they_come(
    parse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, foreseen = [], Reading._foreseen

    def noted(self: Reading, *args: Any) -> Any:
        early.append(layout := foreseen(self, *args))
        return layout

    monkeypatch.setattr(Reading, "_foreseen", noted)
    parsed = parse(_sheets(*WORKBOOKS["in the order of the contracts"]))
    assert [layout.contract.table for layout in early] == ["awards", "execution"]
    assert {table: facts["rows_in"] for table, facts in parsed.facts["tables"].items()} == {
        "cover": 1, "awards": 4, "execution": 4,
    }  # fmt: skip
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("execution")] == [(4, "unique"), (5, "foreign-key")]


def test_a_reader_killed_after_the_last_sheet_did_not_read_the_file(parse: Any, reader: Any) -> None:
    reader(say="'is_whole' in what and os.kill(os.getpid(), 9)")
    assert "plus de mémoire qu'il n'est permis" in parse(_workbook()).facts["reason"]


def test_a_full_disk_of_the_reader_is_not_the_sender_s_fault(parse: Any, reader: Any) -> None:
    reader(say="import errno; raise OSError(errno.ENOSPC, 'No space left on device')")
    with pytest.raises(OSError, match="No space left on device"):
        parse(_workbook())

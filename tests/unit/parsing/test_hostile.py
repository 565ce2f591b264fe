"""Files that are not what they should be: each is set aside with its sentence, in bounded time and memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

BROKEN = Path(__file__).parents[2] / "fixtures" / "broken"
EXPECTED = json.loads((BROKEN / "expected.json").read_text(encoding="utf-8"))
PARSED_ALL_THE_SAME = {"header-alone-submission.csv", "more-cells-than-headers.csv", "utf-16-without-bom.csv"}


def test_every_fixture_has_its_sentence() -> None:
    assert {p.name for p in BROKEN.iterdir()} == {*EXPECTED, *PARSED_ALL_THE_SAME, "expected.json"}


@pytest.mark.parametrize("name", EXPECTED)
def test_broken_files_are_set_aside_with_a_sentence(parse: Any, name: str) -> None:
    parsed = parse(BROKEN / name, "panorama" if "panorama" in name else "submission")
    assert parsed.facts["outcome"] == "set_aside"
    assert EXPECTED[name] in parsed.facts["reason"]
    assert parsed.facts["tables"] == {}
    assert [p.name for p in parsed.file.directory.iterdir()] == ["file.json"]


def test_a_header_alone_is_a_table_without_rows(parse: Any) -> None:
    parsed = parse(BROKEN / "header-alone-submission.csv")
    assert parsed.facts["tables"]["execution"]["rows_in"] == 0
    assert parsed.rows("execution") == []
    assert "0 ligne est comptée" in parsed.facts["notes"][0]


def test_a_row_with_too_many_cells_is_rejected_and_the_others_stay(parse: Any) -> None:
    parsed = parse(BROKEN / "more-cells-than-headers.csv")
    assert [r["award_id"] for r in parsed.rows("execution")] == ["A2", "A3"]
    [reject] = parsed.rejects("execution")
    assert (reject["rule"], reject["value"], reject["row_number"]) == ("extra", "12", 6)


def test_utf_16_without_its_mark_is_read(parse: Any) -> None:
    [row] = parse(BROKEN / "utf-16-without-bom.csv").rows("execution")
    assert row["comment"] == "payé"


def zip_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(parse: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("relance.parsing.container.MAX_UNCOMPRESSED_BYTES", 1_000_000)
    data = zip_of({"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": b" " * 2_000_000})
    assert "une fois ouvert" in parse(data).facts["reason"]


def test_a_sheet_that_asks_for_all_memory_is_refused(parse: Any, monkeypatch: Any) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    book.active["XFD1048576"] = "y"  # a dense table of 17 milliard cells
    stream = io.BytesIO()
    book.save(stream)
    monkeypatch.setattr("relance.parsing.workbook.MEMORY_BYTES", 1 << 30)
    assert "plus de mémoire" in parse(stream.getvalue()).facts["reason"]


def test_a_million_columns_are_refused(parse: Any) -> None:
    assert "1\u202f000\u202f000 colonnes" in parse(";".join("c" for _ in range(1_000_000)) + "\n").facts["reason"]


def test_a_huge_cell_is_refused(parse: Any) -> None:
    body = "Code du ministère;COT\nPériode;2021-T2\n\nN° de subvention;AE engagées cumulées (€);CP payés cumulés (€)\n"
    reason = parse(body + "A1;1;" + "9" * 3_000_000 + "\n").facts["reason"]
    assert "Enregistrement 5 : une cellule dépasse" in reason


def test_a_line_without_end_is_refused(parse: Any) -> None:
    assert "Une ligne du fichier dépasse" in parse("a" * 20_000_000).facts["reason"]


def test_the_reader_of_workbooks_needs_nothing_of_the_project(tmp_path: Path) -> None:
    reader = Path(__file__).parents[3] / "include" / "relance" / "parsing" / "workbook_reader.py"
    source = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", 1.5])
    book.save(source)
    command = [sys.executable, "-I", str(reader), str(source), str(tmp_path), str(4 << 30), "1000"]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert (tmp_path / "sheet0.csv").read_text() == '"1","a","1.5",""\n'

"""Files that are not what they should be: each is set aside with its sentence, in bounded time and memory."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing import ARCHIVE, COVER_DEFECT, SetAside, unpack

BROKEN = Path(__file__).parents[2] / "fixtures" / "broken"
EXPECTED: dict[str, dict[str, Any]] = json.loads((BROKEN / "expected.json").read_text(encoding="utf-8"))
NOT_FIXTURES = {"expected.json", "builders.py", "__pycache__"}


def builders() -> dict[str, Any]:
    """The builders of the large ones: they stand beside the fixtures, out of any package."""
    specification = importlib.util.spec_from_file_location("broken_builders", BROKEN / "builders.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    found: dict[str, Any] = module.BUILDERS
    return found


BUILDERS = builders()


def test_every_fixture_and_every_builder_has_its_sentence() -> None:
    named = {path.name for path in BROKEN.iterdir()} - NOT_FIXTURES
    assert named.isdisjoint(BUILDERS)
    assert named | set(BUILDERS) == set(EXPECTED)


# Parses one object under a limit of memory for itself and one for its reader; prints what came of it and what it took.
LIMITED = """
import json, resource, sys
from pathlib import Path
from relance.files import sha256_of
from relance.parsing import parse_object, workbook
source = Path(sys.argv[1])
workbook.MEMORY_BYTES = 2 << 30
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
parsed = parse_object(source, sha256_of(source), "submission", Path(sys.argv[2]))
# Its own by VmHWM: the other figure of a process begins with that of the process that started it.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
own, readers = int(status["VmHWM"].split()[0]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({**parsed.facts, "own_kib": own, "readers_kib": readers}))
"""


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_large_hostile_files_stay_within_bounds(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    BUILDERS[name](source)
    command = [sys.executable, "-c", LIMITED, str(source), str(tmp_path / "parsed")]
    # The time limit is for a reading that does not end; each takes seconds.
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    source.unlink()
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    expected = EXPECTED[name]
    assert facts["outcome"] == expected["outcome"], facts["reason"]
    if expected["sentence"] is not None:
        assert expected["sentence"] in facts["reason"]
    else:
        assert facts["tables"]["execution"]["rows_accepted"] == 1
    assert facts["own_kib"] < 700 << 10
    assert facts["readers_kib"] < 2 << 20
    assert not list((tmp_path / "parsed" / ".aside").iterdir())


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - set(BUILDERS)))
def test_broken_files_give_their_sentence(parse: Any, tmp_path: Path, name: str) -> None:
    expected = EXPECTED[name]
    kind = "panorama" if "panorama" in name else "submission"
    parsed = parse(BROKEN / name, kind)
    outcome, sentences = (
        parsed.facts["outcome"],
        [
            parsed.facts["reason"] or "",
            *parsed.facts["notes"],
            parsed.facts["facts"].get(COVER_DEFECT) or "",
        ],
    )
    if outcome == "set_aside":
        assert parsed.facts["tables"] == {}
        assert [p.name for p in parsed.file.directory.iterdir()] == ["file.json"]
    if parsed.facts["format"].get("container") == ARCHIVE:
        try:
            unpacked = unpack(BROKEN / name, tmp_path / "unpacked")
        except SetAside as set_aside:
            sentences = [str(set_aside)]
        else:
            outcome, sentences = "unpacked", [member.reason or "" for member in unpacked.members]
            inner = {member.name: parse(member.path) for member in unpacked.members if member.path}
            sentences += [each.facts["reason"] or "" for each in inner.values()]
            assert inner["bon.csv"].facts["outcome"] == "parsed"
    for table in parsed.facts["tables"]:
        sentences += [reject["sentence"] for reject in parsed.rejects(table)]
    assert outcome == expected["outcome"], sentences
    if expected["sentence"] is not None:
        assert [s for s in sentences if expected["sentence"] in s], sentences


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


def test_a_workbook_larger_than_the_limit_is_refused_before_it_is_unpacked(parse: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("relance.parsing.container.MAX_UNCOMPRESSED_BYTES", 1_000)
    assert "une fois ouvert" in parse(BROKEN / "only-table-hidden.xlsx").facts["reason"]


def test_a_workbook_that_takes_too_long_is_given_up(parse: Any, monkeypatch: Any, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr("relance.parsing.workbook._READER", slow)
    monkeypatch.setattr("relance.parsing.workbook.TIMEOUT_SECONDS", 0.1)
    assert "n'a pas pu être lu en" in parse(BROKEN / "only-table-hidden.xlsx").facts["reason"]


def test_the_reader_of_workbooks_needs_nothing_of_the_project(tmp_path: Path) -> None:
    reader = Path(__file__).parents[3] / "include" / "relance" / "parsing" / "workbook_reader.py"
    source = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", 1.5])
    book.save(source)
    command = [sys.executable, "-I", str(reader), str(source), str(tmp_path), str(4 << 30), "1000"]
    said = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True).stdout
    sheet, end = map(json.loads, said.splitlines())
    assert end == {"is_whole": True}
    assert sheet == {
        "name": "Sheet", "is_visible": True, "width": 2, "row_count": 1, "longest_line": 52, "inner_blanks": "",
        "has_hash": False, "has_odd": False, "covered": [], "merged": [], "file": "sheet0-1.csv", "is_last": True,
    }  # fmt: skip
    assert (tmp_path / "sheet0-1.csv").read_text() == '"1","a","1.5",""\n'

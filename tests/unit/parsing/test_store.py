"""A parse is written once, aside and renamed, and is the same bytes each time."""

from __future__ import annotations

import hashlib
import multiprocessing
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from relance.errors import RelanceError
from relance.parsing import contract_columns, contract_version, load_contracts, parse_object
from relance.parsing.contract import CONTRACTS_DIR, ENGINES, installed_version

TEXT = (
    "Code du ministère;COT\nPériode;2021-T2\n\n"
    "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€)\n"
    + "".join(f"A{i};{i},50;{i}\n" for i in range(3000))
    + "A1;x;2\n"
)


def _parse(root: Path) -> str:
    data = TEXT.encode()
    sha256 = hashlib.sha256(data).hexdigest()
    source = root / "object"
    if not source.exists():
        source.write_bytes(data)
    return str(parse_object(source, sha256, "submission", root / "parsed").directory)


def _bytes(directory: str) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(Path(directory).iterdir())}


def test_the_same_bytes_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = _bytes(_parse(tmp_path / "a")), _bytes(_parse(tmp_path / "b"))
    assert set(first) == {
        "file.json", "cover.rows.parquet", "cover.rejects.parquet", "execution.rows.parquet",
        "execution.rejects.parquet",
    }  # fmt: skip
    assert first == second


def test_what_is_there_is_returned_at_once(tmp_path: Path, monkeypatch: Any) -> None:
    directory = _parse(tmp_path)
    monkeypatch.setattr("relance.parsing.parse.Reading", None)
    assert _parse(tmp_path) == directory
    assert not list((tmp_path / "parsed" / ".aside").iterdir())


def test_two_processes_may_parse_the_same_object(tmp_path: Path) -> None:
    (tmp_path / "object").write_bytes(TEXT.encode())
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        directories = pool.map(_parse, [tmp_path] * 3)
    assert len(set(directories)) == 1
    assert (Path(directories[0]) / "file.json").is_file()


def test_a_directory_without_its_record_is_not_taken_for_a_parse(tmp_path: Path) -> None:
    data = TEXT.encode()
    target = tmp_path / "parsed" / contract_version() / "submission" / hashlib.sha256(data).hexdigest()
    target.mkdir(parents=True)
    assert (Path(_parse(tmp_path)) / "file.json").is_file()


def test_the_version_changes_with_a_contract(tmp_path: Path, monkeypatch: Any) -> None:
    before = contract_version.__wrapped__()
    for path in CONTRACTS_DIR.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr("relance.parsing.contract.CONTRACTS_DIR", tmp_path)
    assert contract_version.__wrapped__() == before
    changed = tmp_path / "submission.awards.json"
    changed.write_text(changed.read_text(encoding="utf-8").replace("ITN8D", "ITN8E"), encoding="utf-8")
    assert contract_version.__wrapped__() != before


def test_the_version_of_a_package_is_what_its_installer_says(monkeypatch: Any) -> None:
    told = {engine: metadata.version(engine) for engine in ENGINES}
    assert {engine: installed_version(engine) for engine in ENGINES} == told
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    assert {engine: installed_version(engine) for engine in ENGINES} == told


def test_an_unknown_kind_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match="application, panorama, submission"):
        load_contracts("invoice")


def test_rows_have_the_columns_that_the_contract_says(tmp_path: Path) -> None:
    import duckdb

    path = Path(_parse(tmp_path)) / "execution.rows.parquet"
    found = [row[:2] for row in duckdb.read_parquet(str(path)).query("t", "DESCRIBE t").fetchall()]
    expected = [("sheet", "VARCHAR"), ("row_number", "BIGINT"), *contract_columns("submission")["execution"]]
    assert found == expected

"""A parse is written once, aside and renamed, and is the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from relance.errors import DamagedError, RelanceError
from relance.parsing import (
    contract_columns,
    contract_version,
    load_contracts,
    parse_documents,
    parse_object,
    parsed_dir,
)
from relance.parsing.contract import CONTRACTS_DIR, ENGINES, installed_version
from tests.damage import flip

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
        "execution.rejects.parquet", "execution.rejected_amounts.parquet",
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


# -- what was parsed is used as it was written, or not at all


def _edit_amount(directory: Path) -> None:
    """As somebody does who wants another figure: a cent more, the file as sound as before."""
    import duckdb

    path = directory / "execution.rows.parquet"
    rows = duckdb.read_parquet(str(path))
    columns = ("paid_eur + 0.01 as paid_eur" if name == "paid_eur" else name for name in rows.columns)
    rows.project(", ".join(columns)).write_parquet(f"{path}.new")
    Path(f"{path}.new").replace(path)


def _edit_record(directory: Path) -> None:
    record = json.loads((directory / "file.json").read_text())
    record["tables"]["execution"]["amounts"]["paid_eur"]["accepted_eur"] = "1.01"
    (directory / "file.json").write_text(json.dumps(record))


def _set_aside_by_hand(directory: Path) -> None:
    record = json.loads((directory / "file.json").read_text())
    (directory / "file.json").write_text(json.dumps({**record, "outcome": "set_aside", "reason": "x"}))


def _add_part(directory: Path) -> None:
    shutil.copy(directory / "execution.rows.parquet", directory / "execution.rows.0002.parquet")


def _put_that_of_another_file(directory: Path) -> None:
    other = TEXT.replace("A1;1,50;1", "A1;1,50;9").encode()
    source = directory.parents[3] / "other"
    source.write_bytes(other)
    parsed = parse_object(source, hashlib.sha256(other).hexdigest(), "submission", directory.parents[2])
    shutil.rmtree(directory)
    shutil.copytree(parsed.directory, directory)


EDITS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte of the rows": (lambda d: flip(d / "execution.rows.parquet"), "execution.rows.parquet has the SHA-256"),
    "a byte of the rejects": (lambda d: flip(d / "execution.rejects.parquet"), "execution.rejects.parquet"),
    "an amount": (_edit_amount, "execution.rows.parquet has the SHA-256"),
    "a sum in the record": (_edit_record, "file.json is not as it was written"),
    "set aside by hand": (_set_aside_by_hand, "file.json is not as it was written"),
    "a record cut short": (lambda d: (d / "file.json").write_text("{"), "file.json cannot be read"),
    "a record of another form": (lambda d: (d / "file.json").write_text("[]"), "file.json cannot be read"),
    "rows removed": (lambda d: (d / "execution.rows.parquet").unlink(), "execution.rows.parquet is missing"),
    "record removed": (lambda d: (d / "file.json").unlink(), "file.json cannot be read"),
    "rows added": (_add_part, "execution.rows.0002.parquet is not of that parse"),
    "another file's": (_put_that_of_another_file, "file.json is that of another file"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_parse_is_thrown_away_made_anew_and_told(
    tmp_path: Path, edit: str, caplog: pytest.LogCaptureFixture
) -> None:
    directory = Path(_parse(tmp_path))
    before = _bytes(str(directory))
    change, said = EDITS[edit]
    change(directory)
    assert _bytes(str(directory)) != before
    with caplog.at_level(logging.WARNING):
        parsed = parse_object(tmp_path / "object", directory.name, "submission", tmp_path / "parsed")
    assert said in (parsed.remade or "")
    assert said in caplog.text
    assert _bytes(str(directory)) == before
    assert not list((tmp_path / "parsed" / ".aside").iterdir())
    again = parse_object(tmp_path / "object", directory.name, "submission", tmp_path / "parsed")
    assert (again.remade, again.facts) == (None, parsed.facts)


@pytest.mark.parametrize("harm", [flip, Path.unlink], ids=["damaged", "missing"])
def test_of_a_damaged_object_nothing_is_kept_and_nobody_else_is_blamed(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    source, sha256 = tmp_path / "object", hashlib.sha256(TEXT.encode()).hexdigest()
    source.write_bytes(TEXT.encode())
    harm(source)
    for _ in range(2):
        with pytest.raises(DamagedError, match=str(source)):
            parse_object(source, sha256, "submission", tmp_path / "parsed")
    assert not parsed_dir(tmp_path / "parsed", "submission", sha256).exists()
    source.write_bytes(TEXT.encode())
    assert not parse_object(source, sha256, "submission", tmp_path / "parsed").is_set_aside


def test_a_parse_that_is_whole_counts_whatever_became_of_its_object(tmp_path: Path) -> None:
    directory = Path(_parse(tmp_path))
    flip(tmp_path / "object")
    parsed = parse_object(tmp_path / "object", directory.name, "submission", tmp_path / "parsed")
    assert parsed.directory == directory


def test_of_both_damaged_the_parse_is_not_used(tmp_path: Path) -> None:
    directory = Path(_parse(tmp_path))
    for path in (tmp_path / "object", directory / "execution.rows.parquet"):
        flip(path)
    with pytest.raises(DamagedError, match=str(tmp_path / "object")):
        parse_object(tmp_path / "object", directory.name, "submission", tmp_path / "parsed")


def test_what_is_written_to_while_it_is_parsed_gives_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    """Also where the bytes are right again at the end: nobody knows which ones were read."""
    from relance.parsing import parse

    source, sha256 = tmp_path / "object", hashlib.sha256(TEXT.encode()).hexdigest()
    source.write_bytes(TEXT.encode())
    real = parse._parse

    def parse_while_it_is_restored(*arguments: Any) -> Any:
        facts = real(*arguments)
        source.write_bytes(TEXT.encode())
        return facts

    monkeypatch.setattr(parse, "_parse", parse_while_it_is_restored)
    with pytest.raises(DamagedError, match="changed while it was read"):
        parse_object(source, sha256, "submission", tmp_path / "parsed")
    assert not parsed_dir(tmp_path / "parsed", "submission", sha256).exists()


def test_a_damaged_dossier_among_others_is_not_parsed_and_keeps_none_from_it(tmp_path: Path) -> None:
    samples = Path(__file__).parents[3] / "samples" / "applications"
    objects = []
    for name in ("dossier-4100001.json", "dossier-4100002.json"):
        path = tmp_path / name
        shutil.copy(samples / name, path)
        objects.append((path, hashlib.sha256(path.read_bytes()).hexdigest()))
    damaged, sound = objects
    damaged[0].write_bytes(damaged[0].read_bytes().replace(b"4100001", b"4100009"))
    parse_documents(objects, tmp_path / "parsed")
    assert parsed_dir(tmp_path / "parsed", "application", sound[1]).is_dir()
    assert not parsed_dir(tmp_path / "parsed", "application", damaged[1]).exists()

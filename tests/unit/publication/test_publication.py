"""Writing, placing and switching publications, on a small built file."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance.errors import RelanceError
from relance.publication.current import check_readable, find, place, read_publication, switch
from relance.publication.write import write_publication
from tests.marts import NIGHT, manifest_of


def build_file(folder: Path, rows: str = "(2, 20.00), (1, 10.00)") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema fund; create schema staging")
        connection.execute("create table fund.lines (line_code int, awarded_eur decimal(18, 2))")
        connection.execute(f"insert into fund.lines values {rows}")  # noqa: S608
        connection.execute("create view fund.seen as from fund.lines")
        connection.execute("create table staging.secret as select 1 as one")
    (folder / "verdict.json").write_text('{"outcome": "pass"}')
    return path


def write(builds: Path, build_id: str, as_of: dt.datetime = NIGHT, before: Path | None = None, **build: Any) -> Path:
    path = build_file(builds / build_id, **build)
    written = builds / build_id / "publication"
    described = {"fund.lines": {"key": ["line_code"]}}
    verdict = builds / build_id / "verdict.json"
    write_publication(path, written, manifest_of(build_id, as_of), verdict, described, before)
    return written


@pytest.fixture
def publications(tmp_path: Path) -> Path:
    return tmp_path / "publications"


def test_a_publication_holds_the_marts_as_tables_and_nothing_else(tmp_path: Path) -> None:
    written = write(tmp_path, "b1")
    with duckdb.connect(str(written / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables order by all"
        ).fetchall()
        types = connection.execute("select column_name, data_type from duckdb_columns() where table_name = 'lines'")
        assert ("awarded_eur", "DECIMAL(18,2)") in types.fetchall()
    assert tables == [("fund", "lines", "BASE TABLE"), ("fund", "seen", "BASE TABLE")]
    assert sorted(path.name for path in (written / "marts").iterdir()) == [
        "fund.lines.csv",
        "fund.lines.parquet",
        "fund.seen.csv",
        "fund.seen.parquet",
    ]
    assert not (written / "warehouse.duckdb.wal").exists()


def test_its_manifest_counts_rows_and_hashes_every_file(tmp_path: Path) -> None:
    written = write(tmp_path, "b1")
    manifest = read_publication(written)
    assert manifest is not None
    assert manifest["marts"]["fund.lines"] == {"rows": 2, "key": ["line_code"]}
    on_disk = {p.relative_to(written).as_posix() for p in written.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == on_disk - {"manifest.json"}


def test_the_order_in_which_rows_were_built_does_not_change_a_byte(tmp_path: Path) -> None:
    one = write(tmp_path, "b1", rows="(2, 20.00), (1, 10.00)")
    two = write(tmp_path, "b2", rows="(1, 10.00), (2, 20.00)")
    for name in ("fund.lines.parquet", "fund.lines.csv"):
        assert (one / "marts" / name).read_bytes() == (two / "marts" / name).read_bytes()


def test_rows_that_break_a_mart_s_key_are_not_published(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match=r"fund\.lines is not published: its rows break its key"):
        write(tmp_path, "b1", rows="(1, 10.00), (1, 20.00)")


def test_a_build_without_marts_is_not_published(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    (tmp_path / "verdict.json").write_text("{}")
    with pytest.raises(RelanceError, match="holds no marts"):
        write_publication(path, tmp_path / "publication", {}, tmp_path / "verdict.json", {})


def test_revisions_count_up_and_a_placed_build_is_found_again(tmp_path: Path, publications: Path) -> None:
    first = place(publications, "2021-02-01", write(tmp_path, "b1"))
    second = place(publications, "2021-02-01", write(tmp_path, "b2"))
    assert (first.name, second.name) == ("r1", "r2")
    assert find(publications, "2021-02-01", "b1") == first
    assert find(publications, "2021-02-01", "b3") is None


def test_current_follows_and_never_goes_back(tmp_path: Path, publications: Path) -> None:
    later = place(publications, "2021-02-02", write(tmp_path, "b1", NIGHT + dt.timedelta(days=1)))
    assert switch(publications, later)
    earlier = place(publications, "2021-02-01", write(tmp_path, "b2", NIGHT))
    assert not switch(publications, earlier)
    assert (publications / "current").resolve() == later
    again = place(publications, "2021-02-02", write(tmp_path, "b3", NIGHT + dt.timedelta(days=1)))
    assert switch(publications, again)
    assert (publications / "current").resolve() == again


def test_current_is_relative_so_the_folder_can_be_copied(tmp_path: Path, publications: Path) -> None:
    switch(publications, place(publications, "2021-02-01", write(tmp_path, "b1")))
    assert str((publications / "current").readlink()) == "2021-02-01/r1"


def test_what_is_not_a_publication_is_never_made_current(publications: Path) -> None:
    (publications / "2021-02-01" / "r1").mkdir(parents=True)
    with pytest.raises(RelanceError, match="not a publication"):
        switch(publications, publications / "2021-02-01" / "r1")


@pytest.mark.parametrize("damage", ["truncate", "remove", "wal", "rows"])
def test_a_stranger_s_reading_finds_damage(tmp_path: Path, publications: Path, damage: str) -> None:
    publication = place(publications, "2021-02-01", write(tmp_path, "b1"))
    check_readable(publication)
    parquet, manifest = publication / "marts" / "fund.lines.parquet", publication / "manifest.json"
    if damage == "truncate":
        parquet.write_bytes(parquet.read_bytes()[:-1])
    elif damage == "remove":
        parquet.unlink()
    elif damage == "wal":
        (publication / "warehouse.duckdb.wal").write_bytes(b"")
    else:
        record = json.loads(manifest.read_text())
        record["marts"]["fund.lines"]["rows"] = 3
        manifest.write_text(json.dumps(record))
    with pytest.raises(RelanceError, match="does not read back"):
        check_readable(publication)


def test_two_publishers_at_once_get_two_revisions(tmp_path: Path, publications: Path) -> None:
    for number in range(4):
        write(tmp_path, f"b{number}")
    code = (
        "import sys; from pathlib import Path; from relance.publication.current import place, switch;"
        "switch(Path(sys.argv[1]), place(Path(sys.argv[1]), '2021-02-01', Path(sys.argv[2])))"
    )
    publishers = [
        subprocess.Popen([sys.executable, "-c", code, str(publications), str(tmp_path / f"b{n}" / "publication")])
        for n in range(4)
    ]
    assert [publisher.wait() for publisher in publishers] == [0] * 4
    assert sorted(path.name for path in (publications / "2021-02-01").iterdir()) == ["r1", "r2", "r3", "r4"]
    check_readable(publications / "current")

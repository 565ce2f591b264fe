"""The copy in PostgreSQL, on a real server: what is loaded, what readers see meanwhile, and what failures leave."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from relance.errors import RelanceError
from relance.publication import served
from relance.publication.current import roll_back
from tests.marts import NIGHT, column, put
from tests.servers.postgres import PASSWORD, READER, Copy

pytestmark = pytest.mark.xdist_group("postgres")

LINES = "fund.lines"
DESCRIBED = {
    LINES: {
        "label_fr": "Lignes du fonds (« l'action 6-2 »)",
        "description": "Grain: one row per line.",
        "key": ["line_code"],
        "columns": [column("line_code", "Ligne", "code"), column("awarded_eur", "Accordé", "EUR", is_required=True)],
    }
}


def lines(number: int, more: str = "", rows: int = 3) -> str:
    """Rows that all carry the publication's number."""
    return f"select 'ITN' || i as line_code, {number}::decimal(18, 2) as awarded_eur{more} from range({rows}) as r (i)"  # noqa: S608


def night(number: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=number)


def both(number: int, **more: Any) -> dict[str, str]:
    return {LINES: lines(number, **more), "project.editions": f"select {number} as edition, 'é' as name"}


def test_every_type_arrives_as_it_was(copy: Copy) -> None:
    put(
        copy.publications,
        {
            "fund.types": """
                select * from (values
                    (1, 9999999999999999.99::decimal(18, 2), -0.000001::decimal(24, 6), date '2021-02-28', true,
                     9223372036854775807, timestamp '2021-02-01 02:00:00.123456', 'Œuvre d''État\t"à\n8 M€" \\N 🇫🇷'),
                    (2, -0.01, 0, date '0001-01-01', false, -9223372036854775808, timestamp '1969-12-31 23:59:59', ''),
                    (3, 10000.00, 100000000000000000.000000, date '9999-12-31', null, 0, null, null),
                    (4, null, null, null, null, null, null, 'null')
                ) as t (id, eur, ratio, day, is_it, whole, noted, said)
            """
        },
        {"fund.types": {"key": ["id"]}},
    )
    copy.load()
    assert copy.query("select * from fund.types order by id", READER) == [
        (
            1,
            Decimal("9999999999999999.99"),
            Decimal("-0.000001"),
            dt.date(2021, 2, 28),
            True,
            9223372036854775807,
            dt.datetime.fromisoformat("2021-02-01 02:00:00.123456"),
            'Œuvre d\'État\t"à\n8 M€" \\N 🇫🇷',
        ),
        (
            2,
            Decimal("-0.01"),
            0,
            dt.date(1, 1, 1),
            False,
            -(2**63),
            dt.datetime.fromisoformat("1969-12-31 23:59:59"),
            "",
        ),
        (3, Decimal("10000.00"), Decimal("100000000000000000.000000"), dt.date(9999, 12, 31), None, 0, None, None),
        (4, None, None, None, None, None, None, "null"),
    ]
    types = copy.query(
        "select attname::text, format_type(atttypid, atttypmod), attnotnull from pg_attribute "
        "where attrelid = 'fund.types'::regclass and attnum > 0 order by attnum"
    )
    assert types == [
        ("id", "integer", True),
        ("eur", "numeric(18,2)", False),
        ("ratio", "numeric(24,6)", False),
        ("day", "date", False),
        ("is_it", "boolean", False),
        ("whole", "bigint", False),
        ("noted", "timestamp without time zone", False),
        ("said", "text", False),
    ]


def test_a_nul_character_is_refused_and_the_copy_stays(copy: Copy) -> None:
    put(copy.publications, {LINES: lines(1)})
    copy.load()
    put(copy.publications, {LINES: lines(2, ", 'a' || chr(0) as said")})
    with pytest.raises(RelanceError, match=r"stays as it was.*column said"):
        copy.load()
    assert copy.query("select distinct awarded_eur from fund.lines") == [(1,)]


def test_keys_requirements_and_comments_are_the_manifest_s(copy: Copy) -> None:
    put(copy.publications, {LINES: lines(1)}, DESCRIBED)
    copy.load()
    with pytest.raises(psycopg.errors.UniqueViolation):
        copy.execute("insert into fund.lines values ('ITN0', 1)")
    with pytest.raises(psycopg.errors.NotNullViolation):
        copy.execute("insert into fund.lines values ('ITN9', null)")
    assert copy.query(
        "select obj_description('fund.lines'::regclass), col_description('fund.lines'::regclass, 1), "
        "col_description('fund.lines'::regclass, 2)"
    ) == [("Lignes du fonds (« l'action 6-2 »)", "Ligne", "Accordé (euros)")]


def test_the_copy_says_which_publication_it_is(copy: Copy) -> None:
    put(copy.publications, {LINES: lines(1)})
    publication = put(copy.publications, {LINES: lines(2)}, DESCRIBED)
    assert publication.name == "r2"
    loaded = copy.load()
    assert "holds 2021-02-01/r2 now: 1 of 1 marts written" in loaded.sentence()
    ((as_of, label, revision, sha256, loaded_at),) = copy.query(
        "select as_of, as_of_label, revision, manifest_sha256, loaded_at from publication.current", READER
    )
    assert (as_of, label, revision) == (NIGHT, "2021-02-01", "r2")
    assert sha256 == served.sha256_of(publication / "manifest.json")
    assert dt.datetime.now(dt.UTC) - loaded_at < dt.timedelta(minutes=5)
    assert copy.query("select mart, label_fr, row_count from publication.marts", READER) == [
        (LINES, "Lignes du fonds (« l'action 6-2 »)", 3)
    ]


def test_the_reader_reads_and_does_nothing_else(copy: Copy) -> None:
    put(copy.publications, both(1))
    copy.load()
    copy.execute("revoke select on fund.lines from reader")
    put(copy.publications, both(2))
    copy.load()
    assert copy.query("select distinct awarded_eur from fund.lines", READER) == [(2,)]
    for statement in (
        "delete from fund.lines",
        "update publication.current set revision = 'r9'",
        "insert into project.editions values (1, 'x')",
        "create table fund.mine (a int)",
        "drop table fund.lines",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            copy.query(statement, READER)


def test_without_a_role_nobody_else_reads_and_a_role_that_is_not_there_is_said(copy: Copy) -> None:
    put(copy.publications, both(1))
    with pytest.raises(RelanceError, match=r'no role nobody_here, .*\(create role "nobody_here" login'):
        copy.load(reader="nobody_here")
    assert copy.query("select to_regclass('fund.lines')") == [(None,)]
    copy.load(reader=None)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        copy.query("select * from fund.lines", READER)


def test_what_is_there_is_not_written_again_unless_asked(copy: Copy) -> None:
    put(copy.publications, both(1))
    copy.load()
    assert "already" in copy.load().sentence()
    copy.execute("delete from fund.lines")
    assert copy.load(is_forced=True).written == 2
    assert copy.query("select count(*) from fund.lines") == [(3,)]
    # Of a publication in which one mart is the same, the other is written.
    put(copy.publications, {**both(1), LINES: lines(2)})
    assert copy.load().written == 1
    assert copy.query("select distinct awarded_eur from fund.lines") == [(2,)]


def test_an_older_date_is_not_loaded_and_a_rollback_is(copy: Copy) -> None:
    first = put(copy.publications, both(1), as_of=night(1))
    put(copy.publications, both(2), as_of=night(2))
    copy.load()
    put(copy.publications, both(3), as_of=night(0))
    copy.load()
    assert copy.query("select distinct awarded_eur from fund.lines") == [(2,)]
    roll_back(copy.publications, first, "Claire", "chiffres faux")
    copy.load()
    assert (
        copy.query("select awarded_eur, edition, as_of from fund.lines, project.editions, publication.current")
        == [(1, 1, night(1))] * 3
    )


VIEWS = """
create schema bi;
create view bi.total as select sum(awarded_eur) as total_eur from fund.lines;
"""


def test_a_new_column_and_a_new_mart_come_without_a_view_or_a_reader_noticing(copy: Copy) -> None:
    put(copy.publications, both(1))
    copy.load()
    copy.execute(VIEWS)
    with psycopg.connect(copy.server.reader_url(copy.database)) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute("select edition from project.editions").fetchall() == [(1,)]
        put(copy.publications, {**both(2, more=", true as is_new"), "fund.calls": "select 2 as call"})
        copy.load()
        assert reader.execute("select distinct awarded_eur from fund.lines").fetchall() == [(1,)]
        assert reader.execute("select line_code, awarded_eur from fund.lines").fetchall()[0] == ("ITN0", 1)
    assert copy.query("select distinct awarded_eur, is_new from fund.lines", READER) == [(2, True)]
    assert copy.query("select call from fund.calls", READER) == [(2,)]
    assert copy.query("select * from bi.total") == [(6,)]


def test_a_column_and_a_mart_that_went_away_are_dropped(copy: Copy) -> None:
    put(copy.publications, {**both(1, more=", 'x' as said"), "fund.calls": "select 1 as call"}, DESCRIBED)
    copy.load()
    copy.execute(VIEWS)
    put(copy.publications, both(2))
    assert copy.load().retired == []
    assert copy.query("select * from fund.lines limit 1", READER) == [("ITN0", 2)]
    assert copy.query("select to_regclass('fund.calls')") == [(None,)]
    assert copy.query("select * from bi.total") == [(6,)]
    # Neither key nor requirement is the publication's any more.
    copy.execute("insert into fund.lines values ('ITN0', null)")


def test_a_view_on_what_went_away_survives_and_is_empty(copy: Copy) -> None:
    with_all = {**both(1, more=", 'x' as said"), "fund.calls": "select 1 as call"}
    put(copy.publications, with_all)
    copy.load()
    copy.execute("create view public.said as select said from fund.lines")
    copy.execute("create view public.calls as select call from fund.calls")
    put(copy.publications, both(2))
    loaded = copy.load()
    assert loaded.retired == ["fund.calls", "fund.lines.said"]
    assert "Kept empty because a view depends on them: fund.calls, fund.lines.said." in loaded.sentence()
    assert copy.query("select distinct said from public.said") == [(None,)]
    assert copy.query("select * from public.calls") == []
    # It comes back under its name.
    put(copy.publications, with_all)
    assert copy.load().retired == []
    assert copy.query("select distinct said, call from public.said, public.calls") == [("x", 1)]
    # Once no view depends on it, a load by hand drops what is left.
    put(copy.publications, both(3))
    assert copy.load().retired != []
    copy.execute("drop view public.said; drop view public.calls")
    assert copy.load(is_forced=True).retired == []
    assert copy.query("select to_regclass('fund.calls')") == [(None,)]
    kept = "attrelid = 'fund.lines'::regclass and attnum > 0 and not attisdropped"
    assert copy.query(f"select count(*) from pg_attribute where {kept}") == [(2,)]  # noqa: S608


@pytest.mark.parametrize("has_view", [False, True], ids=["no view", "a view"])
def test_a_column_of_another_type_keeps_the_other_columns_whole_for_readers_of_before(
    copy: Copy, has_view: bool
) -> None:
    put(copy.publications, {LINES: lines(1, ", '7' as said"), "project.editions": "select 1 as edition"}, DESCRIBED)
    copy.load()
    if has_view:
        copy.execute("create view public.said as select line_code, said from fund.lines")
    with psycopg.connect(copy.server.reader_url(copy.database)) as reader:
        reader.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        reader.execute("select edition from project.editions")
        put(copy.publications, {LINES: lines(2, ", 7 as said"), "project.editions": "select 2 as edition"}, DESCRIBED)
        assert copy.load().retired == (["fund.lines.said__3"] if has_view else [])
        assert reader.execute("select distinct awarded_eur, count(*) from fund.lines group by 1").fetchall() == [(1, 3)]
        # What cannot be had: the changed column says nothing to a transaction of before, and nothing false.
        assert reader.execute("select distinct said from fund.lines").fetchall() == [(None,)]
    assert copy.query("select distinct awarded_eur, said from fund.lines", READER) == [(2, 7)]
    if has_view:
        assert copy.query("select distinct said from public.said") == [(None,)]


def test_a_key_of_another_type_stays_the_key(copy: Copy) -> None:
    described = {LINES: {"key": ["line_code"]}}
    put(copy.publications, {LINES: "select 'a' as line_code"}, described)
    copy.load()
    put(copy.publications, {LINES: "select 1 as line_code"}, described)
    copy.load()
    with pytest.raises(psycopg.errors.UniqueViolation):
        copy.execute("insert into fund.lines values (1)")


def test_a_change_of_shape_waits_for_a_reader_and_makes_no_other_wait(copy: Copy) -> None:
    put(copy.publications, both(1))
    copy.load()
    put(
        copy.publications,
        {LINES: lines(2, ", 1 as new"), "project.editions": "select 2 as edition, 'é' as name, 1 as new"},
    )
    failures: list[Exception] = []

    def load() -> None:
        try:
            copy.load()
        except Exception as error:
            failures.append(error)

    loading = threading.Thread(target=load)
    with psycopg.connect(copy.server.reader_url(copy.database)) as holding:
        assert holding.execute("select distinct edition from project.editions").fetchall() == [(1,)]
        loading.start()
        for _ in range(15):
            # Fails where it would queue for as long as PostgreSQL waits before it looks for deadlocks.
            with psycopg.connect(copy.server.reader_url(copy.database), options="-c lock_timeout=1s") as other:
                seen = other.execute("select distinct awarded_eur, edition from fund.lines, project.editions")
                assert seen.fetchall() == [(1, 1)]
            time.sleep(0.05)
        # The load has the one table and waits for the other, over and over: no deadlock ends this transaction.
        assert holding.execute("select distinct awarded_eur from fund.lines").fetchall() == [(1,)]
        assert loading.is_alive()
    loading.join(timeout=60)
    assert not loading.is_alive()
    assert failures == []
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(2, 2)]


def test_a_change_of_shape_that_finds_no_moment_changes_nothing(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "READER_WAIT_SECONDS", 0)
    put(copy.publications, both(1))
    copy.load()
    put(copy.publications, both(2, more=", 1 as new"))
    with psycopg.connect(copy.server.reader_url(copy.database)) as holding:
        holding.execute("select * from fund.lines")
        with pytest.raises(RelanceError, match=r"stays as it was: .*lock timeout"):
            copy.load()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(1, 1)]
    copy.load()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(2, 2)]


def test_the_owner_of_the_database_needs_no_other_right(copy: Copy) -> None:
    owner = f"owner_{copy.database}"
    copy.execute(f"create role {owner} login password 'o'; alter database {copy.database} owner to {owner}")
    put(copy.publications, both(1))
    url = copy.server.url(copy.database, owner, "o")
    served.load_current(copy.publications, url, READER)
    put(copy.publications, {LINES: lines(2, ", 1 as new")})
    served.load_current(copy.publications, url, READER)
    assert copy.query("select distinct awarded_eur, new from fund.lines", READER) == [(2, 1)]


def test_what_others_made_is_not_touched(copy: Copy) -> None:
    copy.execute("create schema fund; create table fund.lines (mine int); insert into fund.lines values (1)")
    copy.execute("create table fund.other (mine int); insert into fund.other values (1)")
    put(copy.publications, both(1))
    with pytest.raises(RelanceError, match=r"holds fund\.lines already, which no load of ours made"):
        copy.load()
    assert copy.query("select * from fund.lines") == [(1,)]
    copy.execute("drop table fund.lines")
    copy.load()
    put(copy.publications, {"project.editions": "select 2 as edition"})
    copy.load()
    assert copy.query("select * from fund.other") == [(1,)]
    assert copy.query("select to_regclass('fund.lines')") == [(None,)]


def test_loads_at_once_are_one_after_the_other_and_end_with_what_is_current(copy: Copy) -> None:
    put(copy.publications, both(1, rows=20_000), as_of=night(1))
    copy.load()
    failures: list[Exception] = []

    def load(is_forced: bool) -> None:
        try:
            copy.load(is_forced)
        except Exception as error:
            failures.append(error)

    threads = []
    for number in (2, 3, 4):
        put(copy.publications, both(number, rows=20_000), as_of=night(number))
        for _ in range(2):
            threads.append(threading.Thread(target=load, args=(True,)))
            threads[-1].start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert copy.query("select awarded_eur, count(*), max(edition) from fund.lines, project.editions group by 1") == [
        (4, 20_000, 4)
    ]


@pytest.mark.parametrize("victim", ["backend", "server"])
def test_a_server_that_dies_in_mid_load_keeps_what_it_had(
    copy: Copy, victim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(copy.publications, both(1))
    copy.load()
    put(copy.publications, both(2, rows=50_000, more=", true as is_new"))
    append, appended = served._append, []

    def dying(cursor: Any, source: Any) -> None:
        append(cursor, source)
        appended.append(source.table.name)
        if source.table.name == LINES:
            if victim == "server":
                copy.server.kill()
            else:
                copy.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'relance'"
                )

    monkeypatch.setattr(served, "_append", dying)
    with pytest.raises(RelanceError, match="stays as it was") as caught:
        copy.load()
    assert LINES in appended
    assert PASSWORD not in str(caught.value)
    if victim == "server":
        copy.server.start()
    monkeypatch.undo()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions", READER) == [(1, 1)]
    copy.load()
    assert copy.query("select awarded_eur, edition, count(*) from fund.lines, project.editions group by 1, 2") == [
        (2, 2, 50_000)
    ]


def test_a_disk_that_is_full_keeps_what_there_was(copy: Copy) -> None:
    put(copy.publications, both(1))
    copy.load()
    put(copy.publications, both(2))
    # The server refuses to write as it would on a full disk: its own limit on what is written to temporary files
    # does not bind a load, so a trigger raises what a full disk raises.
    copy.execute(
        "create function fund.full() returns trigger language plpgsql as "
        "$$ begin raise disk_full using message = 'could not extend file: No space left on device'; end $$;"
        "create trigger full_ after insert on fund.lines for each statement execute function fund.full()"
    )
    with pytest.raises(RelanceError, match=r"stays as it was: .*No space left on device"):
        copy.load()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(1, 1)]
    copy.execute("drop trigger full_ on fund.lines")
    copy.load()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(2, 2)]


KILLED = """
import os, sys
from pathlib import Path
from relance.publication import served
append = served._append
def killed(cursor, source):
    append(cursor, source)
    if source.table.name == "project.editions":
        os.kill(os.getpid(), 9)
served._append = killed
served.load_current(Path(sys.argv[1]), sys.argv[2], None)
"""


def test_a_load_that_is_killed_keeps_what_there_was_and_holds_nothing_up(copy: Copy) -> None:
    put(copy.publications, both(1))
    copy.load()
    put(copy.publications, both(2))
    words = [sys.executable, "-c", KILLED, str(copy.publications), copy.server.url(copy.database)]
    assert subprocess.run(words, check=False).returncode == -9
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(1, 1)]
    copy.load()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(2, 2)]


@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_publication_is_not_loaded(copy: Copy, damage: str) -> None:
    put(copy.publications, both(1))
    copy.load()
    file = put(copy.publications, both(2)) / "marts" / f"{LINES}.parquet"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RelanceError, match=r"fund\.lines\.parquet is not what its manifest says"):
        copy.load()
    assert copy.query("select distinct awarded_eur, edition from fund.lines, project.editions") == [(1, 1)]


def test_a_role_that_may_not_write_is_told_so(copy: Copy) -> None:
    put(copy.publications, both(1))
    with pytest.raises(RelanceError, match="permission denied"):
        served.load_current(copy.publications, copy.server.reader_url(copy.database), None)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres:s3cr%zzet@127.0.0.1/db",
        "postgresql://postgres:s3cret@127.0.0.1:notaport/db",
        "postgresql://postgres:s3cret@127.0.0.1:1/db",
        "postgresql//postgres:s3cret@127.0.0.1/db",
        "host=127.0.0.1 port=1 password=s3cret user=u",
        "postgresql://postgres:s3cret@127.0.0.1:1/db?nosuch=1",
        "s3cret",
    ],
)
def test_no_error_tells_the_password(tmp_path: Any, url: str) -> None:
    import traceback

    with pytest.raises(RelanceError, match="PostgreSQL") as caught:
        served.load_current(tmp_path, url, None)
    said = "".join(traceback.format_exception(caught.value))
    assert "s3cr" not in str(caught.value)
    assert "s3cr" not in said.replace(f'"{url}"', "")


def test_a_wrong_password_is_said_without_it(copy: Copy) -> None:
    put(copy.publications, both(1))
    with pytest.raises(RelanceError, match="password authentication failed") as caught:
        served.load_current(copy.publications, copy.server.url(copy.database, "postgres", "s3cret é"), None)
    assert "s3cret" not in str(caught.value)


def test_nothing_published_is_said(copy: Copy) -> None:
    with pytest.raises(RelanceError, match="Nothing is published"):
        copy.load()

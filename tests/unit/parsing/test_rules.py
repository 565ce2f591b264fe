"""A row's rules are named only where one is seen to be broken: what sees it and what names it must agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from relance.parsing import Column, load_contracts, value_sql
from relance.parsing.engine import connect, define_functions
from relance.parsing.text_table import FIRST_DAY
from relance.parsing.wording import BLANKS

CELLS = (
    None, "ECO", "ITN1", "itn 1", "ITN99", "2021-T2", "1 234,56", "1\u00a0234,56", "1\u202f234", "1,2 M€", "(1 200)",
    "12,345", "1,234", "28,4 %", "99999999999999999999", "-5", "0", "31/12/2021", "2021-02-30", "2021-3-4",
    "2021-03-04T", "juillet 2013", "44197", "01/02/21", "oui", "NON", "peut-être", "21000000000000", "2100000000000",
    "S0000001", "Total", "x" * 400,
    "ITN\u20111", "e\u0301", "\u2060", "12,3456", "0,123", "1 M€", "1 \u00d71000",
    "#N/A", "#DIV/0!", "#SANS_VALEUR!", "# 1", "NA", "En cadrage",
)  # fmt: skip
COLUMNS = [
    pytest.param(column, id=f"{contract.kind}.{contract.table}.{column.name}")
    for kind in ("submission", "panorama", "application")
    for contract in load_contracts(kind)
    for column in contract.sent_columns
]


def judged(
    tmp_path: Path, column: Column, cells: tuple[str | None, ...], grouping: tuple[str, ...], has_hash: bool,
    care: value_sql.Care | None = None,
) -> list[tuple[str | None, object, str | None, bool]]:  # fmt: skip
    """Of each cell: itself, its value, the rule that it breaks, and whether it is seen to break one."""
    rules = value_sql.rules(column, None, "m", "q", "v", has_hash, care)
    parts = value_sql.parts(column, None, "m", "r", "d", grouping) or "NULL"
    dotted, direct = value_sql.dotted("m"), value_sql.direct(column, None, "r", grouping)
    seen = f"CASE WHEN {value_sql.is_broken(rules)} THEN true ELSE false END"
    value = value_sql.value(column, None, "m", "q", "d", "e", BLANKS, FIRST_DAY, care)
    with connect(tmp_path) as connection:
        if care:
            define_functions(connection)
        connection.execute("CREATE TABLE cells (n INTEGER, s VARCHAR)")
        connection.executemany("INSERT INTO cells VALUES (?, ?)", list(enumerate(cells)))
        read = connection.table("cells").project(f"n, s, {value_sql.without_missing(column, 's')} AS m")
        read = read.project(f"*, {dotted} AS r").project(f"*, {direct} AS d") if column.is_amount else read
        apart = read.project(f"*, {parts} AS q")
        if column.is_amount:
            apart = apart.project(f"*, {value_sql.exact(column, None, 'q', care)} AS e")
        typed = apart.project(f"*, {value} AS v")
        return typed.order("n").project(f"s, v, {value_sql.broken_rule(rules)}, {seen}").fetchall()


@pytest.mark.parametrize("care", [None, value_sql.Care()], ids=["", "care"])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_rule_is_named_where_one_is_seen_to_be_broken_and_nowhere_else(
    column: Column, care: value_sql.Care | None, tmp_path: Path
) -> None:
    found = judged(tmp_path, column, CELLS, value_sql.GROUPING, has_hash=True, care=care)
    assert [(cell, rule) for cell, _, rule, is_seen in found if is_seen is not (rule is not None)] == []


@pytest.mark.parametrize("column", COLUMNS)
def test_a_closer_look_changes_only_what_asked_for_it(column: Column, tmp_path: Path) -> None:
    quick = judged(tmp_path, column, CELLS, value_sql.GROUPING, has_hash=True)
    careful = judged(tmp_path, column, CELLS, value_sql.GROUPING, has_hash=True, care=value_sql.Care())
    assert [one for one in quick if one[2] != value_sql.CLOSER] == [
        with_care for one, with_care in zip(quick, careful, strict=True) if one[2] != value_sql.CLOSER
    ]


@pytest.mark.parametrize("column", COLUMNS)
def test_what_a_file_has_not_is_not_looked_for_and_changes_nothing(column: Column, tmp_path: Path) -> None:
    plain = tuple(c for c in CELLS if c is None or not {"#", "\u00a0", "\u202f"} & set(c))
    whole = judged(tmp_path, column, plain, value_sql.GROUPING, has_hash=True)
    assert judged(tmp_path, column, plain, (" ",), has_hash=False) == whole
    assert judged(tmp_path, column, tuple(c for c in plain if c is None or " " not in c), (), has_hash=False) == [
        one for one in whole if one[0] is None or " " not in one[0]
    ]

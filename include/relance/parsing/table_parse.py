"""One table: text in, typed rows and rejects out as Parquet, with the sums of both.

The law is asserted here from what was written: rows in = accepted + rejected, and each amount's sum as it was written
= its accepted + rejected parts, in cents, + what rounding to the cent took.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import sql
from relance.parsing import corrections, engine, keys, odd_texts, sentences, value_sql
from relance.parsing.contract import Column, Contract, split_unit
from relance.parsing.layout import Layout, match_header
from relance.parsing.odd_texts import OddText
from relance.parsing.set_aside import SetAside
from relance.parsing.staging_sql import (
    DATA,
    EMPTY,
    FOOTNOTE,
    TOTAL,
    VALUE_CHARS,
    as_sent,
    row_number_sql,
    sent_as,
    signs_sql,
    staging_sql,
)
from relance.parsing.surroundings import under_table_defect, unit_lines
from relance.parsing.text_table import Body, NumberedRow
from relance.parsing.wording import amount, column_letters, integer, listed, plural, quoted

if TYPE_CHECKING:
    import duckdb

ROW_GROUP = 122_880
# The lowest level: the next takes half as long again and saves a tenth. With the second version's encodings numbers and
# texts are written and read quicker, and smaller, than by a dictionary, but for those of a few values.
PARQUET = (
    f"COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP}, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1000"
)
# Rows read that one file holds the accepted ones of. DuckDB surely writes them as one group: it takes two vectors of
# 2,048 rows less for the size of one.
PART_ROWS = 100_000
PARTS_AT_ONCE = 4
_FOOTNOTE_MARK = r"(?i)^([*(\[¹²³]|notes?\b|nota\b|n\.? ?b\.?\b|sources?\b|champ\b|lecture\b|avertissement\b)"


# Sums have up to twenty digits before the sign and eighteen after it; Python's own context keeps twenty-eight.
EXACT = Context(prec=60)
# Below this, in euros, what rounding takes is what a spreadsheet's arithmetic left (3.6000000000003638).
NOISE_EUR = Decimal("0.000001")


# In euros, of one column of one file: twenty times what the State spends in a year (finance law for 2021: some
# 500 Md€). A thousand such files are still held to the cent in eighteen digits.
MOST_OF_A_FILE = Decimal(10) ** 13


class NotAsPresumed(Exception):  # noqa: N818 - says what is the matter
    """A body presumed from the beginning of its file is not what the whole file has: it has to be read again."""


class LawBroken(Exception):  # noqa: N818 - says what is broken
    """Rows or sums in differ from accepted + rejected: a defect of ours, never of the sender's."""


@dataclass(frozen=True)
class AmountSums:
    """Sums of one amount column, in euros; what is no amount counts 0.

    `written`: as the cells have them, exactly; `accepted` and `rejected`: of amounts rounded one by one to the cent;
    `rounding`: what that took, of accepted and rejected ones.
    """

    written: Decimal
    accepted: Decimal
    rejected: Decimal
    rounding: Decimal

    def entry(self) -> dict[str, str]:
        """Its entry in `file.json`: exact decimal numbers as texts."""
        parts = {"in": self.written, "accepted": self.accepted, "rejected": self.rejected, "rounding": self.rounding}
        return {f"{name}_eur": exact_text(euros) for name, euros in parts.items()}


def exact_text(euros: Decimal) -> str:
    """`1234.50`, `0.00`, `31047325.2853897`: all decimals that are not zero, and cents."""
    whole, _, decimals = format(euros, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


@dataclass(frozen=True)
class TableResult:
    """What one table gave; the notes name in French the rows that are no data."""

    table: str
    sheet: str | None
    header_row: int
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    amounts: dict[str, AmountSums]
    notes: tuple[str, ...]
    cells_corrected: int = 0
    latest_day: date | None = None  # of the accepted rows, in the columns that may have none after the reception

    def entry(self) -> dict[str, Any]:
        """Its entry in `file.json`."""
        return {
            "sheet": self.sheet,
            "header_row": self.header_row,
            "rows_in": self.rows_in,
            "rows_accepted": self.rows_accepted,
            "rows_rejected": self.rows_rejected,
            "cells_corrected": self.cells_corrected,
            "amounts": {name: sums.entry() for name, sums in self.amounts.items()},
        }


def check_law(result: TableResult) -> None:
    """Raise `LawBroken` unless rows in equal accepted + rejected, and sums in these and what rounding took."""
    if result.rows_in != result.rows_accepted + result.rows_rejected:
        raise LawBroken(
            f"{result.table}: {result.rows_in} rows in,"
            f" {result.rows_accepted} accepted + {result.rows_rejected} rejected"
        )
    for name, sums in result.amounts.items():
        if sums.written != exact_sum((sums.accepted, sums.rejected, sums.rounding)):
            raise LawBroken(f"{result.table}.{name}: {sums.entry()}")


def check_rejected_amounts(result: TableResult, by_column: Mapping[str, Decimal]) -> None:
    """Raise `LawBroken` unless the amounts of the rejected rows, one by one, sum to what the table says of them."""
    for name, sums in result.amounts.items():
        if by_column.get(name, 0) != sums.rejected:
            raise LawBroken(f"{result.table}.{name}: {by_column.get(name, 0)} in rejected rows, {sums.entry()}")


def check_sums(result: TableResult, contract: Contract) -> None:
    """Raise `SetAside` where a column's amounts are each possible and together more than any budget.

    Every sum of the warehouse is held to the cent in eighteen digits.
    """
    for name, sums in result.amounts.items():
        if abs(sums.accepted) + abs(sums.rejected) > MOST_OF_A_FILE:
            column = contract.column(name)
            raise SetAside(
                f"Table {quoted(contract.title)}, colonne {quoted(column.title)} : ses montants font ensemble"
                f" {amount(exact_sum((sums.accepted, sums.rejected)))} €, plus que tout budget"
                f" ({integer(int(MOST_OF_A_FILE))} €). Vérifier l'unité de la colonne, corriger et renvoyer."
            )


def exact_sum(euros: Iterable[Decimal | None]) -> Decimal:
    """The sum of amounts, none of whose digits is lost; what is no amount counts 0."""
    total = Decimal(0)
    for one in euros:
        total = EXACT.add(total, one or Decimal(0))
    return total


def rows_path(directory: Path, table: str) -> Path:
    """Where the rows of a table lie, as DuckDB reads them: one file, or the pattern of a long table's parts."""
    whole = directory / f"{table}.rows.parquet"
    return whole if whole.is_file() else directory / f"{table}.rows.*.parquet"


def parse_table(
    connection: duckdb.DuckDBPyConnection, layout: Layout, bodies: Iterable[Body], sheet: str | None, target: Path,
    known: Callable[[], Body | None] | None = None,
) -> TableResult:  # fmt: skip
    """Type the rows by their contract; write `<table>.rows.parquet` and `<table>.rejects.parquet` into `target`, where
    rows are rejected `<table>.rejected_amounts.parquet`, and where cells were corrected `<table>.corrections.parquet`.

    They may come as several bodies of one kind, each of which is typed before the next is asked for. All are typed
    again where some cell needs a closer look (`value_sql.Care`).

    The rows of a table of more than `PART_ROWS` are written in parts, `<table>.rows.0001.parquet` and so on. `known`
    gives, once all is staged, what the whole file makes of a body that is presumed. Raises `NotAsPresumed` when that is
    something else, `duckdb.Error` when the body cannot be read as it lies, `LawBroken` when rows or sums do not agree.
    """
    for name in ("staged", "repeated", "wording", "corrected"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(
        "CREATE TABLE corrected (id BIGINT, row BIGINT, position INTEGER, rule VARCHAR, sent VARCHAR, read VARCHAR)"
    )
    for written in target.glob(f"{layout.contract.table}.*.parquet"):
        written.unlink()  # by a reading that was given up
    read: list[Body] = []
    staged = _stage(connection, layout, _each_kept(bodies, read), known, None)
    broken = _set_faulty_aside(connection)
    if broken and (care := _care_for(connection, layout, read)):
        connection.execute("DROP TABLE staged")
        staged = _stage(connection, layout, read, known, care)
        broken = _set_faulty_aside(connection)
    body = read[-1]
    number = row_number_sql(body)
    notes = []
    # What is no row of data breaks a rule, and most tables break none.
    found = _found(layout)
    if broken:
        notes += _set_headers_apart(connection, layout, number, sheet)
        notes += _set_footnotes_apart(connection, layout, number, sheet)
        corrections.correct(connection, layout, found, number)
    notes += _totals_notes(connection, number, sheet)
    notes += _beside_notes(connection, layout, body, number, sheet)
    rejected = "is_broken"
    if keys.find_broken_keys(connection, layout, number):
        corrections.give_up(connection)
        rejected = f"(is_broken OR {number} IN (SELECT row FROM repeated))"
    may_be_odd = any(one.has_odd or one.has_hash for one in read)
    if may_be_odd and _fetch(connection, "SELECT count(odd) FROM staged") != [(0,)]:
        corrections.correct_texts(connection, layout, found, number, rejected)
        notes += odd_texts.notes(odd_texts.found(connection, number, DATA), lambda odd: _place(layout, sheet, odd))
    notes += _rounding_notes(connection, layout, number, sheet, rejected)
    _write_rows(connection, layout, number, sheet, f"kind = {DATA} AND NOT {rejected}", staged, target)
    _write_rejects(connection, layout, number, sheet, target / f"{layout.contract.table}.rejects.parquet")
    _write_corrections(connection, layout, sheet, target / f"{layout.contract.table}.corrections.parquet")
    result = _measured(connection, layout, rejected, sheet, rows_path(target, layout.contract.table), tuple(notes))
    check_law(result)
    if result.rows_rejected:
        amounts = target / f"{layout.contract.table}.rejected_amounts.parquet"
        _write_rejected_amounts(connection, layout, number, sheet, rejected, amounts)
        summed = f"SELECT column_name, sum(rejected_eur) FROM read_parquet({sql.literal(str(amounts))}) GROUP BY ALL"
        check_rejected_amounts(result, dict(_fetch(connection, summed)))
    return result


def _each_kept(bodies: Iterable[Body], read: list[Body]) -> Iterator[Body]:
    for body in bodies:
        read.append(body)
        yield body


def _stage(
    connection: duckdb.DuckDBPyConnection, layout: Layout, bodies: Iterable[Body],
    known: Callable[[], Body | None] | None, care: value_sql.Care | None,
) -> int:  # fmt: skip
    """Type all bodies into `staged`; how many records they have."""
    staged, into = 0, "CREATE TABLE staged AS"  # not temporary: the cursors that write the parts see it as well
    for body in bodies:
        read = _fetch(connection, f"{into} {staging_sql(layout, body, care)}")[0][0]
        whole = body if known is None else known()
        if whole is None or not body.stands_for(whole):
            raise NotAsPresumed(layout.contract.table)
        if whole.record_count is not None and read != whole.record_count:
            raise LawBroken(f"{layout.contract.table}: {whole.record_count} records in the file, {read} read")
        staged, into = staged + read, "INSERT INTO staged"
    return staged


def _set_faulty_aside(connection: duckdb.DuckDBPyConnection) -> int:
    """Copy of the rows that break a rule what stays as it is into `faulty`; how many they are.

    Its columns: `id` (`rowid` of `staged`), `label`, `filled`, `problems`. To look for these few rows among all takes
    longer than what is done with them.
    """
    faulty = "SELECT rowid AS id, label, filled, problems FROM staged WHERE is_broken"
    count: int = _fetch(connection, f"CREATE OR REPLACE TEMP TABLE faulty AS {faulty}")[0][0]
    return count


def _care_for(connection: duckdb.DuckDBPyConnection, layout: Layout, bodies: Sequence[Body]) -> value_sql.Care | None:
    """How to type the table again where a closer look finds values; `None` where it would find none."""
    columns = _found(layout)
    undecided = connection.execute(
        f"SELECT DISTINCT position, CASE WHEN rule = '{value_sql.CLOSER}' THEN value END"
        f" FROM ({_broken_rules('id')}) WHERE rule IN ('{value_sql.CLOSER}', '{value_sql.AMBIGUOUS}')"
    )
    is_closer, ambiguous = False, []
    for position, text in iter(undecided.fetchone, None):
        if text is None:
            ambiguous.append(columns[position])
        else:
            is_closer = is_closer or value_sql.is_found_closer(columns[position], text, bodies[0].first_day)
    signs: dict[str, str] = {}
    for column in ambiguous:
        says = [_fetch(connection, signs_sql(layout, body, column))[0] for body in bodies]
        sure = [sign for i, sign in enumerate(".,") if any(said[i] for said in says)]
        if len(sure) == 1:
            signs[column.name] = sure[0]
    if is_closer or signs:
        engine.define_functions(connection)
        return value_sql.Care(signs)
    return None


def _fetch(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _set_headers_apart(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, sheet: str | None
) -> list[str]:
    """Rows that are the table's header once more: said, and not counted as rows.

    Raises `SetAside` where one of them heads other columns, or stands under a title of its own: a table by itself.
    """
    names = {split_unit(header)[0] for column in layout.contract.sent_columns for header in column.headers}
    # A header breaks the rules of amounts and dates, and its first cell is one of the contract's own words.
    known = ", ".join(map(sql.literal, sorted(names)))
    label = "lower(strip_accents(faulty.label))"
    condition = f"""faulty.filled >= 2 AND length(faulty.label) <= 80
        AND trim(regexp_replace(regexp_replace({label}, 'n[°º]', 'n '), '[^0-9a-z]+', ' ', 'g')) IN ({known})"""
    repeated: dict[int, int] = {}  # place in `staged` -> row as sent
    for row_id, sent in _rows_as_sent(connection, layout, number, condition, 10_000):
        row, other = sent.number, match_header(sent, layout.contract)
        if len(other.places) < 2:
            continue
        heads = {name: (place.index, split_unit(place.header)) for name, place in layout.places.items()}
        if {name: (place.index, split_unit(place.header)) for name, place in other.places.items()} != heads:
            raise SetAside(
                f"{_in_table(layout, sheet)}la ligne {integer(row)} est un second en-tête, dont les colonnes ne sont"
                f" pas celles du premier (ligne {integer(layout.header.number)}). Mettre toutes les lignes sous un"
                " seul en-tête et renvoyer le fichier."
            )
        repeated[row_id] = row
    if not repeated:
        return []
    ids = ", ".join(map(str, repeated))
    titles = _fetch(
        connection,
        f"""SELECT title, rowid FROM (SELECT rowid, lag(label) OVER above AS title, lag(filled) OVER above AS of_title
            FROM staged WHERE kind <> {EMPTY} WINDOW above AS (ORDER BY rowid))
        WHERE of_title = 1 AND rowid IN ({ids}) ORDER BY rowid LIMIT 1""",
    )
    for title, row_id in titles:
        raise SetAside(
            f"{_in_table(layout, sheet)}un second tableau, {quoted(title)}, a le même en-tête à la ligne"
            f" {integer(repeated[row_id])}. Si ses lignes comptent, les mettre sous le premier en-tête ; sinon les"
            " retirer, et renvoyer le fichier."
        )
    connection.execute(f"UPDATE staged SET kind = {FOOTNOTE} WHERE rowid IN ({ids})")
    rows = list(repeated.values())
    shown = listed([integer(row) for row in rows[:10]]) + (" (entre autres)" if len(rows) > 10 else "")
    if len(rows) > 1:
        said = f"l'en-tête est répété aux lignes {shown} ; ces lignes ne sont pas comptées"
    else:
        said = f"l'en-tête est répété à la ligne {shown} ; cette ligne n'est pas comptée"
    return [f"{_in_sheet(sheet)}{said}, les suivantes sont lues."]


def _rows_as_sent(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, condition: str, limit: int
) -> list[tuple[int, NumberedRow]]:
    """The first rows of data that break a rule and meet a condition, with their `rowid`: their texts, as far as read.

    A text that was read is its value, one that was not is told by the rule it breaks.
    """
    found = _found(layout)
    values = ", ".join(f"CAST({as_sent(layout, c.name)} AS VARCHAR)" for c in found)
    rows = _fetch(
        connection,
        f"SELECT id, {number}, [{values}], faulty.problems FROM staged JOIN faulty ON id = staged.rowid"
        f" WHERE kind = {DATA} AND {condition} ORDER BY id LIMIT {limit}",
    )
    read = []
    for row_id, row, texts, problems in rows:
        cells = [""] * len(layout.header.cells)
        for column, text in zip(found, texts, strict=True):
            cells[layout.places[column.name].index] = text or ""
        for problem in problems:
            if problem["position"] < len(found):
                cells[layout.places[found[problem["position"]].name].index] = problem["value"] or ""
        read.append((row_id, NumberedRow(row, tuple(cells))))
    return read


def _set_footnotes_apart(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, sheet: str | None
) -> list[str]:
    """Rows under the last full row with one filled cell that reads as a note: said, and not counted as rows.

    Raises `SetAside` where a row of one or two cells, also higher up, states another unit than the amounts have.
    """
    if len(layout.places) < 3:
        return []
    sparse = _rows_as_sent(connection, layout, number, "faulty.filled <= 2", 1_000)
    if not sparse:
        return []
    for _, row in sparse:
        if defect := under_table_defect(layout, unit_lines(row)):
            raise SetAside(f"{_in_table(layout, sheet)}{defect}")
    found = _fetch(
        connection,
        f"""SELECT {number}, faulty.label FROM staged JOIN faulty ON id = staged.rowid
        WHERE kind = {DATA} AND faulty.filled = 1
          AND id > (SELECT coalesce(max(rowid), -1) FROM staged
            WHERE kind IN ({DATA}, {TOTAL}) AND coalesce(filled, 2) > 1)
          AND (length(faulty.label) > 60 OR regexp_matches(faulty.label, {sql.literal(_FOOTNOTE_MARK)}))
        ORDER BY ALL""",
    )
    if found:
        rows = ", ".join(str(n) for n, _ in found)
        connection.execute(f"UPDATE staged SET kind = {FOOTNOTE} WHERE {number} IN ({rows})")
    return [
        f"{_in_sheet(sheet)}la ligne {integer(n)} ({quoted(label)}) est lue comme une note de bas de tableau ;"
        " elle n'est pas comptée."
        for n, label in found
    ]


def _totals_notes(connection: duckdb.DuckDBPyConnection, number: str, sheet: str | None) -> list[str]:
    found = _fetch(connection, f"SELECT {number}, label FROM staged WHERE kind = {TOTAL} ORDER BY ALL LIMIT 21")
    notes = [
        f"{_in_sheet(sheet)}la ligne {integer(n)} ({quoted(label)}) est une ligne de total ; elle n'est pas comptée."
        for n, label in found[:20]
    ]
    if len(found) > 20:
        [(count,)] = _fetch(connection, f"SELECT count(*) FROM staged WHERE kind = {TOTAL}")
        notes.append(
            f"{_in_sheet(sheet)}{integer(count)} lignes de total en tout, dont les vingt premières sont nommées ;"
            " aucune n'est comptée."
        )
    return notes


def _beside_notes(
    connection: duckdb.DuckDBPyConnection, layout: Layout, body: Body, number: str, sheet: str | None
) -> list[str]:
    """What stands in columns without a header: it is not read."""
    if not any(index < body.width for index in layout.nameless):
        return []
    found = _fetch(
        connection,
        f"SELECT beside, count(*), min({number}) FROM staged WHERE beside IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 10",
    )
    return [
        f"{_in_sheet(sheet)}la colonne {column_letters(index)} n'a pas d'en-tête et n'est pas lue ;"
        f" {plural(count, 'ligne')} y {'ont' if count > 1 else 'a'} une valeur, d'abord à la ligne {integer(first)}."
        for index, count, first in found
    ]


def _rounding_notes(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, sheet: str | None, rejected: str
) -> list[str]:
    """What rounding to the cent took of accepted amounts, a sentence a column; a spreadsheet's noise is not said."""
    amounts = [column for column in _found(layout) if column.is_amount]
    counts = ", ".join(f"count(x_{column.name})" for column in amounts) or "0"
    rounded = _fetch(connection, f"SELECT {counts} FROM staged")[0]
    columns = [column for column, count in zip(amounts, rounded, strict=False) if count]
    if not columns:
        return []
    measured = ", ".join(
        f"count(x_{c.name}) FILTER ({said}), min({number}) FILTER ({said}), sum(x_{c.name}) FILTER ({said})"
        for c in columns
        for said in [f"WHERE abs(x_{c.name}) >= {NOISE_EUR:f}"]
    )
    figures = _fetch(connection, f"SELECT {measured} FROM staged WHERE kind = {DATA} AND NOT ({rejected})")[0]
    return [
        f"{_in_sheet(sheet)}colonne {quoted(layout.places[column.name].header)} :"
        f" {plural(count, 'montant a', 'montants ont')} plus de décimales que les centimes ; arrondi"
        f"{'s' if count > 1 else ''} au centime (première ligne : {integer(first)} ; écart : {amount(taken)} €)."
        for column, count, first, taken in zip(columns, figures[0::3], figures[1::3], figures[2::3], strict=True)
        if count
    ]


def _place(layout: Layout, sheet: str | None, odd: OddText) -> str:
    place = layout.places[_found(layout)[odd.position].name]
    row = place.row_number or odd.row  # a cover's labels have rows of their own
    return sentences.place(sheet, place.header).replace("{row}", str(row))


def _in_sheet(sheet: str | None) -> str:
    return f"Feuille {quoted(sheet)} : " if sheet is not None else ""


def _in_table(layout: Layout, sheet: str | None) -> str:
    return _in_sheet(sheet) or f"Table {quoted(layout.contract.title)} : "


def _found(layout: Layout) -> list[Column]:
    return [c for c in layout.contract.sent_columns if c.name in layout.places]


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the rows of a query that orders them, or has no more of them than make one row group.

    Without an order they come in pieces that depend on the number of threads, and row groups are cut by pieces: the
    same rows would not give the same bytes.
    """
    connection.execute(f"COPY ({query}) TO {sql.literal(str(path))} (FORMAT parquet, {PARQUET})")


def _write_rows(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, sheet: str | None, accepted: str, staged: int,
    target: Path,
) -> None:  # fmt: skip
    columns = []
    for c in layout.contract.columns:
        if c.derived_from is not None and c.derived_pattern is None:
            expression = f"a_{c.derived_from}" if c.derived_from in sent_as(layout) else "NULL"
        elif c.derived_from is not None:
            source = f"v_{c.derived_from}" if c.derived_from in layout.places else "NULL"
            expression = f"coalesce(regexp_matches({source}, {sql.literal(c.derived_pattern or '')}), false)"
        else:
            expression = f"v_{c.name}" if c.name in layout.places else "NULL"
            for amount in _found(layout):
                if amount.brackets == c.name:
                    expression = f"coalesce({expression}, b_{amount.name})"
        columns.append(f"CAST({expression} AS {c.duckdb_type}) AS {sql.name(c.name)}")
    query = (
        f"SELECT CAST({_sheet(sheet)} AS VARCHAR) AS sheet, CAST({number} AS BIGINT) AS row_number,"
        f" {', '.join(columns)} FROM staged WHERE {accepted}"
    )
    path = target / f"{layout.contract.table}.rows.parquet"
    if staged <= PART_ROWS:
        _copy(connection, query, path)
        return

    from concurrent.futures import ThreadPoolExecutor  # not above: hardly any table has parts

    # Each part by one thread, a few at once: nothing has to be sorted, and no more is in memory than is being written.
    def write(first: int) -> None:
        part = path.with_suffix(f".{first // PART_ROWS + 1:04d}.parquet")
        with connection.cursor() as own:
            _copy(own, f"{query} AND rowid >= {first} AND rowid < {first + PART_ROWS}", part)

    with _one_thread_each(connection), ThreadPoolExecutor(min(PARTS_AT_ONCE, os.cpu_count() or 1)) as pool:
        list(pool.map(write, range(0, staged, PART_ROWS)))


@contextmanager
def _one_thread_each(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have each statement run by the thread alone that asks for it."""
    threads: int = _fetch(connection, "SELECT current_setting('threads')")[0][0]
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute(f"SET threads = {threads}")


def _sheet(sheet: str | None) -> str:
    return "NULL" if sheet is None else sql.literal(sheet)


def _write_rejects(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, sheet: str | None, path: Path
) -> None:
    found = _found(layout)
    lines = []
    for position, rule in _fetch(
        connection, f"SELECT DISTINCT position, rule FROM ({_broken(layout, number)}) ORDER BY ALL"
    ):
        if position == len(found):
            lines.append((position, rule, "", "NULL", f"{sentences.row_place(sheet)} : {sentences.EXTRA}"))
            continue
        column = found[position]
        place = layout.places[column.name]
        unit = (place.unit or column.unit) if column.is_amount else None
        said = sentences.key_sentence(layout.contract, column.name, rule) or sentences.sentence(column, rule, unit)
        text = f"{sentences.place(sheet, place.header)} : {said}"
        lines.append((position, rule, place.header, str(place.row_number or "NULL"), text))
    _put_wording(connection, lines)
    row = "coalesce(w.own_row, r.row)"
    _copy(
        connection,
        f"""WITH r AS ({_broken(layout, number)})
        SELECT CAST({_sheet(sheet)} AS VARCHAR) AS sheet, {row} AS row_number,
            NULLIF(w.header, '') AS column_name, r.value, r.rule,
            replace(replace(replace(w.template, '{{row}}', CAST({row} AS VARCHAR)),
                '{{first}}', coalesce(CAST(r.first AS VARCHAR), '')),
                '{{value}}', coalesce(regexp_replace(r.value, '\\s+', ' ', 'g'), '')) AS sentence
        FROM r JOIN wording w USING (position, rule) ORDER BY r.row, position, r.rule, r.value""",
        path,
    )


def _write_rejected_amounts(
    connection: duckdb.DuckDBPyConnection, layout: Layout, number: str, sheet: str | None, rejected: str, path: Path
) -> None:
    """Of each rejected row each amount that could be read, with the award and the line that it states."""
    stated = ", ".join(
        f"CAST({f'v_{name}' if name in layout.places else 'NULL'} AS VARCHAR) AS {name}"
        for name in ("award_id", "line_code")
    )
    amounts = [column.name for column in _found(layout) if column.is_amount]
    named = ", ".join(f"{{'position': {i}, 'name': '{name}', 'eur': v_{name}}}" for i, name in enumerate(amounts))
    of_row = f"[{named}]" if named else "CAST([] AS STRUCT(position INTEGER, name VARCHAR, eur DECIMAL(18,2))[])"
    _copy(
        connection,
        f"""SELECT CAST({_sheet(sheet)} AS VARCHAR) AS sheet, CAST(row AS BIGINT) AS row_number, award_id, line_code,
            amount.name AS column_name, CAST(amount.eur AS DECIMAL(18,2)) AS rejected_eur
        FROM (SELECT {number} AS row, {stated}, unnest({of_row}) AS amount FROM staged
            WHERE kind = {DATA} AND {rejected})
        WHERE amount.eur IS NOT NULL ORDER BY row, amount.position""",
        path,
    )


def _broken(layout: Layout, number: str) -> str:
    """One line for each rule that a row breaks: row, position of its column, rule, value, first row with it."""
    dates = ", ".join(str(i) for i, column in enumerate(_found(layout)) if column.type == "date") or "NULL"
    # Where a closer look would have found no value, none was taken.
    looked = f"CASE WHEN rule <> '{value_sql.CLOSER}' THEN rule WHEN position IN ({dates}) THEN 'date' ELSE 'enum' END"
    return (
        f"SELECT row, position, {looked} AS rule, value, CAST(NULL AS BIGINT) AS first FROM ({_broken_rules(number)})"
        " UNION ALL SELECT row, position, rule, value, first FROM repeated"
    )


def _broken_rules(number: str) -> str:
    return (
        f"SELECT {number} AS row, unnest(faulty.problems, recursive := true)"
        f" FROM staged JOIN faulty ON id = staged.rowid WHERE kind = {DATA} AND is_broken"
    )


def _write_corrections(connection: duckdb.DuckDBPyConnection, layout: Layout, sheet: str | None, path: Path) -> None:
    """One line for each cell of an accepted row that was cleared or repaired; no file where none was."""
    dates = ", ".join(str(i) for i, column in enumerate(_found(layout)) if column.type == "date") or "NULL"
    connection.execute(
        f"UPDATE corrected SET rule = CASE WHEN position IN ({dates}) THEN 'date' ELSE 'enum' END"
        f" WHERE rule = '{value_sql.CLOSER}'"
    )
    said = _fetch(connection, "SELECT DISTINCT position, rule FROM corrected ORDER BY ALL")
    if not said:
        return
    columns = _found(layout)
    lines = []
    for position, rule in said:
        place = layout.places[columns[position].name]
        text = f"{sentences.place(sheet, place.header)} : {sentences.correction(columns[position], rule)}"
        lines.append((position, rule, place.header, str(place.row_number or "NULL"), text))
    _put_wording(connection, lines)
    row = "coalesce(w.own_row, c.row)"
    _copy(
        connection,
        rf"""SELECT CAST({_sheet(sheet)} AS VARCHAR) AS sheet, {row} AS row_number, w.header AS column_name,
            c.sent AS value_sent, c.read AS value_read, c.rule,
            replace(replace(replace(w.template, '{{row}}', CAST({row} AS VARCHAR)),
                '{{read}}', left(coalesce(c.read, ''), {VALUE_CHARS})),
                '{{value}}', left(coalesce(regexp_replace(c.sent, '\s+', ' ', 'g'), ''), {VALUE_CHARS})) AS sentence
        FROM corrected c JOIN wording w USING (position, rule) ORDER BY {row}, position""",
        path,
    )


def _put_wording(connection: duckdb.DuckDBPyConnection, lines: list[tuple[int, str, str, str, str]]) -> None:
    """Make `wording` of position, rule, header, own row (SQL) and template of the sentence."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE wording"
        " (position INTEGER, rule VARCHAR, header VARCHAR, own_row BIGINT, template VARCHAR)"
    )
    if lines:
        # One statement: DuckDB plans each statement anew, and a reject is rare.
        values = ", ".join(
            f"({position}, {sql.literal(rule)}, {sql.literal(header)}, {own_row}, {sql.literal(text)})"
            for position, rule, header, own_row, text in lines
        )
        connection.execute(f"INSERT INTO wording VALUES {values}")


def _measured(
    connection: duckdb.DuckDBPyConnection, layout: Layout, rejected: str, sheet: str | None, rows: Path,
    notes: tuple[str, ...],
) -> TableResult:  # fmt: skip
    """Counts and sums: what came in and what was rejected from the staged rows, what was accepted from the file."""
    amounts = [c.name for c in layout.contract.amount_columns if c.name in layout.places]
    staged = "".join(f", sum(v_{n}), sum(v_{n}) FILTER (WHERE {rejected}), sum(x_{n})" for n in amounts)
    rows_in, rows_rejected, *sums = _fetch(
        connection, f"SELECT count(*), count(*) FILTER (WHERE {rejected}){staged} FROM staged WHERE kind = {DATA}"
    )[0]
    written = "".join(f", sum({sql.name(n)})" for n in amounts)
    days = [c.name for c in _found(layout) if c.is_not_after_reception]
    latest = f"greatest({', '.join(f'max({sql.name(n)})' for n in days)}, NULL)" if days else "CAST(NULL AS DATE)"
    counted = f"SELECT count(*), {latest}{written} FROM read_parquet({sql.literal(str(rows))})"
    accepted, latest_day, *accepted_sums = _fetch(connection, counted)[0]
    [(cells_corrected,)] = _fetch(connection, "SELECT count(*) FROM corrected")
    return TableResult(
        layout.contract.table,
        sheet,
        layout.header.number,
        rows_in,
        accepted,
        rows_rejected,
        {
            name: amount_sums(sums[3 * i], sums[3 * i + 1], sums[3 * i + 2], accepted_sums[i])
            for i, name in enumerate(amounts)
        },
        notes,
        cells_corrected,
        latest_day,
    )


def amount_sums(
    rounded: Decimal | None, rejected: Decimal | None, rounding: Decimal | None, accepted: Decimal | None
) -> AmountSums:
    """The sums of a column from those that were measured: of all its rounded amounts, and of the parts of them."""
    nothing = Decimal(0)
    return AmountSums(exact_sum((rounded, rounding)), accepted or nothing, rejected or nothing, rounding or nothing)

"""From a row of a mart down to the rows of the received files that it was made from.

A publication says of itself, in its manifest, what names a row of each mart and which marts stand beneath it: it is
explained by what it holds, whatever the code has become since.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from relance import asof, sql
from relance.errors import RelanceError
from relance.feedback.safe import one_line
from relance.files import damage_of
from relance.landing.file_decisions import ACCEPTED
from relance.landing.store import object_path
from relance.publication.current import read_publication
from relance.publication.links import condition, table

SHOWN_ROWS = 10
SHOWN_AMOUNTS = 3
NEAR_KEYS = 5


@dataclass(frozen=True)
class Selection:
    """Rows of a mart, as a query and its parameters."""

    mart: str
    query: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True)
class Beneath:
    """The rows of one mart that stand beneath another's: how many, and the first of them."""

    mart: str
    key: list[str]
    above: str
    row_count: int
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Origin:
    """The rows of one table of a received file; `path` is where its bytes are, from the data folder's landing.

    Of a file of an archive, `path` is the archive's. `damage` says how what lies there is not what was received,
    `accepted` who had the file count though a control held it, when and why.
    """

    file_name: str
    receipt_id: str
    received_at_utc: dt.datetime
    sha256: str
    path: str
    table_name: str | None
    sheet: str | None
    row_count: int
    row_numbers: list[int]
    damage: str | None
    accepted: str | None


@dataclass(frozen=True)
class Explanation:
    """A row of a mart, what stands beneath it, and the files at the bottom."""

    mart: str
    key: dict[str, str]
    row: dict[str, Any]
    beneath: list[Beneath] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    elsewhere: str | None = None


def explain(publication: Path, landing_dir: Path, mart: str, key: Sequence[str], limit: int | None) -> Explanation:
    """Follow the row of `mart` that `key` names, in the order of the mart's key columns.

    At most `limit` rows of each mart and file are listed (None: all); they are counted in any case. Raises
    `RelanceError` when there is no publication, mart or row of that name, with the names that come near.
    """
    manifest = read_publication(publication)
    if manifest is None:
        raise RelanceError(f"Nothing is published in {publication}. Run `make nightly`, or name another folder.")
    marts = manifest["marts"]
    name = _mart_name(marts, mart)
    columns = _key_columns(marts, name, key)
    with duckdb.connect(str(publication / "warehouse.duckdb"), read_only=True) as connection:
        conditions = " and ".join(f"cast({sql.name(column)} as varchar) = ?" for column in columns)
        top = Selection(name, f"select * from {table(name)} where {conditions}", tuple(key))
        rows = _rows(connection, top, 1)
        if not rows:
            raise RelanceError(_no_such_row(connection, name, columns, key))
        selections = [(top, name), *_descend(marts, top)]
        return Explanation(
            mart=name,
            key=dict(zip(columns, key, strict=True)),
            row=rows[0],
            beneath=[
                Beneath(
                    mart=one.mart,
                    key=marts[one.mart].get("key", []),
                    above=above,
                    row_count=_count(connection, one),
                    rows=_rows(connection, one, limit),
                )
                for one, above in selections[1:]
            ],
            origins=list(_origins(connection, [one for one, _ in selections], _Landed(landing_dir, manifest), limit)),
            elsewhere=marts[name].get("explained_elsewhere"),
        )


def _mart_name(marts: dict[str, Any], mart: str) -> str:
    named = [name for name in marts if mart in (name, name.split(".")[1])]
    if len(named) == 1:
        return named[0]
    near = named or difflib.get_close_matches(mart, [*marts, *(name.split(".")[1] for name in marts)], n=NEAR_KEYS)
    raise RelanceError(
        f"The publication has no mart {mart!r}. "
        + (f"Near it: {', '.join(near)}." if near else f"It has: {', '.join(sorted(marts))}.")
    )


def _key_columns(marts: dict[str, Any], mart: str, key: Sequence[str]) -> list[str]:
    columns: list[str] | None = marts[mart].get("key")
    if not columns:
        raise RelanceError(
            f"The publication does not say what names a row of {mart}: it was made before rows could be explained, "
            "or no column of that mart is a key."
        )
    if len(columns) != len(key):
        raise RelanceError(
            f"A row of {mart} is named by {len(columns)} value(s), in this order: {', '.join(columns)}. "
            f"Given: {len(key)}."
        )
    return columns


def _no_such_row(connection: duckdb.DuckDBPyConnection, mart: str, columns: list[str], key: Sequence[str]) -> str:
    texts = ", ".join(f"cast({sql.name(column)} as varchar)" for column in columns)
    # The nearest by spelling; DuckDB compares them, however many there are.
    joined = f"concat_ws(' ', {texts})"
    near = connection.execute(
        f"select {joined} from {table(mart)} order by damerau_levenshtein({joined}, ?), 1 limit {NEAR_KEYS}",
        [" ".join(key)],
    ).fetchall()
    return f"{mart} has no row {' '.join(key)!r} ({', '.join(columns)}). Near it: {'; '.join(one for (one,) in near)}."


def _descend(marts: dict[str, Any], top: Selection) -> Iterator[tuple[Selection, str]]:
    """The selections beneath another, each with the mart above it: level by level, no mart beneath itself."""
    waiting, done = [top], {top.mart}
    while waiting:
        above = waiting.pop(0)
        found = []
        for link in marts[above.mart].get("explained_by", ()):
            if link["mart"] in done or link["mart"] not in marts:
                continue
            found.append(_linked(above, link))
        done.update(one.mart for one in found)
        for one in found:
            yield one, above.mart
        waiting.extend(found)


def _linked(above: Selection, link: dict[str, Any]) -> Selection:
    return Selection(
        link["mart"],
        f"select beneath.* from {table(link['mart'])} as beneath "
        f"where exists (select 1 from ({above.query}) as above where {condition(link)})",
        above.parameters,
    )


class _Landed:
    """Where the bytes of each reception of a publication lie, and whether they are what was received."""

    def __init__(self, landing_dir: Path, manifest: dict[str, Any]) -> None:
        self.landing_dir = landing_dir
        self.receipts = {receipt["receipt_id"]: receipt for receipt in manifest.get("receipts", ())}
        self.damage: dict[str, str | None] = {}

    def find(self, receipt_id: str, sha256: str) -> tuple[str, str | None]:
        """The path of a reception's object, and what is wrong with it; each object is read once."""
        archive = self.receipts.get(receipt_id, {}).get("archive_receipt_id")
        object_sha256 = self.receipts[archive]["sha256"] if archive else sha256
        path = object_path(self.landing_dir, object_sha256)
        if object_sha256 not in self.damage:
            self.damage[object_sha256] = damage_of(path, object_sha256)
        return str(path), self.damage[object_sha256]

    def accepted(self, receipt_id: str) -> str | None:
        """Who accepted a reception that a control held, as a sentence; None where nobody had to."""
        decision = self.receipts.get(receipt_id, {}).get("decision")
        if decision is None or decision["decision"] != ACCEPTED:
            return None
        on = dt.datetime.fromisoformat(decision["at"]).astimezone(asof.PARIS)
        return f"Held by a control, and accepted by {decision['who']} on {on:%d/%m/%Y}: {decision['reason']}"


def _origins(
    connection: duckdb.DuckDBPyConnection, selections: list[Selection], landed: _Landed, limit: int | None
) -> Iterator[Origin]:
    keys: list[Selection] = []
    receipts: list[Selection] = []
    for one in selections:
        columns = [str(described[0]) for described in _describe(connection, one)]
        # A row that knows its row of a file needs not be looked for by its file.
        wanted, found = (
            (keys, "lineage_key") if any(c.endswith("lineage_key") for c in columns) else (receipts, "receipt_id")
        )
        wanted.extend(
            Selection(one.mart, f"select {sql.name(column)} as name from ({one.query})", one.parameters)
            for column in columns
            if column.endswith(found)
        )
    lineage = " union ".join(one.query for one in keys)
    if keys:
        yield from _files(
            connection,
            "select inputs.receipt_id, inputs.table_name, inputs.sheet, inputs.row_number "
            f"from quality.publication_inputs as inputs where inputs.lineage_key in ({lineage})",
            [parameter for one in keys for parameter in one.parameters],
            landed,
            limit,
        )
    if receipts:
        names = " union ".join(one.query for one in receipts)
        seen = (
            " and receipt_id not in "
            f"(select receipt_id from quality.publication_inputs where lineage_key in ({lineage}))"
        )
        yield from _files(
            connection,
            "select receipt_id, null::varchar as table_name, null::varchar as sheet, null::bigint as row_number "
            f"from quality.received_files where receipt_id in ({names}){seen if keys else ''}",
            [parameter for one in (*receipts, *keys) for parameter in one.parameters],
            landed,
            limit,
        )


def _files(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: list[Any], landed: _Landed, limit: int | None
) -> Iterator[Origin]:
    shown = "" if limit is None else f"[1:{limit}]"
    found = connection.execute(
        "select files.file_name, files.receipt_id, files.received_at_utc, files.sha256, origin.table_name, "
        "origin.sheet, count(origin.row_number), "
        f"list(origin.row_number order by origin.row_number) filter (origin.row_number is not null){shown} "
        f"from ({rows}) as origin join quality.received_files as files using (receipt_id) "
        "group by all order by files.received_at_utc, files.file_name, origin.table_name, origin.sheet",
        parameters,
    ).fetchall()
    for file_name, receipt_id, received, sha256, table_name, sheet, row_count, numbers in found:
        path, damage = landed.find(receipt_id, sha256)
        place = path, table_name, sheet, row_count, numbers or []
        yield Origin(file_name, receipt_id, received, sha256, *place, damage, landed.accepted(receipt_id))


def _describe(connection: duckdb.DuckDBPyConnection, selection: Selection) -> list[Any]:
    return list(connection.execute(f"{selection.query} limit 0", selection.parameters).description or ())


def _rows(connection: duckdb.DuckDBPyConnection, selection: Selection, limit: int | None) -> list[dict[str, Any]]:
    bound = "" if limit is None else f" limit {limit}"
    result = connection.execute(f"{selection.query} order by all{bound}", selection.parameters)
    columns = [str(described[0]) for described in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _count(connection: duckdb.DuckDBPyConnection, selection: Selection) -> int:
    counted = connection.execute(f"select count(*) from ({selection.query})", selection.parameters).fetchone()
    return int(counted[0]) if counted else 0


def as_json(explanation: Explanation) -> str:
    """The explanation as JSON: amounts as exact text, dates in ISO form."""
    return json.dumps(explanation, default=_plain, ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return dict(vars(value))


def print_explanation(console: Console, explanation: Explanation) -> None:
    """Print the row, the rows beneath it and the files for a person."""
    console.print(Text.assemble((explanation.mart, "bold"), " ", _plain_text(" ".join(explanation.key.values()))))
    row = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for column, value in explanation.row.items():
        if value is not None:
            row.add_row(column, _plain_text(value))
    console.print(row)
    for one in explanation.beneath:
        console.print(
            f"\n[bold]{one.row_count}[/bold] row(s) of [bold]{one.mart}[/bold] beneath {one.above}{_more(one)}",
            soft_wrap=True,
        )
        if one.rows:
            console.print(_sample(one))
    if not explanation.origins:
        console.print()
        console.print(_plain_text(explanation.elsewhere or _no_file(explanation)), soft_wrap=True)
        return
    console.print("\n[bold]Received files[/bold]")
    for (file_name, received, path, damage, accepted), origins in groupby(
        explanation.origins, lambda one: (one.file_name, one.received_at_utc, one.path, one.damage, one.accepted)
    ):
        console.print(_plain_text(f"  {file_name}, received {received:%Y-%m-%d %H:%M:%S} UTC"), soft_wrap=True)
        console.print(f"    {path}", soft_wrap=True, style="dim", markup=False)
        if damage:
            said = f"    Not what was received, by a fault of our storage: {damage}. See relance landing verify."
            console.print(said, soft_wrap=True, style="red", markup=False)
        if accepted:
            console.print(_plain_text(f"    {accepted}"), soft_wrap=True)
        for origin in origins:
            if origin.row_count:
                console.print(_plain_text(f"    {_place(origin)}"), soft_wrap=True)


def _plain_text(value: Any) -> Text:
    """A value as it is: nothing that a sender wrote can steer the terminal or is read as markup."""
    return Text(one_line(str(value)))


def _place(origin: Origin) -> str:
    """Table, sheet and rows, consecutive ones together."""
    place = f"{origin.table_name}, sheet {origin.sheet}" if origin.sheet else str(origin.table_name)
    runs: list[list[int]] = []
    for number in origin.row_numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    rows = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    left = origin.row_count - len(origin.row_numbers)
    return f"{place}, row{'s' if origin.row_count > 1 else ''} {rows}{f' and {left} more' if left else ''}"


def _more(one: Beneath) -> str:
    return f" (the first {len(one.rows)}; --all lists all)" if one.row_count > len(one.rows) else ""


def _no_file(explanation: Explanation) -> str:
    sources = [str(value) for column, value in explanation.row.items() if column.endswith("source") and value]
    return f"No received file stands behind it. Source: {'; '.join(sources) or 'the reference figures (seeds)'}."


def _sample(one: Beneath) -> Table:
    """What names each row, and its first amounts: an amount is never cut short."""
    amounts = [column for column in one.rows[0] if column.endswith("_eur")]
    said = [column for column in amounts if any(row[column] is not None for row in one.rows)][:SHOWN_AMOUNTS]
    # Where a row stands in its file is told below, with the files.
    names = [column for column in one.key if column not in ("lineage_key", "row_number")]
    names += [column for column in ("stated_on", "project_name") if column in one.rows[0] and column not in names]
    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in (*names, *said):
        table.add_column(column, justify="right" if column in said else "left", no_wrap=column in said, overflow="fold")
    for row in one.rows:
        table.add_row(*(_plain_text("" if row[column] is None else row[column]) for column in (*names, *said)))
    return table

"""Reads one dossier of Démarches Simplifiées: a JSON document in, the same text tables as any other file out.

The contract says where each value stands (`found_at`, tried in turn): `champ` and `annotation` are the form's
fields with the column's label (title or `headers`, in normal form), `a.b` is a path in the dossier, and
`@column.a.b` a path inside the field found for another column. At the table: `root` is the document's key,
`repetition` the labels of the repeated section whose rows are the table's, `changed_at` the dossier's own date.
Instants become days in Paris. Values are typed by the same SQL as every other table, many documents in one pass:
compiling it costs far more than running it on one row. So these contracts state no key: a document has one row, and
versions of one dossier may be in the same pass.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from relance.parsing import odd_texts, sentences
from relance.parsing.contract import Column, Contract, split_unit
from relance.parsing.days import read_day
from relance.parsing.engine import connect
from relance.parsing.layout import Layout, Place
from relance.parsing.odd_texts import OddText
from relance.parsing.set_aside import SetAside
from relance.parsing.staging_sql import DATA
from relance.parsing.surroundings import unit_defect
from relance.parsing.table_parse import (
    TableResult,
    amount_sums,
    check_law,
    check_rejected_amounts,
    check_sums,
    exact_sum,
    parse_table,
    rows_path,
)
from relance.parsing.text_table import Body, NumberedRow, write_numbered
from relance.parsing.wording import integer, listed, normal_form, plural, quoted

# A real dossier is some kilobytes: its attachments are links.
MAX_DOCUMENT_BYTES = 5_000_000
MAX_VALUE_CHARS = 20_000
MAX_ITEMS = 1_000
MAX_DAY_CHARS = 60  # no day is written with more
# The root of a document that says that a dossier was deleted.
DELETION = "deleted_dossier"
_ASK_AGAIN = "Le dossier n'est pas compté ; sa version précédente continue de compter. Le collecter de nouveau"
_SCALARS = ("text", "integer", "decimal", "date", "datetime", "choice")
_THREE_DECIMALS = re.compile(r"[-+]?\d+\.\d{3}")
_NOT_FIELDS = ("HeaderSectionChamp", "ExplicationChamp")


@dataclass(frozen=True)
class TextTable:
    """One table of a document: its layout, and the texts of each row in the order of the contract's columns."""

    layout: Layout
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Document:
    """A document taken apart; no value is judged yet. The facts are what the manifest goes by."""

    number: str
    facts: dict[str, str | None]
    notes: list[str]
    tables: list[TextTable]


@dataclass(frozen=True)
class TypedTable:
    """One table of a document, typed: its rows and rejects, and what they add up to.

    `rejected_amounts` and `corrections` are None where none of the tables typed together has any.
    """

    rows: pa.Table
    rejects: pa.Table
    rejected_amounts: pa.Table | None
    corrections: pa.Table | None
    result: TableResult
    notes: tuple[str, ...] = ()


@dataclass
class DossierReading:
    """What one document gave, as `Reading` has it for a file. `typed`: typed before, together with others."""

    contracts: Sequence[Contract]
    result: Path
    scratch: Path
    typed: tuple[Document, list[TypedTable]] | None = None
    format: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tables: list[TableResult] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Raises `SetAside` for what is no dossier."""
        self.format = {"container": "json"}
        if self.typed is None:
            document = document_of(path, self.contracts)
            (tables,) = type_documents([document], self.scratch)
        else:
            document, tables = self.typed
        self.facts, self.notes = document.facts, [*document.notes]
        for table in tables:
            name = table.result.table
            check_sums(table.result, next(c for c in self.contracts if c.table == name))
            _write(table.rows, self.result / f"{name}.rows.parquet")
            _write(table.rejects, self.result / f"{name}.rejects.parquet")
            if table.result.rows_rejected:
                _write(table.rejected_amounts, self.result / f"{name}.rejected_amounts.parquet")
            if table.result.cells_corrected:
                _write(table.corrections, self.result / f"{name}.corrections.parquet")
            self.tables.append(table.result)
            self.notes += table.notes


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", store_schema=False)


# -- from JSON to text


def document_of(path: Path, contracts: Sequence[Contract]) -> Document:
    """Take a document apart. Raises `SetAside` with what keeps it from being a dossier."""
    content = _decoded(path)
    roots = {str(c.raw["relance"]["root"]) for c in contracts}
    found = sorted(roots & content.keys()) if isinstance(content, dict) else []
    if len(found) != 1 or not isinstance(content[found[0]], dict):
        raise SetAside(
            "Le document JSON n'est pas un dossier de Démarches Simplifiées. Attendu : un objet avec"
            f" {listed([quoted(root) for root in sorted(roots)], 'ou')}. {_ASK_AGAIN}."
        )
    dossier = content[found[0]]
    number = _scalar(dossier.get("number"))
    if not number.isdigit() or not number.isascii():
        raise SetAside(f"Le document n'a pas de numéro de dossier ({quoted(number)}). {_ASK_AGAIN}.")
    fields = {name: _labelled(dossier.get(name), name, number) for name in ("champs", "annotations")}
    facts: dict[str, str | None] = {"dossier_number": number, "changed_at": None, "deletion_reason": None}
    facts["is_deletion"] = "true" if found[0] == DELETION else None
    tables: list[TextTable] = []
    read: set[str] = set()
    left: dict[str, str] = {}
    for contract in (c for c in contracts if c.raw["relance"]["root"] == found[0]):
        extra = contract.raw["relance"]
        if changed_at := extra.get("changed_at"):
            facts["changed_at"] = _instant(dossier.get(changed_at))
        if "repetition" in extra:
            labels = {normal_form(label) for label in extra["repetition"]}
            sections = [one for label, ones in fields["champs"].items() if label in labels for one in ones]
            read |= labels
            rows, unread_items = _items(contract, dossier, sections, number)
            left |= unread_items
        else:
            cells, taken = _cells(contract, dossier, fields, number)
            rows = [cells]
            read |= taken
        tables.append(_text_table(contract, rows))
    if facts["is_deletion"]:
        facts["deletion_reason"] = _scalar(dossier.get("reason")) or None
    for labelled in fields.values():
        left |= _unread(labelled, read)
    return Document(number, facts, _notes(left), tables)


def _decoded(path: Path) -> Any:
    size = path.stat().st_size
    if size > MAX_DOCUMENT_BYTES:
        raise SetAside(
            f"Le document fait {integer(size)} octets ; la limite est de {integer(MAX_DOCUMENT_BYTES)}. {_ASK_AGAIN}."
        )
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=str)
    except UnicodeDecodeError as error:
        raise SetAside(f"Le document n'est pas en UTF-8 (octet {integer(error.start + 1)}). {_ASK_AGAIN}.") from error
    except json.JSONDecodeError as error:
        where = f"ligne {integer(error.lineno)}, caractère {integer(error.colno)}"
        cause = "Le document est vide" if size == 0 else f"Le document n'est pas du JSON lisible ({where})"
        raise SetAside(f"{cause} : il est abîmé ou tronqué. {_ASK_AGAIN}.") from error
    except RecursionError as error:
        raise SetAside(f"Le document JSON est imbriqué sans mesure. {_ASK_AGAIN}.") from error


Labelled = dict[str, list[dict[str, Any]]]


def _labelled(fields: Any, name: str, number: str) -> Labelled:
    """Fields by the normal form of their label, units left out. A form may have a label several times."""
    if fields is None:
        return {}
    if not isinstance(fields, list) or not all(isinstance(one, dict) and _is_text(one.get("label")) for one in fields):
        raise SetAside(
            f"Dossier {number} : ses {name} ne sont pas une liste de champs avec leur libellé. {_ASK_AGAIN}."
        )
    found: Labelled = {}
    for one in fields:
        if one.get("__typename") not in _NOT_FIELDS:
            found.setdefault(split_unit(one["label"])[0], []).append(one)
    return found


def _chosen(column: Column, labelled: Labelled, number: str) -> tuple[str, dict[str, Any]] | None:
    """The label and the field of a column: the first of its labels that is filled, else the first that is there."""
    labels = [label for label in (split_unit(header)[0] for header in column.headers) if label in labelled]
    for label in labels:
        filled = [one for one in labelled[label] if _value(one)]
        if len({_value(one) for one in filled}) > 1:
            raise SetAside(
                f"Dossier {number} : deux champs {quoted(filled[0]['label'])} ont des valeurs différentes. N'en garder"
                " qu'un dans le formulaire, ou changer un des libellés."
            )
        if filled:
            return label, filled[0]
    return (labels[0], labelled[labels[0]][0]) if labels else None


Cells = dict[str, tuple[str, str]]


def _cells(
    contract: Contract, dossier: dict[str, Any], fields: dict[str, Labelled], number: str
) -> tuple[Cells, set[str]]:
    """Label and text of each column's value, and the labels that were read."""
    champs: dict[str, dict[str, Any]] = {}
    cells: Cells = {}
    read: set[str] = set()
    for column in contract.sent_columns:
        header, text = column.title, ""
        for place in _places(contract, column):
            if place in ("champ", "annotation"):
                chosen = _chosen(column, fields[f"{place}s"], number)
                if chosen is None:
                    continue
                label, champ = chosen
                read.add(label)
                champs[column.name] = champ
                header, text = " ".join(champ["label"].split()), _value(champ)
            else:
                text = _at(dossier, champs, place)
            if text:
                break
        if column.type == "date" and len(text) <= MAX_DAY_CHARS:
            text = _day(text)
        if len(text) > MAX_VALUE_CHARS or not _is_text(text) or "\0" in text:
            raise SetAside(
                f"Dossier {number}, champ {quoted(header)} : la valeur n'est pas un texte lisible de moins de"
                f" {integer(MAX_VALUE_CHARS)} caractères. La corriger dans le dossier."
            )
        cells[column.name] = (header, text)
    return cells, read


def _items(
    contract: Contract, dossier: dict[str, Any], sections: Sequence[dict[str, Any]], number: str
) -> tuple[list[Cells], dict[str, str]]:
    """The rows of the repeated sections, and the labels that were not read in them."""
    rows: list[Cells] = []
    left: dict[str, str] = {}
    for item in (item for section in sections for item in section.get("rows") or ()):
        champs = _labelled(item.get("champs") if isinstance(item, dict) else item, "postes", number)
        if len(rows) == MAX_ITEMS:
            raise SetAside(
                f"Dossier {number} : plus de {integer(MAX_ITEMS)} lignes dans {quoted(contract.title)}. {_ASK_AGAIN}."
            )
        cells, read = _cells(contract, dossier, {"champs": champs, "annotations": {}}, number)
        rows.append(cells)
        left |= _unread(champs, read)
    return rows, left


def _places(contract: Contract, column: Column) -> list[str]:
    raw = next(one for one in contract.raw["fields"] if one["name"] == column.name)
    return list(raw.get("relance", {}).get("found_at", ["champ"]))


def _at(dossier: dict[str, Any], champs: dict[str, dict[str, Any]], place: str) -> str:
    steps = place.split(".")
    value: Any = dossier
    if place.startswith("@"):
        value = champs.get(steps.pop(0)[1:])
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return _scalar(value)


def _value(champ: dict[str, Any]) -> str:
    """The text of a field of any of the form's types."""
    for name in ("isYes", "isChecked"):
        if isinstance(champ.get(name), bool):
            return "Oui" if champ[name] else "Non"
    for name in _SCALARS:
        if text := _scalar(champ.get(name)):
            # A number of the platform's: its point is a decimal sign, however many digits follow.
            return f"{text}0" if name == "decimal" and _THREE_DECIMALS.fullmatch(text) else text
    if isinstance(champ.get("files"), list):
        return str(len(champ["files"]))
    for name, key in (("departement", "code"), ("etablissement", "siret")):
        if isinstance(champ.get(name), dict) and (text := _scalar(champ[name].get(key))):
            return text
    parts = [*champ["choices"]] if isinstance(champ.get("choices"), list) else []
    parts += [champ.get("primaryChoice"), champ.get("secondaryChoice")]
    return ", ".join(text for part in parts if (text := _scalar(part))) or _scalar(champ.get("stringValue"))


def _scalar(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _is_text(value: Any) -> bool:
    """Whether it is a text that can be written: half a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _day(text: str) -> str:
    """The day of a date or an instant; any other text as it is, for the contract to judge."""
    day = read_day(text, reads_months=False)
    return text if day is None else day.isoformat()


def _instant(value: Any) -> str | None:
    try:
        instant = dt.datetime.fromisoformat(_scalar(value))
    except ValueError:
        return None
    return instant.astimezone(dt.UTC).isoformat() if instant.tzinfo else None


def _unread(labelled: Labelled, read: set[str]) -> dict[str, str]:
    """The labels that no column took, by their normal form."""
    return {label: ones[0]["label"] for label, ones in labelled.items() if label not in read}


def _notes(left: dict[str, str]) -> list[str]:
    if not left:
        return []
    labels = listed([quoted(label, 40) for label in list(left.values())[:10]])
    return [f"{plural(len(left), 'champ')} hors contrat, non lu{'s' if len(left) > 1 else ''} : {labels}."]


def _text_table(contract: Contract, rows: list[Cells]) -> TextTable:
    """Its rows as texts. Where the labels of one column state different units, each text has its own."""
    columns = contract.sent_columns
    places, texts = {}, []
    for index, column in enumerate(columns):
        sent = [cells[column.name] for cells in rows]
        header = sent[0][0] if sent else column.title
        units = [split_unit(label)[1] for label, _ in sent]
        for (label, _), unit in zip(sent, units, strict=True):
            if column.is_amount and (defect := unit_defect(label, unit)):
                raise SetAside(f"Formulaire : {defect}")
        has_one_unit = not column.is_amount or len(set(units)) < 2
        places[column.name] = Place(index, header, split_unit(header)[1] if has_one_unit else None)
        texts.append(
            [
                text if has_one_unit or not text else f"{text} {unit or column.unit}"
                for (_, text), unit in zip(sent, units, strict=True)
            ]
        )
    headers = tuple(place.header for place in places.values())
    return TextTable(Layout(contract, NumberedRow(0, headers), places), list(zip(*texts, strict=True)))


# -- from text to typed rows


def type_documents(documents: Sequence[Document], scratch: Path) -> list[list[TypedTable]]:
    """Type the tables of many documents; for each document its tables, the same as if it were typed alone.

    Raises what `parse_table` raises: then some document of these has to be found by typing them one by one.
    """
    typed: list[dict[str, TypedTable]] = [{} for _ in documents]
    alike: dict[tuple[str, ...], list[tuple[int, TextTable]]] = {}
    for position, document in enumerate(documents):
        for table in document.tables:
            alike.setdefault((table.layout.contract.table, *table.layout.header.cells), []).append((position, table))
    for group in alike.values():
        numbers = [documents[position].number for position, _ in group]
        for (position, table), one in zip(group, _typed(numbers, [t for _, t in group], scratch), strict=True):
            typed[position][table.layout.contract.table] = one
    return [
        [tables[t.layout.contract.table] for t in document.tables]
        for document, tables in zip(documents, typed, strict=True)
    ]


def _typed(numbers: Sequence[str], tables: Sequence[TextTable], scratch: Path) -> Iterator[TypedTable]:
    """Tables of one layout, typed in one pass and taken apart again."""
    layout = tables[0].layout
    texts = [row for table in tables for row in table.rows]
    body_file = scratch / "documents.csv"
    count = write_numbered(body_file, (NumberedRow(n, row) for n, row in enumerate(texts, 1)))
    body = Body(body_file, len(layout.header.cells), 0, is_numbered=True, record_count=count)
    with connect(scratch) as connection:
        result = parse_table(connection, layout, [body], None, scratch)
        amounts = _amounts(connection, list(result.amounts))
        odd = odd_texts.found(connection, "row_number", DATA, limit=MAX_ITEMS * len(tables))
    parts = sorted(scratch.glob(rows_path(scratch, result.table).name))
    rows = pa.concat_tables(pq.read_table(part) for part in parts)
    rejects = pq.read_table(scratch / f"{result.table}.rejects.parquet")
    lost = pq.read_table(scratch / f"{result.table}.rejected_amounts.parquet") if result.rows_rejected else None
    corrected = pq.read_table(scratch / f"{result.table}.corrections.parquet") if result.cells_corrected else None
    end = 0
    for number, table in zip(numbers, tables, strict=True):
        first, end = end, end + len(table.rows)
        own = _between(rows, first, end)
        refused = _between(rejects, first, end)
        own_corrected = None if corrected is None else _between(corrected, first, end)
        refused_rows = {first + row for row in refused.column("row_number").to_pylist()}
        summed = replace(
            result,
            rows_in=len(table.rows),
            rows_accepted=own.num_rows,
            rows_rejected=len(refused_rows),
            amounts={
                name: amount_sums(
                    exact_sum(rounded for rounded, _ in of_rows[first:end]),
                    exact_sum(of_rows[row - 1][0] for row in refused_rows),
                    exact_sum(rounding for _, rounding in of_rows[first:end]),
                    pc.sum(own.column(name)).as_py(),
                )
                for name, of_rows in amounts.items()
            },
            cells_corrected=0 if own_corrected is None else own_corrected.num_rows,
        )
        check_law(summed)
        own_lost = None if lost is None else _between(lost, first, end)
        if own_lost is not None:
            by_column = own_lost.group_by("column_name").aggregate([("rejected_eur", "sum")]).to_pydict()
            check_rejected_amounts(
                summed, dict(zip(by_column["column_name"], by_column["rejected_eur_sum"], strict=True))
            )
        notes = odd_texts.notes(odd_texts.of_rows(odd, first, end), _dossier_place(number, layout))
        if own_corrected is not None:
            own_corrected = _placed(own_corrected, number, first, layout.contract)
        placed = _placed(refused, number, first, layout.contract)
        yield TypedTable(own, placed, own_lost, own_corrected, summed, tuple(notes))


def _dossier_place(number: str, layout: Layout) -> Callable[[OddText], str]:
    headers = [layout.places[c.name].header for c in layout.contract.sent_columns if c.name in layout.places]
    has_items = "repetition" in layout.contract.raw["relance"]
    return lambda odd: (
        f"dossier {number}{f', poste {odd.row}' if has_items else ''}, champ {quoted(headers[odd.position])}"
    )


def _between(table: pa.Table, first: int, end: int) -> pa.Table:
    """The rows numbered above `first` up to `end`, numbered from 1."""
    number = table.column("row_number")
    own = table.filter(pc.and_(pc.greater(number, first), pc.less_equal(number, end)))
    index = own.schema.get_field_index("row_number")
    return own.set_column(index, "row_number", pc.subtract(own.column("row_number"), pa.scalar(first, pa.int64())))


Cents = tuple[Decimal | None, Decimal | None]  # an amount, and what rounding took of it


def _amounts(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, list[Cents]]:
    """For each column of amounts what stands in each row, accepted or not."""
    columns = ", ".join(f"v_{name}, x_{name}" for name in names)
    rows = connection.execute(f"SELECT {columns} FROM staged ORDER BY row_number").fetchall() if names else []
    return {name: [(row[2 * index], row[2 * index + 1]) for row in rows] for index, name in enumerate(names)}


def _placed(rejects: pa.Table, number: str, first: int, contract: Contract) -> pa.Table:
    """Rejects or corrections with sentences that say the dossier and its field, where a table's say row and column."""
    texts = []
    for one in rejects.to_pylist():
        row, header = one["row_number"], one["column_name"] or ""
        said = sentences.place(None, header).replace("{row}", str(first + row))
        item = f", poste {row}" if "repetition" in contract.raw["relance"] else ""
        texts.append(one["sentence"].replace(said, f"Dossier {number}{item}, champ {quoted(header)}", 1))
    index = rejects.schema.get_field_index("sentence")
    return rejects.set_column(index, rejects.schema.field("sentence"), pa.array(texts, pa.string()))

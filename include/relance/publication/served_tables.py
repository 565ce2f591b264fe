"""The tables of the copy in PostgreSQL: what a publication wants of them, and what turns those that stand into these.

Tables are changed and never made anew, so that what others hung on them (views, grants) goes on working, and so that
a transaction that began before goes on seeing the rows it saw: a table renamed into place would be empty for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relance import sql
from relance.errors import RelanceError

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

# Comment of what no publication has any more, kept because a view of somebody's reads it.
RETIRED = "Retirée des publications, vide : une vue en dépend encore."
# Units that a figure cannot be read without, as the comment of its column says them.
UNITS_FR = {
    "EUR": "euros",
    "ratio": "ratio : 0,284 vaut 28,4 %",
    "points": "points",
    "years": "années",
    "months": "mois",
    "days": "jours",
    "hours": "heures",
    "UTC": "UTC",
}


@dataclass(frozen=True)
class Column:
    """`type` as PostgreSQL's `format_type` writes it."""

    name: str
    type: str
    is_required: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """`name` is `schema.table`; `numbers` are those of PostgreSQL's columns, of a table that stands."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    comment: str
    numbers: Mapping[str, int] | None = None


def wanted_table(name: str, described: dict[str, Any], schema: pa.Schema) -> Table:
    """The table of a mart, by what the publication's manifest says of it and the schema of its Parquet file."""
    columns = {column["name"]: column for column in described.get("columns", ())}
    key = tuple(described.get("key", ()))
    return Table(
        name=name,
        columns=tuple(
            Column(
                name=field.name,
                type=_type(name, field),
                is_required=field.name in key or bool(columns.get(field.name, {}).get("is_required")),
                comment=_comment(columns.get(field.name)),
            )
            for field in schema
        ),
        key=key,
        comment=described.get("label_fr", ""),
    )


def _comment(described: dict[str, Any] | None) -> str:
    if described is None:
        return ""
    unit = UNITS_FR.get(described["unit"])
    return f"{described['label_fr']} ({unit})" if unit else str(described["label_fr"])


def _type(table: str, field: pa.Field) -> str:
    import pyarrow as pa

    kinds = {
        pa.string(): "text",
        pa.int32(): "integer",
        pa.int64(): "bigint",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.timestamp("us"): "timestamp without time zone",
        pa.timestamp("us", "UTC"): "timestamp with time zone",
        pa.float64(): "double precision",
    }
    if pa.types.is_decimal(field.type):
        return f"numeric({field.type.precision},{field.type.scale})"
    if field.type not in kinds:
        raise RelanceError(
            f"{table}.{field.name} has the type {field.type}, which the copy in PostgreSQL does not know: publish it "
            f"as text, number, date, instant or boolean, or add the type to {__name__}."
        )
    return kinds[field.type]


def quoted(table: str) -> str:
    """`fund.fct_award` as a quoted name."""
    return ".".join(sql.name(part) for part in table.split("."))


def creating(wanted: Table) -> Iterator[str]:
    """The statements that make a table."""
    table = quoted(wanted.name)
    columns = ", ".join(
        f"{sql.name(one.name)} {one.type}{' not null' if one.is_required else ''}" for one in wanted.columns
    )
    yield f"create table {table} ({columns})"
    yield from _key(wanted)
    yield from commenting(wanted, None)


def changing(standing: Table, wanted: Table, is_tidying: bool) -> Iterator[str]:
    """The statements that make `wanted` of a table that stands, which is empty by then; none when it is that already.

    A column that goes away, or whose type changes, is dropped, and made anew with its new type; where a view depends
    on it, it is kept, empty, and an old one of the same name renamed. Columns kept so are tried again by `is_tidying`.
    """
    table = quoted(wanted.name)
    numbers = standing.numbers or {}
    old, new = ({one.name: one for one in side.columns} for side in (standing, wanted))
    gone = [
        one for one in standing.columns if one.name not in new and (is_tidying or not one.comment.startswith(RETIRED))
    ]
    retyped = [one for one in standing.columns if one.name in new and new[one.name].type != one.type]
    rekeyed = standing.key != wanted.key or any(one.name in standing.key for one in retyped)
    if rekeyed and standing.key:
        yield _drop_key(table)
    for one in gone:
        yield _drop_or(table, one.name, _retire(table, one.name))
    for one in retyped:
        aside = f"{one.name}__{numbers[one.name]}"
        kept = [f"alter table {table} rename column {sql.name(one.name)} to {sql.name(aside)}", *_retire(table, aside)]
        yield _drop_or(table, one.name, kept)
    for column in wanted.columns:
        name = sql.name(column.name)
        before = None if column.name in {one.name for one in retyped} else old.get(column.name)
        if before is None:
            yield f"alter table {table} add column {name} {column.type}"
        if column.is_required != (before is not None and before.is_required):
            yield f"alter table {table} alter column {name} {'set' if column.is_required else 'drop'} not null"
    if rekeyed:
        yield from _key(wanted)


def commenting(wanted: Table, standing: Table | None) -> Iterator[str]:
    """The statements that write the comments that are not there yet."""
    old = {one.name: one for one in standing.columns} if standing else {}
    table = quoted(wanted.name)
    if wanted.comment != (standing.comment if standing else ""):
        yield f"comment on table {table} is {sql.literal(wanted.comment)}"
    for one in wanted.columns:
        before = old.get(one.name)
        if one.comment != (before.comment if before and before.type == one.type else ""):
            yield f"comment on column {table}.{sql.name(one.name)} is {sql.literal(one.comment)}"


def removing(standing: Table) -> str:
    """The statement that removes an emptied table, or keeps it where a view depends on it."""
    table = quoted(standing.name)
    return _or(f"drop table {table}", [f"comment on table {table} is {sql.literal(RETIRED)}"])


def _key(wanted: Table) -> Iterator[str]:
    if wanted.key:
        yield f"alter table {quoted(wanted.name)} add primary key ({', '.join(map(sql.name, wanted.key))})"


def _drop_key(table: str) -> str:
    """Drops the primary key, whatever its name is."""
    return (
        "do $relance$ begin execute (select format('alter table %s drop constraint %I', conrelid::regclass, conname) "
        f"from pg_constraint where contype = 'p' and conrelid = {sql.literal(table)}::regclass); end $relance$"
    )


def _retire(table: str, column: str) -> list[str]:
    return [
        f"alter table {table} alter column {sql.name(column)} drop not null",
        f"comment on column {table}.{sql.name(column)} is {sql.literal(RETIRED)}",
    ]


def _drop_or(table: str, column: str, otherwise: list[str]) -> str:
    return _or(f"alter table {table} drop column {sql.name(column)}", otherwise)


def _or(statement: str, otherwise: list[str]) -> str:
    """A statement, and others where something depends on what it would drop."""
    return (
        f"do $relance$ begin {statement}; "
        f"exception when dependent_objects_still_exist then {'; '.join(otherwise)}; end $relance$"
    )

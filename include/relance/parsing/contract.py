"""Reads the contracts: which columns a table has, how they may be headed, what each value must be.

A contract is a Frictionless Table Schema with a `relance` object for what that standard has no word for. What is
in neither is refused here, so that no constraint is written and then not applied.
At the table: `kind`, `table`, `sheets` (names that sheet may have), `layout` (`label-value` for a cover,
`document` for a dossier, whose further words `dossier` explains), `facts` (fact of the file -> column),
`empty_table` (`set-aside` where a table without rows is no table), `vintages` (`name`, `editions` in French,
`recognised_by`: the column that only this vintage has).
At a field: `headers` (other headers seen), `headers_beside` (a header that means this column only where the
other one stands beside it), `unit` (`€`, `k€`, `M€`, `ratio`, `ans`, `mois`), `scale` (decimals of a plain number),
`month` (`first-day`: a month alone is read as its first day), `key` (`identifier`: kept and compared in the one form of
`canonical.py`), `derived` (no column of the file: true where `from` matches `pattern`; without a pattern the text of
`from` as it was sent), `example` for the sentences, `only_in` (the vintage that has this column: where it is required,
it is required of that vintage only), `brackets` (of an amount: the text column that takes a bracket such as `< 5 M€`
where one stands in the amount's place; a file that has that column too must say the same there, or the cell is rejected
as no amount), `check` (`siret`: a wrong one is told by what it is, and repaired where its key proves it), `only_with`
(column -> the values with which this one may have any), `not_after` (`reception`: no day after that of the reception),
`required_with_amounts` (of an amount: without this column, a file that has another column of amounts is
set aside, since that may be this one).
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from relance.errors import RelanceError
from relance.parsing.wording import normal_form

CONTRACTS_DIR = Path(__file__).resolve().parents[1] / "contracts"
# Which of them made a parse is part of its version.
ENGINES = ("duckdb", "msgspec", "olefile", "pyarrow", "python-calamine")
EXPONENTS = {"€": 0, "k€": 3, "M€": 6}
_EURO = "eur(?:os?)?"
_OF_EUROS = rf"(?:de |d |of ){{0,2}}{_EURO}"
# Words of units in a text's normal form, those with the most words first. Those that are no key of `EXPONENTS` are
# known so that they can be refused.
UNIT_FORMS = {
    "€ par dizaines ou centaines": rf"(?:dizaines|centaines) (?:de )?(?:milliers |millions )?{_OF_EUROS}",
    "Md€": rf"(?:m(?:r?d)s?|g) ?{_EURO}|milliards?(?: {_OF_EUROS})|(?<=en )milliards(?! de?\b)",
    "M€": rf"(?:m|mio)(?: d)? ?{_EURO}|(?:x ?)?1 ?000 ?000 {_EURO}|(?:{_EURO} )?x ?1 ?000 ?000|millions? {_OF_EUROS}"
    rf"|{_EURO} millions?|(?<=en )millions(?! de?\b)",
    "k€": rf"(?:k|kilo)(?: d)? ?{_EURO}|(?:x ?)?1 ?000 {_EURO}|(?:{_EURO} )?x ?1 ?000(?! ?000)|mille {_EURO}"
    rf"|(?:milliers?|thousands?) {_OF_EUROS}|{_EURO} (?:milliers?|thousands?)|(?<=en )milliers(?! de?\b)",
    "m€": "petitmeur",
    "€": rf"{_EURO}(?: et (?:cents?|centimes?))?",
    "centimes": rf"centimes?(?: {_OF_EUROS})?",
    "$": "(?:us )?(?:usd|dollars?)(?: us)?",
    "£": "gbp|livres? sterlings?",
    "francs CFP": "xpf|f ?cfp|francs? (?:cfp|pacifiques?)",
    "francs CFA": "xof|xaf|f ?cfa|francs? cfa",
    "francs suisses": "chf|francs? suisses?",
    "francs": "frf|k ?f(?:rf)?|francs?(?: francais)?",
    "%": "pourcent|pourcentages?",
}
_UNIT_NAMES = dict(zip("abcdefghijklmn", UNIT_FORMS, strict=True))
UNIT = "(?:" + "|".join(f"(?P<{group}>{UNIT_FORMS[unit]})" for group, unit in _UNIT_NAMES.items()) + ")"
_UNIT_IN_HEADER = re.compile(rf"(?:\bexprimee?s? )?(?:\b(?:en|et|ou) )*\b{UNIT}\b")

_TABLE_WORDS = {
    "name", "title", "description", "fields", "missingValues", "primaryKey", "foreignKeys", "relance",
}  # fmt: skip
# `root`, `repetition`, `changed_at` and `found_at` belong to the layout `document`.
_TABLE_EXTRAS = {
    "kind", "table", "sheets", "layout", "facts", "empty_table", "vintages", "root", "repetition", "changed_at",
}  # fmt: skip
_FIELD_WORDS = {"name", "title", "description", "type", "missingValues", "constraints", "relance"}
_FIELD_EXTRAS = {
    "headers", "headers_beside", "unit", "scale", "month", "key", "derived", "example", "only_in", "found_at",
    "brackets", "required_with_amounts", "check", "only_with", "not_after",
}  # fmt: skip
_WORDS_OF_TYPE = {
    "string": set(),
    "number": {"decimalChar", "groupChar"},
    "integer": set(),
    "date": {"format"},
    "boolean": {"trueValues", "falseValues"},
}  # fmt: skip
_CONSTRAINTS_OF_TYPE = {
    "string": {"required", "unique", "enum", "pattern", "minLength", "maxLength"},
    "number": {"required", "unique", "enum", "minimum", "maximum"},
    "integer": {"required", "unique", "enum", "minimum", "maximum"},
    "date": {"required", "unique", "enum", "minimum", "maximum"},
    "boolean": {"required"},
}
# What `value_sql` reads in every amount: a comma or a point for decimals, blanks for thousands.
_USUAL_DECIMAL_CHARS = (",", ".")
_USUAL_GROUP_CHARS = ("", " ", "\u00a0", "\u202f")


@dataclass(frozen=True)
class Column:
    """One column of a table, as its contract states it."""

    name: str
    title: str
    type: str  # string | number | integer | date | boolean
    duckdb_type: str
    headers: tuple[str, ...]
    headers_beside: dict[str, str]
    unit: str | None
    scale: int | None
    is_required: bool
    is_unique: bool
    enum: tuple[str, ...]
    pattern: str | None
    minimum: str | None
    maximum: str | None
    min_length: int | None
    max_length: int | None
    missing: tuple[str, ...]
    true_values: tuple[str, ...]
    false_values: tuple[str, ...]
    reads_months: bool
    is_identifier: bool
    derived_from: str | None
    derived_pattern: str | None
    example: str | None
    signs: tuple[str, str] | None  # decimal and grouping sign, where they are not among the usual ones
    date_format: str | None  # strptime; None where every usual form is read
    only_in: str | None
    brackets: str | None  # the text column that takes a bracket sent instead of an amount
    is_required_with_amounts: bool
    is_siret: bool
    only_with: tuple[str, tuple[str, ...]] | None  # another column, and its values with which this one may have any
    is_not_after_reception: bool
    last_day: date | None = None  # of the reception, where some day of the column is after it (`bounded`)

    @property
    def is_amount(self) -> bool:
        """Whether it is money: exact cents, summed and asserted."""
        return self.unit in ("€", "k€", "M€")


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in the primary key of another table of the same file."""

    columns: tuple[str, ...]
    table: str  # the table's own name where it refers to itself
    referenced: tuple[str, ...]
    title: str = ""  # of the table referred to


@dataclass(frozen=True)
class Vintage:
    """A form in which a table was published for some editions."""

    name: str
    editions: str
    recognised_by: str


@dataclass(frozen=True)
class Contract:
    """One table of one kind of file."""

    kind: str
    table: str
    title: str
    columns: tuple[Column, ...]
    sheets: tuple[str, ...]
    layout: str
    facts: dict[str, str]
    sets_empty_aside: bool
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    vintages: tuple[Vintage, ...]
    raw: dict[str, Any] = field(repr=False, compare=False)

    @property
    def sent_columns(self) -> tuple[Column, ...]:
        """The columns that a file can have; derived ones are left out."""
        return tuple(c for c in self.columns if c.derived_from is None)

    @property
    def amount_columns(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.is_amount)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def _scale(unit: str | None, scale: int | None) -> int:
    """Decimals of a number column."""
    return scale if scale is not None else 12 if unit == "ratio" else 2


def _duckdb_type(field_type: str, unit: str | None, scale: int | None) -> str:
    if field_type == "number":
        return f"DECIMAL(18,{_scale(unit, scale)})"
    return {"string": "VARCHAR", "integer": "INTEGER", "date": "DATE", "boolean": "BOOLEAN"}[field_type]


def _refuse_unknown(where: str, what: str, given: Iterable[str], known: set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise RelanceError(
            f"{where}: {what} {', '.join(map(repr, unknown))} not known here, it would not be applied;"
            f" known: {', '.join(sorted(known))}."
        )


def _check_field(raw: dict[str, Any], where: str) -> None:
    """Raise `RelanceError` for what this field asks and the compiled SQL does not do."""
    if raw.get("type") not in _WORDS_OF_TYPE:
        raise RelanceError(f"{where}: type {raw.get('type')!r}; expected one of {', '.join(_WORDS_OF_TYPE)}.")
    constraints = raw.get("constraints", {})
    _refuse_unknown(where, "property", raw, _FIELD_WORDS | _WORDS_OF_TYPE[raw["type"]])
    _refuse_unknown(where, f"constraint of a {raw['type']}", constraints, _CONSTRAINTS_OF_TYPE[raw["type"]])
    _refuse_unknown(where, "property of `relance`", raw.get("relance", {}), _FIELD_EXTRAS)
    if raw.get("relance", {}).get("required_with_amounts") and raw["relance"].get("unit") not in EXPONENTS:
        raise RelanceError(f"{where}: required_with_amounts, but it is no amount (unit €, k€ or M€).")
    for word, meant in (("check", "siret"), ("not_after", "reception")):
        if raw.get("relance", {}).get(word, meant) != meant:
            raise RelanceError(f"{where}: {word} {raw['relance'][word]!r}; expected {meant!r}.")
    if len(raw.get("relance", {}).get("only_with", {})) > 1:
        raise RelanceError(f"{where}: only_with names several columns; expected one.")
    if "not_after" in raw.get("relance", {}) and raw["type"] != "date":
        raise RelanceError(f"{where}: not_after, but it is no date.")
    _check_missing(raw, where)
    if raw["type"] != "string":
        for name in ("minimum", "maximum"):
            if name in constraints:
                _check_value(raw, constraints[name], f"{where}: {name}")
        for value in constraints.get("enum", ()):
            _check_value(raw, value, f"{where}: enum")
    try:
        re.compile(constraints.get("pattern", ""))
    except re.error as error:
        raise RelanceError(f"{where}: pattern {constraints['pattern']!r} does not compile ({error}).") from error
    form = raw.get("format", "default")
    if form not in ("default", "any") and sorted(re.findall("%(.)", form.replace("%y", "%Y"))) != ["Y", "d", "m"]:
        raise RelanceError(f"{where}: date format {form!r}; expected default, any, or day, month and year (%d %m %Y).")
    decimal_char, group_char = raw.get("decimalChar", ","), raw.get("groupChar", "")
    if (
        len(decimal_char) != 1
        or len(group_char) > 1
        or decimal_char == group_char
        or any(sign.isalnum() or sign in "+-()%€" for sign in decimal_char + group_char)
    ):
        raise RelanceError(f"{where}: decimalChar {decimal_char!r} and groupChar {group_char!r}; expected two signs.")


def _check_value(raw: dict[str, Any], value: Any, where: str) -> None:
    """Raise `RelanceError` unless the column's type can hold a value that the contract compares with."""
    extra = raw.get("relance", {})
    try:
        if raw["type"] == "date":
            date.fromisoformat(value)
            return
        number = Decimal(str(value))
    except (ValueError, InvalidOperation, TypeError) as error:
        raise RelanceError(f"{where} {value!r} is no {raw['type']}.") from error
    whole_digits = 9 if raw["type"] == "integer" else 18 - _scale(extra.get("unit"), extra.get("scale"))
    if number.scaleb(EXPONENTS.get(extra.get("unit", ""), 0)).adjusted() >= whole_digits:
        raise RelanceError(f"{where} {value!r} is more than the column holds.")


def _check_missing(raw: dict[str, Any], where: str) -> None:
    if "" not in raw.get("missingValues", [""]):
        raise RelanceError(
            f"{where}: missingValues without the empty text, but an empty cell is always a missing value."
        )


def _signs(raw: dict[str, Any]) -> tuple[str, str] | None:
    signs = raw.get("decimalChar", ","), raw.get("groupChar", "")
    return None if signs[0] in _USUAL_DECIMAL_CHARS and signs[1] in _USUAL_GROUP_CHARS else signs


def _column(raw: dict[str, Any], table_missing: list[str], primary_key: tuple[str, ...], where: str) -> Column:
    _check_field(raw, f"{where}, field {raw.get('name')!r}")
    constraints, extra = raw.get("constraints", {}), raw.get("relance", {})
    derived = extra.get("derived", {})
    unit, scale = extra.get("unit"), extra.get("scale")
    is_key = raw["name"] in primary_key

    def text(key: str) -> str | None:
        return str(constraints[key]) if key in constraints else None

    return Column(
        name=raw["name"],
        title=raw["title"],
        type=raw["type"],
        duckdb_type=_duckdb_type(raw["type"], unit, scale),
        headers=(raw["title"], *extra.get("headers", [])),
        headers_beside=extra.get("headers_beside", {}),
        unit=unit,
        scale=scale,
        is_required=bool(constraints.get("required", False)) or is_key,
        is_unique=bool(constraints.get("unique", False)) or (is_key and len(primary_key) == 1),
        enum=tuple(str(e) for e in constraints.get("enum", ())),
        pattern=text("pattern"),
        minimum=text("minimum"),
        maximum=text("maximum"),
        min_length=constraints.get("minLength"),
        max_length=constraints.get("maxLength"),
        missing=tuple(m for m in raw.get("missingValues", table_missing) if m),
        true_values=tuple(raw.get("trueValues", ())),
        false_values=tuple(raw.get("falseValues", ())),
        reads_months=extra.get("month") == "first-day",
        is_identifier=extra.get("key") == "identifier",
        derived_from=derived.get("from"),
        derived_pattern=derived.get("pattern"),
        example=extra.get("example"),
        signs=_signs(raw),
        date_format=None if raw.get("format", "default") in ("default", "any") else raw["format"],
        only_in=extra.get("only_in"),
        brackets=extra.get("brackets"),
        is_required_with_amounts=bool(extra.get("required_with_amounts", False)),
        is_siret=extra.get("check") == "siret",
        only_with=next(((name, tuple(values)) for name, values in extra.get("only_with", {}).items()), None),
        is_not_after_reception=extra.get("not_after") == "reception",
    )


def _names(fields: str | list[str]) -> tuple[str, ...]:
    """The standard writes a key of one field as a text or as a list of one."""
    return (fields,) if isinstance(fields, str) else tuple(fields)


def contract_from(raw: dict[str, Any]) -> Contract:
    """A contract from its descriptor (the decoded JSON). Raises `RelanceError` for what it has no meaning for."""
    extra, where = raw["relance"], f"Contract {raw.get('name', raw.get('title'))!r}"
    _refuse_unknown(where, "property", raw, _TABLE_WORDS)
    _refuse_unknown(where, "property of `relance`", extra, _TABLE_EXTRAS)
    _check_missing(raw, where)
    layout = extra.get("layout", "table")
    primary_key = _names(raw.get("primaryKey", []))
    # A document is one row, or one version of it: what repeats between documents is no fault of theirs.
    unique_key = primary_key if layout == "table" else ()
    columns = tuple(_column(f, raw.get("missingValues", [""]), unique_key, where) for f in raw["fields"])
    foreign_keys = tuple(
        ForeignKey(
            _names(key["fields"]),
            key["reference"]["resource"] or extra["table"],
            _names(key["reference"]["fields"]),
        )
        for key in raw.get("foreignKeys", [])
    )
    vintages = tuple(Vintage(**v) for v in extra.get("vintages", ()))
    names = {c.name for c in columns if c.derived_from is None}
    _refuse_unknown(where, "primary key", primary_key, names)
    for key in foreign_keys:
        _refuse_unknown(where, "foreign key", key.columns, names)
    _refuse_unknown(where, "column of a vintage", (v.recognised_by for v in vintages), names)
    _refuse_unknown(where, "column for brackets", (c.brackets for c in columns if c.brackets), names)
    _refuse_unknown(where, "column of `only_with`", (c.only_with[0] for c in columns if c.only_with), names)
    _refuse_unknown(where, "vintage", (c.only_in for c in columns if c.only_in), {v.name for v in vintages})
    if len({key.columns[0] for key in foreign_keys}) < len(foreign_keys):
        raise RelanceError(f"{where}: two foreign keys begin with the same field; a reject could not say which one.")
    return Contract(
        kind=extra["kind"],
        table=extra["table"],
        title=raw["title"],
        columns=columns,
        sheets=tuple(extra.get("sheets", ())),
        layout=layout,
        facts=extra.get("facts", {}),
        sets_empty_aside=extra.get("empty_table") == "set-aside",
        primary_key=unique_key,
        foreign_keys=foreign_keys,
        vintages=vintages,
        raw=raw,
    )


def bounded(contracts: Sequence[Contract], received_on: date) -> tuple[Contract, ...]:
    """The contracts of a file received on that day: no day after it where they say so (`not_after`)."""
    return tuple(
        replace(
            c, columns=tuple(replace(o, last_day=received_on) if o.is_not_after_reception else o for o in c.columns)
        )
        for c in contracts
    )


def _fits(contract: Contract, key: ForeignKey, target: Contract) -> bool:
    own = [contract.column(name).type for name in key.columns]
    return target.primary_key == key.referenced and own == [target.column(name).type for name in key.referenced]


def linked(contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    """The contracts of one kind of file, a table that others refer to before those.

    Raises `RelanceError` for a foreign key that leads to no primary key of these, or in a circle.
    """
    by_table = {c.table: c for c in contracts}
    ordered: dict[str, Contract] = {}
    waiting = list(contracts)
    while waiting:
        ready = [c for c in waiting if all(k.table in ordered or k.table == c.table for k in c.foreign_keys)]
        for contract in ready or waiting[:1]:
            for key in contract.foreign_keys:
                target = by_table.get(key.table)
                if target is None or not ready or not _fits(contract, key, target):
                    raise RelanceError(
                        f"Contract {contract.table!r}: the foreign key {', '.join(key.columns)} refers to"
                        f" {key.table}.{', '.join(key.referenced)}; expected the primary key of a table of the same"
                        f" kind of file, of the same types, and no circle. Tables: {', '.join(by_table)}."
                    )
            keys = tuple(replace(k, title=by_table[k.table].title) for k in contract.foreign_keys)
            ordered[contract.table] = replace(contract, foreign_keys=keys)
            waiting.remove(contract)
    return tuple(ordered.values())


@cache
def load_contracts(kind: str) -> tuple[Contract, ...]:
    """The contracts of a kind of file, by table name but a table before those that refer to it.

    Raises `RelanceError` for a kind that has none, and for a contract that asks for what is not done here.
    """
    contracts = [
        contract_from(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(CONTRACTS_DIR.glob(f"{kind}.*.json"))
    ]
    if not contracts:
        known = sorted({p.name.split(".")[0] for p in CONTRACTS_DIR.glob("*.json")})
        raise RelanceError(f"No contract for files of kind {kind!r}; the kinds known are {', '.join(known)}.")
    return linked(contracts)


def contract_columns(kind: str) -> dict[str, list[tuple[str, str]]]:
    """Table -> (column, DuckDB type) in the order of the rows' Parquet, after `sheet` and `row_number`."""
    return {c.table: [(col.name, col.duckdb_type) for col in c.columns] for c in load_contracts(kind)}


@cache
def contract_version() -> str:
    """12 hex digits over everything that decides what parsing gives: contracts, this code, its engines."""
    digest = hashlib.sha256()
    for path in sorted(CONTRACTS_DIR.glob("*.json")) + sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for engine in ENGINES:
        digest.update(f"{engine}=={installed_version(engine)}".encode())
    return digest.hexdigest()[:12]


def installed_version(package: str) -> str:
    """The version of a package, by the name of the folder that its installer left beside it.

    `importlib.metadata` says the same, and is asked where there is no such folder; it takes longer to load than a small
    file takes to parse.
    """
    name = f"{package.replace('-', '_')}-"
    found = next((found for folder in sys.path for found in Path(folder).glob(f"{name}*.dist-info")), None)
    if found is not None:
        return found.name.removeprefix(name).removesuffix(".dist-info")

    from importlib import metadata

    return metadata.version(package)


def unit_of(found: re.Match[str]) -> str:
    """The unit that a match of `UNIT` names."""
    return next(unit for group, unit in _UNIT_NAMES.items() if found[group])


@lru_cache(maxsize=10_000)
def split_unit(header: str) -> tuple[str, str | None]:
    """A header's normal form without its unit, and that unit: `Coût (k€)` and `Coût en k€` -> (`cout`, `k€`).

    The unit may be one that no contract has (`Md€`, `$`), or two (`€ et k€`): whoever reads amounts by it refuses it.
    """
    units: dict[str, None] = {}

    def taken(found: re.Match[str]) -> str:
        units[unit_of(found)] = None
        return " "

    name = _UNIT_IN_HEADER.sub(taken, normal_form(header))
    return " ".join(name.split()), " et ".join(units) or None

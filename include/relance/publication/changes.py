"""What a publication changes against the one before it: rows by key, control totals, and what caused each.

A row that differs is followed down to the received files it was made from, on both sides. Where one of them counts
on one side only, that file caused the change; where none does, it can only be what else differs between the two
publications: the reference figures, the code, the contracts, or the date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from relance import sql
from relance.publication.links import condition, table
from relance.warehouse.manifest import moved_code

# Rows of one mart that are listed; all are counted.
LISTED_ROWS = 1_000
BEFORE, AFTER = "before", "after"
ADDED, REMOVED, CHANGED, RESOURCED = "added", "removed", "changed", "resourced"
RESTATEMENTS = "quality.restatements"
# Columns that say where a row was read: another file with the same figures changes nothing but these.
PROVENANCE = ("lineage_key", "receipt_id", "file_name", "sheet", "row_number", "received_at_utc", "sha256")


def compare(before: Path, before_manifest: dict[str, Any], after: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """What the database `after` changes against `before`, as the content of `changes.json`.

    The manifests are those of the two publications; that of `after` has its marts already. Figures are exact text.
    """
    files = list(_files(before_manifest["receipts"], manifest["receipts"]))
    code = {BEFORE: before_manifest.get("code") or {}, AFTER: manifest.get("code") or {}}
    is_program_moved, reference = moved_code(code[BEFORE], code[AFTER])
    causes = {
        "files": files,
        "reference": reference,
        "code": code if is_program_moved else None,
        "contracts": _moved(before_manifest, manifest, "contract_version"),
        "as_of": _moved(before_manifest, manifest, "as_of"),
    }
    with duckdb.connect() as connection:
        for name, path in ((BEFORE, before), (AFTER, after)):
            connection.execute(f"attach {sql.literal(path)} as {name} (read_only)")
        comparison = _Comparison(connection, before_manifest["marts"], manifest["marts"], causes)
        return {
            "compared_to": {name: before_manifest.get(name) for name in ("build_id", "as_of", "as_of_label")},
            "causes": causes,
            "restatements": comparison.restatements(),
            "totals": list(comparison.totals()),
            "marts": {name: comparison.mart(name) for name in sorted({*before_manifest["marts"], *manifest["marts"]})},
        }


def _moved(before: dict[str, Any], after: dict[str, Any], name: str) -> dict[str, Any] | None:
    """What a part of the manifest was and is, None where it is the same."""
    pair = {BEFORE: before.get(name), AFTER: after.get(name)}
    return None if pair[BEFORE] == pair[AFTER] else pair


def _files(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each received file that one publication knows or counts and the other does not, oldest first."""
    old, new = ({one["receipt_id"]: one for one in side} for side in (before, after))
    both = sorted({**old, **new}.values(), key=lambda one: (one["received_at"], one["receipt_id"]))
    counting = {(*_group(one), name): one["receipt_id"] for one in after for name in _counted(one)}
    # A deletion counts with no table, and yet takes the place of what it deletes.
    latest = {_group(one): one["receipt_id"] for one in both if one["receipt_id"] not in old}
    for record in both:
        was, is_ = (_counted(side.get(record["receipt_id"])) for side in (old, new))
        if record["receipt_id"] not in old:
            change = "received"
        elif record["receipt_id"] not in new:
            change = "not_yet_received"
        elif was != is_:
            change = "counts" if was < is_ else "replaced"
        else:
            continue
        replacing = {counting.get((*_group(record), name), latest.get(_group(record))) for name in was - is_}
        names = ("receipt_id", "file_name", "feed", "kind", "ministry_code", "period", "edition", "dossier_number")
        yield {
            **{name: record[name] for name in names},
            "received_at": record["received_at"],
            "status": new.get(record["receipt_id"], record)["status"],
            "reason": new.get(record["receipt_id"], record)["reason"],
            "change": change,
            "replaced_by": sorted(one for one in replacing if one),
        }


def _counted(record: dict[str, Any] | None) -> set[str]:
    return {name for name, facts in record["tables"].items() if facts["is_counted"]} if record else set()


def _group(record: dict[str, Any]) -> tuple[Any, ...]:
    """What a later file replaces a file of."""
    return tuple(record[name] for name in ("kind", "ministry_code", "period", "edition", "dossier_number"))


class _Comparison:
    """Two publications' databases, attached as `before` and `after`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        before: dict[str, Any],
        after: dict[str, Any],
        causes: dict[str, Any],
    ) -> None:
        self._connection = connection
        self._marts = {BEFORE: before, AFTER: after}
        self._receipts = {one["receipt_id"]: one for one in causes["files"]}
        self._possible = [name for name in ("files", "reference", "code", "contracts", "as_of") if causes[name]]
        connection.execute("create temp table moved_receipts (receipt_id varchar)")
        if self._receipts:
            connection.executemany("insert into moved_receipts values (?)", [[one] for one in self._receipts])

    def mart(self, name: str) -> dict[str, Any]:
        """Counts of one mart's rows by what became of them, and the first of those rows with their causes."""
        sides = {side: self._columns(side, name) for side in (BEFORE, AFTER)}
        described = self._marts[AFTER].get(name) or self._marts[BEFORE][name]
        found: dict[str, Any] = {
            "label_fr": described.get("label_fr", name),
            "key": described.get("key", []),
            "rows": {side: self._marts[side].get(name, {}).get("rows") for side in sides},
            "columns_added": [column for column in sides[AFTER] if column not in sides[BEFORE]],
            "columns_removed": [column for column in sides[BEFORE] if column not in sides[AFTER]],
        }
        if not sides[BEFORE] or not sides[AFTER]:
            whole = ADDED if sides[AFTER] else REMOVED
            counts = dict.fromkeys((ADDED, REMOVED, CHANGED, RESOURCED), 0)
            counts[whole] = found["rows"][AFTER if sides[AFTER] else BEFORE] or 0
            return {**found, "columns_added": [], "columns_removed": [], "is": whole, "counts": counts, "listed": []}
        key = [column for column in found["key"] if column in sides[BEFORE] and column in sides[AFTER]]
        keyed = bool(key) and key == found["key"]
        self._find(name, sides, key if keyed else [column for column in sides[AFTER] if column in sides[BEFORE]])
        counted = self._connection.execute("select change, count(*) from differing group by all").fetchall()
        counts = {kind: dict(counted).get(kind, 0) for kind in (ADDED, REMOVED, CHANGED, RESOURCED)}
        return {**found, "is": "compared", "counts": counts, "listed": list(self._listed(name, sides, keyed))}

    def _find(self, name: str, sides: dict[str, dict[str, str]], key: list[str]) -> None:
        """Make the table `differing`: what became of each row that is not the same on both sides, by its key.

        Without columns that name a row, the key is all columns: a row is then there, or not; one that stands
        several times is told from its twins by its place among them.
        """
        columns = [column for column in sides[AFTER] if column in sides[BEFORE] and column not in key]
        differs = {column: self._differs(sides, column) for column in columns}
        figures = [text for column, text in differs.items() if not column.endswith(PROVENANCE)]
        keys = [sql.name(column) for column in key]
        numbered = f"*, row_number() over (partition by {', '.join(keys)}) as twin, true as is_there"
        on = " and ".join(f"before.{column} is not distinct from after.{column}" for column in [*keys, "twin"])
        named = ", ".join(f"coalesce(after.{column}, before.{column}) as {column}" for column in keys)
        self._connection.execute(
            f"""
            create or replace temp table differing as
            select row_number() over (order by change, {", ".join(keys)}, twin) as row_id, * from (
                select
                    case
                        when before.is_there is null then '{ADDED}' when after.is_there is null then '{REMOVED}'
                        when {" or ".join(figures) or "false"} then '{CHANGED}' else '{RESOURCED}'
                    end as change,
                    {named},
                    coalesce(after.twin, before.twin) as twin
                from (select {numbered} from {table(name, BEFORE)}) as before
                full join (select {numbered} from {table(name, AFTER)}) as after on {on}
                where before.is_there is null or after.is_there is null or {" or ".join(differs.values()) or "false"}
            )
            """
        )

    def _differs(self, sides: dict[str, dict[str, str]], column: str) -> str:
        name = sql.name(column)
        cast = "" if sides[BEFORE][column] == sides[AFTER][column] else "::varchar"
        return f"before.{name}{cast} is distinct from after.{name}{cast}"

    def _listed(self, name: str, sides: dict[str, dict[str, str]], keyed: bool) -> Iterator[dict[str, Any]]:
        """The first rows that differ in what they say, each with both sides and its causes."""
        self._connection.execute(
            f"create or replace temp table listed as from differing where change <> '{RESOURCED}' "
            f"order by row_id limit {LISTED_ROWS}"
        )
        key = [
            str(row[0])
            for row in self._connection.execute("describe listed").fetchall()
            if row[0] not in ("row_id", "change", "twin")
        ]
        causes = self._causes(name, key) if keyed else {}
        rows = {side: self._rows(side, name, key) for side in (BEFORE, AFTER)} if keyed else {BEFORE: {}, AFTER: {}}
        for row in self._dicts("from listed order by row_id"):
            before, after = (rows[side].get(row["row_id"], {}) for side in (BEFORE, AFTER))
            shown = {
                column: {BEFORE: _plain(before.get(column)), AFTER: _plain(after.get(column))}
                for column in {**sides[AFTER], **sides[BEFORE]}
                if column not in key and before.get(column) != after.get(column) and not column.endswith(PROVENANCE)
            }
            yield {
                "change": row["change"],
                "key": {column: _plain(row[column]) for column in key},
                "columns": shown,
                "causes": self._said(causes.get(row["row_id"], set())),
            }

    def _said(self, receipts: set[str]) -> dict[str, list[str]]:
        """The files that caused a change, or what else could have."""
        return {"files": sorted(receipts)} if receipts else {"possible": self._possible}

    def _rows(self, side: str, name: str, key: list[str]) -> dict[int, dict[str, Any]]:
        matches = " and ".join(f"mart.{sql.name(column)} = listed.{sql.name(column)}" for column in key)
        found = self._dicts(f"select listed.row_id, mart.* from {table(name, side)} as mart join listed on {matches}")
        return {row["row_id"]: row for row in found}

    def _causes(self, name: str, key: list[str]) -> dict[int, set[str]]:
        """By listed row the files that count on one side only and that it was made from, on either side.

        A file that no longer counts stands for the one that replaced it.
        """
        causes: dict[int, set[str]] = {}
        if not self._receipts:
            return causes
        matches = " and ".join(f"mart.{sql.name(column)} = listed.{sql.name(column)}" for column in key)
        for side in (BEFORE, AFTER):
            top = f"select listed.row_id, mart.* from {table(name, side)} as mart join listed on {matches}"
            for row_id, receipt in self._origins(side, name, top):
                causes.setdefault(row_id, set()).update(self._receipts[receipt]["replaced_by"] or [receipt])
        return causes

    def _origins(self, side: str, name: str, top: str) -> Iterator[tuple[int, str]]:
        """Pairs of a listed row and a moved file beneath it, level by level; no mart beneath itself."""
        marts = self._marts[side]
        waiting, done = [(name, top)], {name}
        while waiting:
            above, query = waiting.pop(0)
            level = f"level_{len(done)}_{len(waiting)}"
            self._connection.execute(f"create or replace temp table {level} as {query}")
            for column in self._connection.table(level).columns:
                yield from self._receipts_of(side, level, column)
            for link in marts[above].get("explained_by", ()):
                if link["mart"] in done or link["mart"] not in marts:
                    continue
                done.add(link["mart"])
                beneath = (
                    f"select distinct above.row_id, beneath.* from {level} as above "
                    f"join {table(link['mart'], side)} as beneath on {condition(link)}"
                )
                waiting.append((link["mart"], beneath))

    def _receipts_of(self, side: str, level: str, column: str) -> Iterator[tuple[int, str]]:
        if column.endswith("lineage_key"):
            origin = (
                f"{level} as row_ join {table('quality.publication_inputs', side)} as origin "
                f"on row_.{sql.name(column)} = origin.lineage_key"
            )
            receipt = "origin.receipt_id"
        elif column.endswith("receipt_id"):
            origin, receipt = f"{level} as row_", f"row_.{sql.name(column)}"
        else:
            return
        yield from self._connection.execute(
            f"select distinct row_.row_id, {receipt} from {origin} where {receipt} in (from moved_receipts)"
        ).fetchall()

    def restatements(self) -> list[dict[str, Any]]:
        """What files that the publication before did not know say otherwise than those before them."""
        if RESTATEMENTS not in self._marts[AFTER] or not self._receipts:
            return []
        return [
            {column: _plain(value) for column, value in row.items()}
            for row in self._dicts(
                f"from {table(RESTATEMENTS, AFTER)} where new_receipt_id in (from moved_receipts) order by all"
            )
        ]

    def totals(self) -> Iterator[dict[str, Any]]:
        """The sum of every column of euros of every mart, before and after."""
        for name in sorted({*self._marts[BEFORE], *self._marts[AFTER]}):
            described = self._marts[AFTER].get(name) or self._marts[BEFORE][name]
            for column in described.get("columns", ()):
                if column["unit"] != "EUR":
                    continue
                sums = {side: self._sum(side, name, column["name"]) for side in (BEFORE, AFTER)}
                yield {
                    "mart": name,
                    "column": column["name"],
                    "label_fr": column["label_fr"],
                    **{side: _plain(value) for side, value in sums.items()},
                    "difference": _plain((sums[AFTER] or Decimal(0)) - (sums[BEFORE] or Decimal(0))),
                }

    def _sum(self, side: str, name: str, column: str) -> Decimal | None:
        if not self._columns(side, name).get(column, "").startswith("DECIMAL"):
            return None
        ((total,),) = self._connection.execute(f"select sum({sql.name(column)}) from {table(name, side)}").fetchall()
        return None if total is None else Decimal(total)

    def _columns(self, side: str, name: str) -> dict[str, str]:
        """Names and types of a mart's columns on one side; none where it has no such mart."""
        if name not in self._marts[side]:
            return {}
        return {
            str(column): str(type_)
            for column, type_, *_ in self._connection.execute(f"describe {table(name, side)}").fetchall()
        }

    def _dicts(self, query: str) -> Iterable[dict[str, Any]]:
        result = self._connection.execute(query)
        columns = [str(described[0]) for described in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _plain(value: Any) -> Any:
    """A value as JSON has it: amounts as exact text, dates in ISO form."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value

"""What stands before a file that is checked: the tables that count in a publication, with the rows of its marts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import sql
from relance.errors import RelanceError
from relance.landing.file_decisions import FileDecision
from relance.warehouse.manifest import SUBMISSION

if TYPE_CHECKING:
    import duckdb

MANIFEST, WAREHOUSE = "manifest.json", "warehouse.duckdb"
# A ministry's table of a period: ministry, period, table.
Place = tuple[str | None, str | None, str]

# A state of an award is listed for each period of either table: each row of a file once.
AWARDS = """
insert into raw.awards by name
select distinct
    state.receipt_id, standing.is_counted, null::varchar as sheet, state.row_number, state.award_id, state.line_code,
    award.beneficiary_name, state.awarded_eur
from (
    select
        *, split_part(award_lineage_key, '/', 1) as receipt_id,
        split_part(award_lineage_key, '/', -1)::bigint as row_number
    from publication.fund.fct_execution
    where not is_withdrawn
) as state
inner join raw.file_tables as standing on state.receipt_id = standing.receipt_id and standing.table_name = 'awards'
left join publication.fund.fct_award as award
    on state.ministry_code = award.ministry_code and state.award_id = award.award_id
"""
EXECUTION = """
insert into raw.execution by name
with rows as (
    select
        split_part(lineage_key, '/', 1) as receipt_id, split_part(lineage_key, '/', -1)::bigint as row_number, award_id,
        committed_eur, paid_eur
    from publication.fund.fct_execution
    where not is_withdrawn and execution_period is not null
    union
    select receipt_id, row_number, award_id, committed_eur, paid_eur from publication.quality.execution_without_award
)
select rows.*, standing.is_counted
from rows
inner join raw.file_tables as standing on rows.receipt_id = standing.receipt_id and standing.table_name = 'execution'
"""


@dataclass(frozen=True)
class Standing:
    """A publication that a file is compared with: its folder, its as-of date, and what its manifest says of files."""

    folder: Path
    as_of: dt.datetime
    records: list[dict[str, Any]]

    def show(self, connection: duckdb.DuckDBPyConnection, replaced: Container[Place]) -> None:
        """Add to a raw schema with copied rows the tables of awards and execution that count in the publication.

        Those that are `replaced` stand before and count no more. Raises `RelanceError` (in French).
        """
        import duckdb

        for record in self.records:
            received_at = dt.datetime.fromisoformat(record["received_at"]).astimezone(dt.UTC).replace(tzinfo=None)
            whose = record["ministry_code"], record["period"]
            connection.execute(
                "insert into raw.receipts (receipt_id, feed, kind, file_name, received_at_utc, ministry_code, period, "
                "status, is_stale) values (?, ?, ?, ?, ?, ?, ?, 'counted', false)",
                [record["receipt_id"], record["feed"], SUBMISSION, record["file_name"], received_at, *whose],
            )
            for name in ("awards", "execution"):
                if (table := record["tables"].get(name)) is not None and table["is_counted"]:
                    rows = (table["rows_in"], table["rows_accepted"], table["rows_rejected"])
                    connection.execute(
                        "insert into raw.file_tables (receipt_id, table_name, rows_in, rows_accepted, rows_rejected, "
                        "is_counted, is_retained) values (?, ?, ?, ?, ?, ?, true)",
                        [record["receipt_id"], name, *rows, (*whose, name) not in replaced],
                    )
        try:
            connection.execute(f"attach {sql.literal(str(self.folder / WAREHOUSE))} as publication (read_only)")
            connection.execute(AWARDS)
            connection.execute(EXECUTION)
            connection.execute("detach publication")
        except duckdb.Error as error:
            raise _unreadable(self.folder, str(error).splitlines()[0]) from error

    def decision_on(self, feed: str, sha256: str) -> FileDecision | None:
        """What had been decided of the same bytes: it stands when they come again."""
        for record in self.records:
            if (record["feed"], record["sha256"]) == (feed, sha256) and (decided := record.get("decision")):
                return FileDecision.from_json(decided)
        return None


def read_standing(folder: Path) -> Standing:
    """Read which files count in the publication in `folder`. Raises `RelanceError` (in French) when it has none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        as_of = dt.datetime.fromisoformat(manifest["as_of"])
        submissions = [record for record in manifest["receipts"] if record["kind"] == SUBMISSION]
        records = [record for record in submissions if any(t["is_counted"] for t in record["tables"].values())]
    except OSError as error:
        raise _unreadable(folder, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder, f"son manifeste n'en est pas un, {type(error).__name__}") from error
    if not (folder / WAREHOUSE).is_file():
        raise _unreadable(folder, f"elle n'a pas de {WAREHOUSE}")
    return Standing(folder, as_of, records)


def _unreadable(folder: Path, found: str) -> RelanceError:
    return RelanceError(
        f"La publication {folder} ne peut pas être lue ({found}). Attendu : le dossier d'une publication, avec"
        f" {MANIFEST} et {WAREHOUSE}, par exemple data/publications/current. Indiquer ce dossier avec --against, ou"
        " contrôler sans --against (les baisses ne sont alors pas comparées)."
    )

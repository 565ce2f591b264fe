"""What the terminal says beside a total that is not complete, and of files that wait."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from relance.publication.report import print_publication
from tests.marts import put

OVERVIEW = """
    select * from (values ('whole', 292e6, 265e6, 27e6, 20e6, 8e6, 1e6), ('state', 204e6, 177e6, 27e6, 20e6, 8e6, 1e6),
        ('territories', 88e6, 88e6, 0, 0, 0, 0)
    ) t(scope, envelope_eur, allocated_eur, unallocated_eur, awarded_eur, committed_eur, paid_eur)
"""
LINES = """
    select * from (values ('ITN1', 'state', 32e6, 20e6, 8e6, 1e6, 12e6), ('ITN7', 'territories', 88e6, 0, 0, 0, 88e6)
    ) t(line_code, scope, allocated_eur, awarded_eur, committed_eur, paid_eur, remaining_eur)
"""
EDITIONS = """
    select date '2021-07-01' as edition_month, 13 as edition_number, 49 as project_count,
        49 as published_project_count, 43 as costed_project_count, 1e9::decimal(18, 2) as total_cost_eur,
        1e9::decimal(18, 2) as published_total_cost_eur, 6.5 as mean_duration_years,
        null::decimal(9, 6) as published_mean_budget_slippage_ratio,
        null::decimal(9, 6) as published_mean_calendar_slippage_ratio
"""
RISKS = """
    select * from (values
        ('ECO', 'ITN1', 'awarded', 20e6, 0, 0, 0, 700000, 20e6, 0, {complete}),
        ('ECO', 'ITN1', 'committed', 8e6, 0, 0, 0, 0, 0, 0, true),
        ('ECO', 'ITN1', 'paid', 1e6, 2700000, 1, 0, 0, 0, 0, {complete}),
        ('ECO', 'NONE', 'paid', 0, 100, 1, 0, 0, 0, 0, {complete})
    ) t(ministry_code, line_key, figure, accepted_eur, rejected_eur, rejected_row_count, without_award_eur, pending_eur,
        stale_eur, carried_forward_eur, is_complete)
"""
PENDING = """
    select 'ECO-T3.xlsx' as file_name, 'ECO' as ministry_code, '2021-T3' as period, null::date as edition_month,
        date '2021-10-05' as received_on, 'ECO-T2.xlsx' as counts_meanwhile_file_name,
        '2021-T2' as counts_meanwhile_period where {waits}
"""
RECEIVED = "select 'submission' as kind, '' as data_nature, 'counted' as status"


def decimals(query: str) -> str:
    """The query with its amounts to the cent."""
    return f"select columns(c -> not c like '%_eur'), columns('.*_eur')::decimal(18, 2) from ({query})"  # noqa: S608


def shown(tmp_path: Path, risks: str | None, pending: str | None) -> list[str]:
    """The lines that a terminal of 80 columns shows of a publication."""
    tables = {
        "fund.fund_overview": OVERVIEW,
        "fund.fund_line_execution": LINES,
        "project.panorama_overview": EDITIONS,
        "quality.received_files": RECEIVED,
        **({"fund.money_at_risk": risks} if risks else {}),
        **({"quality.pending_files": pending} if pending else {}),
    }
    typed = {name: decimals(query) if name.startswith("fund.") else query for name, query in tables.items()}
    publication = put(tmp_path / "publications", typed)
    (publication / "quality" / "verdict.json").write_text(json.dumps({"controls": []}))
    console = Console(width=80, record=True, file=(tmp_path / "out.txt").open("w"))
    print_publication(console, publication)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_an_incomplete_total_is_marked_and_said(tmp_path: Path) -> None:
    lines = shown(tmp_path, RISKS.format(complete="false"), PENDING.format(waits="true"))
    text = "\n".join(lines)
    cells = [line.split() for line in lines]
    assert ["whole", "292,00", "265,00", "27,00", "20,00*", "8,00", "1,00*"] in cells
    assert ["territories", "88,00", "88,00", "0,00", "0,00", "0,00", "0,00"] in cells
    assert ["ITN1", "32,00", "20,00*", "8,00", "1,00*", "12,00"] in cells
    said = text[text.index("* Missing") : text.index("Waits")].splitlines()
    assert [line.split() for line in said[2:3] + said[4:10]] == [
        ["line", "figure", "published", "rejected", "pending", "older", "file"],
        ["whole", "awarded", "20,00", "+0,70", "20,00"],
        ["whole", "paid", "1,00", "2,70"],
        ["state", "awarded", "20,00", "+0,70", "20,00"],
        ["state", "paid", "1,00", "2,70"],
        ["ITN1", "awarded", "20,00", "+0,70", "20,00"],
        ["ITN1", "paid", "1,00", "2,70"],
    ]
    assert "Waits for a decision  ECO-T3.xlsx (ECO 2021-T3); ECO-T2.xlsx (2021-T2) counts meanwhile." in lines
    assert max(map(len, said)) <= 80


@pytest.mark.parametrize("is_older_publication", [True, False])
def test_nothing_is_said_beside_complete_totals(tmp_path: Path, is_older_publication: bool) -> None:
    """A publication made before these marts says nothing of them either."""
    marts = (None, None) if is_older_publication else (RISKS.format(complete="true"), PENDING.format(waits="false"))
    text = "\n".join(shown(tmp_path, *marts))
    assert "*" not in text
    assert "Waits" not in text

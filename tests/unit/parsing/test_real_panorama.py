"""The real editions give exactly the rows, costed rows and sums that their README states."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

EDITIONS = {
    "2016-09-dashboard-table.csv": (54, 45, Decimal("1975.1"), 0, "2016-06-01"),
    "2016-11-open-data.csv": (57, 49, Decimal("2292.9"), 0, "2016-11-03"),
    "2017-06-open-data.csv": (61, 53, Decimal("2561.1"), 0, "2017-06-01"),
    "2018-03-open-data.xlsx": (61, 60, Decimal("2826.28"), 0, "2018-02-28"),
    # The README rounds this one to 2553.58: a project costs 36.633 M€.
    "2018-07-dashboard-table.csv": (56, 53, Decimal("2553.583"), 0, None),
    "2019-03-dashboard-table.csv": (48, 44, Decimal("1636.4"), 2, None),
    "2021-07-dashboard-table.csv": (49, 43, Decimal("1881.78"), 1, None),
    # Costs with the digits of a spreadsheet's arithmetic, each rounded to the cent for itself.
    "2021-11-dashboard-table.csv": (50, 49, Decimal("2511.8558476"), 0, None),
    "restated/2018-03-dashboard-table-27-march.csv": (61, 59, Decimal("2808.78"), 0, None),
}
# Projects whose figures are not withheld and that have no start yet.
WITHOUT_START = {"2016-09-dashboard-table.csv": 2, "2016-11-open-data.csv": 1, "2017-06-open-data.csv": 1}


@pytest.mark.parametrize("name", EDITIONS)
def test_rows_costs_and_withheld_projects(parse, real_panorama: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    parsed = parse(real_panorama / name, "panorama")
    rows = parsed.rows("panorama_projects")
    costs = [r["planned_cost_eur"] for r in rows if r["planned_cost_eur"] is not None]
    assert (
        len(rows),
        len(costs),
        sum(costs) / 1_000_000,
        sum(r["is_withheld"] for r in rows),
        parsed.facts["facts"]["published_on"],
    ) == EDITIONS[name]
    assert parsed.rejects("panorama_projects") == []
    without_start = sum(r["starts_on"] is None for r in rows if not r["is_withheld"])
    assert without_start == WITHOUT_START.get(name, 0)


def test_the_short_code_and_the_full_name_are_told_apart(parse, real_panorama: Path) -> None:  # type: ignore[no-untyped-def]
    old = parse(real_panorama / "2017-06-open-data.csv", "panorama").rows("panorama_projects")[0]
    assert (old["ministry_code_as_sent"], old["ministry_name_as_sent"]) == ("SPM", "Premier ministre")
    new = parse(real_panorama / "2019-03-dashboard-table.csv", "panorama").rows("panorama_projects")[0]
    assert (new["ministry_code_as_sent"], new["ministry_name_as_sent"]) == (None, "Ministère de la Culture")

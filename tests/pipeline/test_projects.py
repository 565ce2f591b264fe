"""Projects over the real editions: identity, movements, slippages. The samples carry the facts of the published files.

The figures were worked out by hand from the editions' own costs (M€) and durations (years), which stand beside them.
"""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal

from tests.pipeline.house import PROJECT, House

JUNE_2017, MARCH_2018, JULY_2018 = dt.date(2017, 6, 1), dt.date(2018, 3, 1), dt.date(2018, 7, 1)
MARCH_2019, JULY_2021 = dt.date(2019, 3, 1), dt.date(2021, 7, 1)


def ratio(now: str, first: str) -> Decimal:
    return ((Decimal(now) - Decimal(first)) / Decimal(first)).quantize(Decimal("0.000001"))


def test_a_name_in_two_editions_is_one_project_and_stands_once_in_each(published_once: House) -> None:
    split = published_once.query(
        "select lower(strip_accents(project_name)) as name from project.fct_project_edition "
        "group by name having count(distinct project_key) > 1"
    )
    assert split == []
    twice = published_once.query(
        "select edition_month, project_key from project.fct_project_edition group by all having count(*) > 1"
    )
    assert twice == []
    ((projects, rows),) = published_once.query(
        "select count(distinct project_key), count(*) from project.fct_project_edition"
    )
    assert (projects, rows) == (94, 61 + 61 + 56 + 48 + 49)


def test_every_renamed_project_is_joined_by_a_link_with_a_reason(published_once: House) -> None:
    with (PROJECT / "dbt_project" / "seeds" / "project_links.csv").open(encoding="utf-8") as file:
        links = {" ".join(row["name_as_published"].split()): row for row in csv.DictReader(file)}
    renamed = published_once.query(
        "select edition_month, reason, project_name from project.panorama_movements where movement = 'renamed'"
    )
    assert len(renamed) == 27
    for _, before, after in renamed:
        linked = links.get(" ".join(before.split())) or links[" ".join(after.split())]
        assert linked["reason"]
    unlinked = published_once.query(
        "select project_key from project.project_names group by project_key "
        "having count(distinct project_name) > 1 and count(link_reason) = 0"
    )
    # Case, accents, dashes and signs alone: no link is needed.
    assert {key for (key,) in unlinked} == {"expadon2", "franceconnectphaseii", "geoportail", "iconolab", "mistral"}


def test_no_pair_of_projects_waits_for_a_review(published_once: House) -> None:
    pairs = published_once.query(
        "select earlier_project_name, later_project_name, review from quality.project_match_candidates"
    )
    assert pairs == [("B015", "ANEF", "distinct")]


def test_observed_slippages_of_three_projects(published_once: House) -> None:
    rows = published_once.query(
        "select project_key, stated_on, budget_slippage_ratio, calendar_slippage_ratio "
        "from project.project_trajectory where basis = 'observed' "
        "and project_key in ('pas', 'francevisas', 'expadon2') order by all"
    )
    assert rows == [
        # 16.1 M€ and 5.7 years, 16.09 and 6.32876712328767, the same, 17.62 and 7.25, 27.74 and 9.08333333333333
        ("expadon2", JUNE_2017, None, None),
        ("expadon2", MARCH_2018, ratio("16.09", "16.1"), ratio("6.32876712328767", "5.7")),
        ("expadon2", JULY_2018, ratio("16.09", "16.1"), ratio("6.32876712328767", "5.7")),
        ("expadon2", MARCH_2019, ratio("17.62", "16.1"), ratio("7.25", "5.7")),
        ("expadon2", JULY_2021, ratio("27.74", "16.1"), ratio("9.08333333333333", "5.7")),
        # 33.2 M€ and 5 years twice, 45.7 and 7, 47.2 and 7.08333333333333, 97.68 and 14
        ("francevisas", JUNE_2017, None, None),
        ("francevisas", MARCH_2018, Decimal(0), Decimal(0)),
        ("francevisas", JULY_2018, ratio("45.7", "33.2"), ratio("7", "5")),
        ("francevisas", MARCH_2019, ratio("47.2", "33.2"), ratio("7.08333333333333", "5")),
        ("francevisas", JULY_2021, ratio("97.68", "33.2"), ratio("14", "5")),
        # 159.7 M€ and 3.7 years, 194.98 and 4.67123287671233 twice, 212.24 and 4.75
        ("pas", JUNE_2017, None, None),
        ("pas", MARCH_2018, ratio("194.98", "159.7"), ratio("4.67123287671233", "3.7")),
        ("pas", JULY_2018, ratio("194.98", "159.7"), ratio("4.67123287671233", "3.7")),
        ("pas", MARCH_2019, ratio("212.24", "159.7"), ratio("4.75", "3.7")),
    ]


def test_the_withholding_tax_is_the_worked_example_of_the_source(published_once: House) -> None:
    """212 M€, 56 months, in production since January 2019; it left the panorama and stays visible."""
    rows = published_once.query(
        "select declared_cost_eur, declared_duration_months, declared_phase, declared_budget_slippage_ratio, "
        "is_in_latest_edition, last_edition_month, left_edition_month, observed_cost_eur "
        "from project.ministry_projects where ministry_code = 'ECO' and project_key = 'pas'"
    )
    assert rows == [
        (
            Decimal("212000000.00"),
            56,
            "Terminé",
            Decimal("0.000000"),
            False,
            MARCH_2019,
            JULY_2021,
            Decimal("212240000.00"),
        )
    ]
    ((comment,),) = published_once.query("select comment from project.project_follow_up where project_key = 'pas'")
    assert "en production depuis janvier 2019" in comment


def test_the_twelfth_edition_has_its_headline_and_its_changes(published_once: House) -> None:
    rows = published_once.query(
        "select published_project_count, published_total_cost_eur, published_mean_budget_slippage_ratio, "
        "published_mean_calendar_slippage_ratio, budget_slippage_change_points, calendar_slippage_change_points "
        "from project.panorama_overview where edition_number = 12"
    )
    points = (Decimal("-8.2"), Decimal("-2.0"))
    assert rows == [(43, Decimal("1860000000.00"), Decimal("0.284"), Decimal("0.246"), *points)]


def test_the_method_of_june_2017_is_named_apart(published_once: House) -> None:
    rows = published_once.query(
        "select figure, method_part from project.panorama_change_explained "
        "where basis = 'published' and stated_on = '2017-06-01' order by figure"
    )
    assert rows == [
        ("mean_budget_slippage_ratio", Decimal("0.25") - Decimal("0.32")),
        ("mean_calendar_slippage_ratio", Decimal("0.21") - Decimal("0.38")),
    ]


def test_the_fall_of_the_total_in_march_2019_is_mostly_perimeter(published_once: House) -> None:
    """SIRHEN (496.48 M€) and SI SAMU (75.1) are still listed, without figures: drift is 16 M€ of the 917."""
    rows = published_once.query(
        "select difference, drift_part, entering_part, newly_published_part, leaving_part, no_longer_published_part "
        "from project.panorama_change_explained where figure = 'total_cost_eur' and stated_on = '2019-03-01'"
    )
    assert len(rows) == 1
    change, drift, entering, newly, leaving, withheld = rows[0]
    assert withheld == -(Decimal("496480000") + Decimal("75100000"))
    # ANEF 39.14, BASCULE SIRH VERS RENOIRH 10.71, NEXSIS 52.7, ROC 15.51; ARCHIPEL 14.31 had no cost in July 2018.
    assert (entering, newly) == (Decimal("118060000"), Decimal("14310000"))
    assert drift == Decimal("-16293000")
    assert change == drift + entering + newly + leaving + withheld == Decimal("1636400000") - Decimal("2553583000")


def test_every_reason_to_watch_is_found_in_the_samples(published_once: House) -> None:
    reasons = {reason for (reason,) in published_once.query("select distinct reason from project.project_watchlist")}
    assert reasons == {
        "above_9m_without_opinion",
        "closing",
        "drift_detected",
        "new",
        "rebaselined",
        "recurrent_drift",
    }


def test_a_project_that_left_stays_with_its_last_figures(published_once: House) -> None:
    """March 2019 withholds SIRHEN's figures: its last published cost is that of July 2018."""
    rows = published_once.query(
        "select project_name, last_planned_cost_eur, last_planned_cost_month, left_edition_month, left_reason "
        "from project.dim_project where project_key in ('alpha', 'sirhen', 'crocus') order by 1"
    )
    assert rows == [
        ("ALPHA", Decimal("9660000.00"), MARCH_2018, JULY_2018, "ended"),
        ("CROCUS", Decimal("12630000.00"), JULY_2021, None, None),
        ("SIRHEN", Decimal("496480000.00"), JULY_2018, JULY_2021, None),
    ]

"""An audit as a whole: floors, missing marts, accepted differences, what it writes, what it must not do."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml

from relance.audit import ControlResult, Verdict, judge, measure, run, run_audit
from relance.audit.evidence import Evidence
from relance.audit.register import AcceptedDifference
from relance.audit.verdict import ORDER
from relance.errors import RelanceError
from relance.settings import Settings

Audit = Callable[..., Verdict]
EXPECTATIONS = Settings.from_env().expectations_dir
compared = pytest.mark.usefixtures("judged")
SPACES = {0xA0: " ", 0x202F: " "}


def of(verdict: Verdict, control: str) -> list[ControlResult]:
    return [result for result in verdict.controls if result.control_id == control]


def blocked(verdict: Verdict) -> set[str]:
    return {result.control_id for result in verdict.controls if result.outcome == "block"}


@pytest.fixture
def expectations(tmp_path: Path) -> Path:
    """A copy of the expectations that a test may change."""
    copy = tmp_path / "expectations"
    shutil.copytree(EXPECTATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


# ------------------------------------------------------------------------------------------------- floors

FUND = {
    "fund-envelope-is-state-plus-territories",
    "fund-envelope-is-the-finance-law",
    "fund-unallocated-is-the-reconciling-item",
    "fund-overview-is-the-sum-of-its-lines",
    "fund-totals-are-those-received",
    "recovery-plan-is-the-two-funds",
}
LINES = {
    "line-committed-within-awarded",
    "line-paid-within-committed",
    "fund-lines-are-the-sum-of-their-awards",
    "itn7-axes-sum-to-itn7",
}
PAID = "award-paid-within-committed"
AWARDS = {
    "award-within-its-line",
    "award-committed-within-awarded",
    "award-paid-within-committed",
    "awarded-amounts-do-not-fall",
    "award-amounts-keep-their-unit",
    "awards-keep-their-line",
    "awards-are-no-subtotals",
    "amounts-are-no-identifiers",
    "awards-have-one-ministry",
}
EXECUTION = {"cumulative-amounts-do-not-fall", "execution-rows-have-their-award"}
SUBMISSIONS = {
    "declared-award-count-is-that-of-the-file",
    "declared-totals-are-those-of-the-file",
    "names-and-covers-agree",
    "rejected-amounts-are-legible",
    "rejected-rows-have-no-amount",
}
PROJECTS = {
    "declared-slippage-is-recomputed",
    "project-cost-is-investment-and-maintenance",
    "projects-above-9m-have-their-opinion",
    "project-costs-are-plausible",
    "new-trajectories-have-their-date",
    "project-phases-are-known",
}
HEADLINES = {
    "edition-project-count-is-the-headline",
    "edition-interministerial-count-is-the-headline",
    "edition-total-cost-is-the-headline",
    "edition-mean-duration-is-the-headline",
}
OVERVIEWS = {"panorama-overview-sums-its-rows", "panorama-overview-means-its-rows"}
TABLES = {"rejected-rows-are-all-listed", "corrected-cells-are-all-listed", "rows-in-are-accepted-plus-rejected"}
FILES = {"received-files-are-all-listed", *TABLES}


@compared
@pytest.mark.parametrize(
    ("table", "at_least"),
    [
        ("fund.fund_overview", FUND),
        ("fund.fund_line_execution", LINES),
        ("fund.award_execution", {"fund-lines-are-the-sum-of-their-awards"}),
        ("raw.awards", AWARDS),
        ("raw.execution", EXECUTION),
        ("project.panorama_overview", HEADLINES | OVERVIEWS),
        ("project.fct_project_edition", OVERVIEWS | {"project-edition-is-what-was-accepted"}),
        ("quality.received_files", {"latest-files-are-not-set-aside", "received-files-are-all-listed"}),
        ("raw.cover", {"accepted-rows-are-in-the-warehouse"}),
        ("raw.file_amounts", {"rejected-rows-have-no-amount", "rejected-amounts-are-legible"}),
        ("raw.receipts", FILES - TABLES | AWARDS | EXECUTION | SUBMISSIONS),
        ("raw.file_tables", FILES - {"received-files-are-all-listed"}),
        ("reference.panorama_headlines", {"slippage-change-is-as-stated"}),
    ],
)
def test_an_emptied_table_is_no_pass(audit: Audit, table: str, at_least: set[str]) -> None:
    verdict = audit(marts=f"delete from {table}")  # noqa: S608
    assert verdict.outcome == "block"
    assert at_least <= blocked(verdict)


def test_falling_under_the_floor_says_how_many_rows_were_expected(audit: Audit) -> None:
    verdict = audit(marts="delete from fund.fund_line_execution where line_code = 'ITN8D'")
    (result,) = [r for r in of(verdict, "line-paid-within-committed") if r.subject == "all"]
    assert (result.outcome, result.expected, result.actual) == ("block", 11, 10)
    assert "10\u00a0lignes, pour un plancher de 11" in result.sentence


@compared
def test_a_column_emptied_of_its_values_is_no_pass(audit: Audit) -> None:
    verdict = audit(marts="update fund.fund_line_execution set paid_eur = null")
    (result,) = of(verdict, "line-paid-within-committed")
    assert result.outcome == "block"
    assert "« actual » est vide sur 11\u00a0lignes" in result.sentence


NO_SUBMISSION = """
    delete from raw.receipts where kind = 'submission';
    delete from raw.cover; delete from raw.awards; delete from raw.execution; delete from raw.rejects;
    delete from raw.rejected_amounts;
    delete from raw.project_follow_up;
    delete from raw.file_tables where table_name in ('cover', 'awards', 'execution', 'project_follow_up');
    delete from raw.file_amounts where table_name in ('awards', 'execution', 'project_follow_up');
"""


def test_a_night_without_submissions_passes_and_says_what_was_not_evaluated(audit: Audit) -> None:
    verdict = audit(NO_SUBMISSION, before=None)
    assert verdict.sentences == []
    not_evaluated = [r for r in verdict.controls if r.sentence.startswith("Contrôle non évalué")]
    assert {r.control_id for r in not_evaluated} == AWARDS | EXECUTION | SUBMISSIONS | PROJECTS | {
        "control-totals-move-within-their-threshold",
        "received-files-are-kept",
        "volumes-do-not-collapse",
    }
    assert {(r.outcome, r.subject) for r in not_evaluated} == {("warning", "all")}
    said = {r.control_id: r.sentence for r in not_evaluated}
    assert "Aucune subvention n'avait été reçue à cette date." in said["award-within-its-line"]
    assert "Il n'y a pas de publication précédente." in said["volumes-do-not-collapse"]


def test_what_was_stated_after_the_as_of_date_is_not_held_against_an_earlier_night(audit: Audit) -> None:
    verdict = audit("update raw.build set as_of_date = date '2020-10-31'")
    for control in ("slippage-change-is-as-stated", "itn7-checkpoint-parts-are-the-quoted-totals"):
        (result,) = of(verdict, control)
        assert (result.outcome, result.subject) == ("warning", "all")
        assert result.sentence.startswith("Contrôle non évalué")


# ------------------------------------------------------------------------------ marts that are not as agreed


@pytest.mark.parametrize(
    ("broken", "control", "named"),
    [
        ("drop table fund.fund_line_execution", "line-paid-within-committed", "fund_line_execution"),
        ("drop table raw.cover", "declared-totals-are-those-of-the-file", "cover"),
        ("drop table raw.execution", "award-committed-within-awarded", "executed_awards"),
        ("alter table fund.fund_overview drop column unallocated_eur", "fund-overview-is-the-sum-of-its-lines", "una"),
        ("drop table raw.receipts", "award-within-its-line", "receipts"),
    ],
)
def test_a_missing_mart_or_column_blocks_with_a_sentence(audit: Audit, broken: str, control: str, named: str) -> None:
    verdict = audit(marts=broken)
    (result,) = of(verdict, control)
    assert result.outcome == verdict.outcome == "block"
    assert result.sentence.startswith("Le contrôle « ")
    assert "n'a pas pu être fait : la base construite ne répond pas" in result.sentence
    assert named in result.sentence
    assert result.sentence in verdict.sentences


@compared
def test_two_rows_for_one_subject_block(audit: Audit) -> None:
    verdict = audit(marts="insert into fund.fund_line_execution from fund.fund_line_execution where line_code = 'ITN3'")
    (result,) = of(verdict, "line-paid-within-committed")
    assert "plusieurs lignes pour un même sujet" in result.sentence


@compared
def test_an_award_on_an_unknown_line_blocks(audit: Audit) -> None:
    verdict = audit("update raw.awards set line_code = 'ITN9' where award_id = 'C1'")
    (result,) = of(verdict, "award-within-its-line")
    assert (result.outcome, "COT/C1" in result.sentence) == ("block", True)


@compared
def test_the_first_amounts_of_all_are_no_movement(audit: Audit) -> None:
    first = audit(before="update fund.fund_overview set awarded_eur = 0, committed_eur = 0, paid_eur = 0")
    assert {r.outcome for r in of(first, "control-totals-move-within-their-threshold")} == {"pass"}


@compared
def test_a_publication_before_without_a_mart_is_compared_by_the_others(audit: Audit) -> None:
    verdict = audit(before="drop table project.project_follow_up; drop table fund.fund_overview")
    assert {r.subject for r in of(verdict, "volumes-do-not-collapse")} == {
        "fund.fct_award",
        "fund.fct_application",
        "project.fct_project_edition",
        "quality.received_files",
    }
    (totals,) = of(verdict, "control-totals-move-within-their-threshold")
    assert totals.outcome == "warning"


FOUND = """
    update quality.edition_findings set
        rejected_row_count = 7, rejected_cost_eur = 333933000.55, unread_cost_count = 1,
        unread_cost_example = 'environ 9 M€', unknown_phase_count = 2, unknown_phase_example = 'Recette',
        unresolved_ministry_count = 1, unresolved_ministry_example = 'Ministère de la Mer', finding_count = 11
    where receipt_id = 'p2111';
"""


@compared
@pytest.mark.parametrize(
    ("marts", "before", "outcome"),
    [
        pytest.param(FOUND, "", "hold", id="new since the publication before"),
        pytest.param(FOUND, None, "hold", id="no publication before"),
        pytest.param(FOUND, "drop table quality.edition_findings", "hold", id="one that did not have the mart"),
        pytest.param(FOUND, FOUND, "pass", id="the same was approved"),
        pytest.param(
            FOUND,
            f"{FOUND} update quality.edition_findings set rejected_cost_eur = rejected_cost_eur - 0.01",  # noqa: S608
            "hold",
            id="a cent more",
        ),
        pytest.param(
            FOUND,
            f"{FOUND} update quality.edition_findings set rejected_row_count = 6",  # noqa: S608
            "hold",
            id="a row more",
        ),
        pytest.param(
            FOUND,
            f"{FOUND} update quality.edition_findings set receipt_id = 'p-old' where receipt_id = 'p2111'",  # noqa: S608
            "hold",
            id="in another file",
        ),
        pytest.param(
            "update quality.edition_findings set has_headline = false, finding_count = 1 where receipt_id = 'p1903'",
            "delete from quality.edition_findings where receipt_id = 'p1903'",
            "hold",
            id="an edition that appears without a headline",
        ),
        pytest.param(
            "update quality.edition_findings set has_headline = false, finding_count = 1 where receipt_id = 'p1903'",
            "update quality.edition_findings set has_headline = false, finding_count = 1 where receipt_id = 'p1903'",
            "pass",
            id="an edition that was there without one",
        ),
        pytest.param("", FOUND, "pass", id="nothing is left of it"),
    ],
)
def test_an_edition_is_held_for_what_is_new_in_it(audit: Audit, marts: str, before: str | None, outcome: str) -> None:
    results = of(audit(marts=marts, before=before), "editions-are-read-in-full")
    assert max((r.outcome for r in results), key=ORDER.index) == outcome
    assert len(results) == 3


@compared
def test_the_sentence_on_an_edition_has_its_counts_and_amounts(audit: Audit) -> None:
    verdict = audit(marts=FOUND)
    (sentence,) = verdict.sentences
    assert sentence.replace("\u202f", " ").replace("\xa0", " ") == (
        "Édition de novembre 2021, fichier 2021-11.csv : 7 lignes rejetées sur 2, qui portent 333 933 000,55 € de "
        "coûts lus ; 1 coûts non lus (« environ 9 M€ ») ; 2 phases inconnues (« Recette ») ; 1 ministères inconnus "
        "(« Ministère de la Mer ») ; son chiffre de synthèse est connu. Voir quality.edition_findings et "
        "quality.rejected_rows ; faire corriger le fichier, ou compléter la référence (phases.csv, "
        "ministry_synonyms.csv, panorama_headlines.csv) ; approuver pour publier l'édition telle qu'elle est."
    )


# ----------------------------------------------------------------------------- very many rows, judged by group


@pytest.fixture
def condensed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every measurement had more rows than are judged one by one, in few groups."""
    monkeypatch.setattr(measure, "CONDENSED_ABOVE", 0)
    monkeypatch.setattr(measure, "GROUPS", 2)


EXCEPTIONS = [
    ("award-within-its-line", "update raw.awards set awarded_eur = 32000000.01 where award_id = 'A1'"),
    ("award-paid-within-committed", "update raw.execution set paid_eur = committed_eur + 0.01"),
    ("execution-rows-have-their-award", "delete from raw.awards where award_id = 'A1'"),
]


@pytest.mark.parametrize(("control", "marts"), [("award-within-its-line", ""), *EXCEPTIONS])
def test_judged_by_group_a_control_says_what_it_says_row_by_row(
    audit: Audit, request: pytest.FixtureRequest, control: str, marts: str
) -> None:
    one_by_one = audit(marts=marts)
    request.getfixturevalue("condensed")
    by_group = audit(marts=marts)
    assert of(by_group, control) == of(one_by_one, control)
    assert [one for one in by_group.looked_at if one.control_id == control] == [
        one for one in one_by_one.looked_at if one.control_id == control
    ]


@compared
@pytest.mark.parametrize(
    ("marts", "said"),
    [
        ("insert into raw.awards from raw.awards where award_id = 'C1'", "pour un même sujet"),
        ("update raw.awards set awarded_eur = null where award_id = 'C1'", "1\u00a0ligne sans montant"),
        ("update raw.awards set award_id = null where award_id = 'C1'", "1\u00a0ligne sans sujet"),
    ],
)
@pytest.mark.usefixtures("condensed")
def test_judged_by_group_a_broken_measure_still_blocks(audit: Audit, marts: str, said: str) -> None:
    (result,) = of(audit(marts=marts), "award-within-its-line")
    assert result.outcome == "block"
    assert said in result.sentence


@pytest.mark.usefixtures("condensed")
def test_judged_by_group_exceptions_beyond_those_listed_are_counted(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "KEPT_EXCEPTIONS", 2)
    monkeypatch.setattr(judge, "LISTED_EXCEPTIONS", 1)
    results = of(audit(marts="update raw.execution set paid_eur = committed_eur + 0.01"), PAID)
    assert [r.outcome for r in results] == ["block", "block"]
    assert "4 lignes en écart sur 5\u00a0lignes ; les 1 premières sont listées." in results[0].sentence


# ---------------------------------------------------------------------------------------------- sentences


@compared
def test_one_cent_over_a_line_names_the_line_and_both_amounts(audit: Audit) -> None:
    verdict = audit("update raw.awards set awarded_eur = 6000000.01, line_code = 'ITN4' where award_id = 'A3'")
    assert verdict.outcome == "block"
    (sentence,) = [s for s in verdict.sentences if s.startswith("Ligne ITN4")]
    assert sentence.startswith(
        "Ligne ITN4 (Filières) : 6\u202f000\u202f000,01\u00a0€ accordés pour une allocation de "
        "6\u202f000\u202f000,00\u00a0€, soit 0,01\u00a0€ de trop, avec le fichier ECO-T2.xlsx, le dernier reçu de ceux "
        "qui y accordent davantage. "
    )
    assert "renvoyer un fichier corrigé" in sentence
    (single,) = [s for s in verdict.sentences if s.startswith("Subvention A3")]
    assert "ministère ECO, 2021-T2, fichier ECO-T2.xlsx, feuille Subventions, ligne 4" in single


@compared
def test_sentences_come_worst_first_and_warnings_apart(audit: Audit) -> None:
    verdict = audit(
        "update raw.cover set declared_award_count = 9 where receipt_id = 'cot-t2'",
        "update fund.fund_overview set paid_eur = paid_eur + 1 where scope = 'state'",
    )
    assert verdict.sentences[0].startswith("Vue d'ensemble")
    assert verdict.sentences[1].startswith("Ministère COT")
    assert len(verdict.sentences) == 2
    assert not set(verdict.sentences) & set(verdict.warnings)


@compared
def test_a_file_set_aside_is_said_with_its_reason_until_a_later_one_replaces_it(audit: Audit) -> None:
    set_aside = """insert into raw.receipts by name
        select * replace ('late' as receipt_id, 'ECO-T2-bis.xlsx' as file_name, timestamp '{}' as received_at_utc,
            'set_aside' as status, 'Couverture illisible.' as reason)
        from raw.receipts where receipt_id = 'eco-t2'"""
    verdict = audit(set_aside.format("2021-07-09 08:00"))
    (result,) = of(verdict, "latest-files-are-not-set-aside")
    assert result.outcome == "warning"
    assert result.sentence.startswith("Fichier ECO-T2-bis.xlsx, reçu le 9\u00a0juillet\u00a02021, écarté : Couverture")
    replaced = audit(set_aside.format("2021-07-01 08:00"))
    assert [r.outcome for r in of(replaced, "latest-files-are-not-set-aside")] == ["pass"]


# ------------------------------------------------------------------------------------ headlines, acceptances


@compared
def test_an_edition_without_headline_is_a_warning_never_a_pass(audit: Audit) -> None:
    verdict = audit("delete from reference.panorama_headlines where edition_month = '2017-06-01'")
    for control in HEADLINES:
        (result,) = [r for r in of(verdict, control) if r.subject == "2017-06"]
        assert (result.outcome, result.expected) == ("warning", None)
        assert "aucun chiffre de synthèse n'est connu" in result.sentence


@compared
def test_an_accepted_difference_passes_as_a_warning_with_its_figures_and_reason(audit: Audit) -> None:
    (result,) = [r for r in of(audit(), "edition-total-cost-is-the-headline") if r.subject == "2021-11"]
    assert (result.outcome, result.difference) == ("warning", -10_814_415_240)
    assert "−108\u202f144\u202f152,40\u00a0€" in result.sentence
    assert "la source ne dit pas" in result.sentence


@compared
@pytest.mark.parametrize("cents", [1, -1])
def test_an_accepted_difference_changed_by_a_cent_holds(audit: Audit, cents: int) -> None:
    amount = f"planned_cost_eur + {Decimal(cents) / 100}"
    changed = f"set planned_cost_eur = {amount} where project_name = 'SGIN'"
    verdict = audit(f"update raw.panorama_projects {changed}")
    (result,) = [r for r in of(verdict, "edition-total-cost-is-the-headline") if r.subject == "2021-11"]
    assert result.outcome == "hold"
    assert (
        "L'écart accepté est de −108\u202f144\u202f152,40\u00a0€, celui-ci de −108\u202f144\u202f152,"
        in result.sentence
    )


def accepted_of_a_file(control_id: str, subject: str, cents: int) -> dict[tuple[str, str], AcceptedDifference]:
    entry = AcceptedDifference(
        control_id, subject, cents, "Rectification annoncée.", "ECO-T2.xlsx", "A. Agent", dt.date(2021, 7, 8), None
    )
    return {(control_id, subject): entry}


@compared
@pytest.mark.parametrize(
    ("control", "subject", "amount"),
    [
        pytest.param(
            "declared-totals-are-those-of-the-file", "ECO/2021-T2/paid_eur",
            "update raw.cover set declared_paid_eur = declared_paid_eur - {} where receipt_id = 'eco-t2'",
            id="one row a subject",
        ),
        pytest.param(
            "rejected-rows-have-no-amount", "ECO/2021-T2/awarded_eur",
            "update raw.file_amounts set rejected_eur = {0}, in_eur = in_eur + {0} where receipt_id = 'eco-t2' "
            "and column_name = 'awarded_eur'; update raw.cover set declared_awarded_eur = declared_awarded_eur + {0} "
            "where receipt_id = 'eco-t2'; update raw.rejected_amounts set rejected_eur = {0} "
            "where column_name = 'awarded_eur'",
            id="exceptions",
        ),
    ],
)  # fmt: skip
def test_what_was_accepted_of_a_file_is_a_warning_and_a_cent_more_holds(
    audit: Audit, control: str, subject: str, amount: str
) -> None:
    accepted = accepted_of_a_file(control, subject, 1_050)
    verdict = audit(amount.format("10.50"), accepted_files=accepted)
    (result,) = [r for r in of(verdict, control) if r.subject == subject]
    assert (verdict.outcome, result.outcome, result.difference) == ("pass", "warning", 1_050)
    assert result.sentence.endswith("Écart connu, accepté le 08/07/2021 (A. Agent) : Rectification annoncée.")
    verdict = audit(amount.format("10.51"), accepted_files=accepted)
    (result,) = [r for r in of(verdict, control) if r.subject == subject]
    assert (verdict.outcome, result.outcome, result.difference) == ("hold", "hold", 1_051)
    assert "L'écart accepté est de +10,50\u00a0€, celui-ci de +10,51\u00a0€ : il est nouveau." in result.sentence


@compared
def test_exceptions_are_listed_with_those_that_were_accepted(audit: Audit) -> None:
    falls = (
        "update raw.awards set awarded_eur = 999999 where receipt_id = 'eco-t2' and award_id = 'A1';"
        "insert into raw.awards by name select * replace ('A0' as award_id, 7.25 as awarded_eur) "
        "from raw.awards where receipt_id = 'eco-t1'"
    )
    accepted = accepted_of_a_file("awarded-amounts-do-not-fall", "ECO/A0/2021-T2", 725)
    results = of(audit(marts=falls, accepted_files=accepted), "awarded-amounts-do-not-fall")
    assert [(r.subject, r.outcome, r.difference) for r in results] == [
        ("ECO/A1/2021-T2", "hold", 100),
        ("ECO/A0/2021-T2", "warning", 725),
    ]


@compared
@pytest.mark.parametrize(("day", "outcome"), [("2027-11-30", "warning"), ("2027-12-01", "hold")])
def test_an_acceptance_ends_with_the_day_that_it_names(audit: Audit, day: str, outcome: str) -> None:
    changed = f"set as_of_date = date '{day}'"
    verdict = audit(f"update raw.build {changed}")
    (result,) = [r for r in of(verdict, "edition-total-cost-is-the-headline") if r.subject == "2021-11"]
    assert result.outcome == outcome
    assert ("Cet écart n'était accepté que jusqu'au 30/11/2027" in result.sentence) == (outcome == "hold")


@compared
def test_an_accepted_difference_changed_by_a_project_holds(audit: Audit) -> None:
    headline = "update reference.panorama_headlines set project_count = 2 where edition_month = '2019-03-01'"
    verdict = audit(headline)
    assert verdict.outcome == "hold"
    (sentence,) = verdict.sentences
    assert "L'écart accepté est de +2, celui-ci de +1 : il est nouveau." in sentence


@compared
def test_an_acceptance_whose_difference_is_gone_is_said(audit: Audit) -> None:
    headline = "update reference.panorama_headlines set project_count = 3 where edition_month = '2019-03-01'"
    (result,) = [r for r in of(audit(headline), "edition-project-count-is-the-headline") if r.subject == "2019-03"]
    assert (result.outcome, result.difference) == ("warning", 0)
    assert "retirer cette entrée" in result.sentence


@compared
def test_without_its_acceptance_a_difference_holds(audit: Audit, expectations: Path) -> None:
    (expectations / "accepted_differences.yml").write_text("accepted_differences: []\n", encoding="utf-8")
    verdict = audit(expectations=expectations)
    assert verdict.outcome == "hold"
    assert len(verdict.sentences) == 4


# -------------------------------------------------------------------------------------------- what it writes


@compared
def test_quality_controls_has_natural_units_and_is_the_same_every_time(audit: Audit, build_file: Path) -> None:
    verdict = audit()
    rows = []
    for _ in range(2):
        run_audit(build_file, EXPECTATIONS, build_file.parent)
        with duckdb.connect(str(build_file), read_only=True) as connection:
            rows.append(connection.execute("select * from quality.controls").fetchall())
            described = connection.execute("describe quality.controls").fetchall()
    assert rows[0] == rows[1]
    # What depends on the publication before is in the verdict: the mart is the same for the same files and code.
    of_the_build = [(r.control_id, r.subject) for r in verdict.controls if r.area != "changes"]
    assert [row[:2] for row in rows[0]] == of_the_build != [(r.control_id, r.subject) for r in verdict.controls]
    assert [(name, kind) for name, kind, *_ in described] == [
        ("control_id", "VARCHAR"),
        ("subject", "VARCHAR"),
        ("statement", "VARCHAR"),
        ("unit", "VARCHAR"),
        ("expected", "DECIMAL(24,6)"),
        ("actual", "DECIMAL(24,6)"),
        ("difference", "DECIMAL(24,6)"),
        ("tolerance", "DECIMAL(24,6)"),
        ("severity", "VARCHAR"),
        ("outcome", "VARCHAR"),
        ("source", "VARCHAR"),
        ("sentence", "VARCHAR"),
    ]
    (total,) = [r for r in rows[0] if r[:2] == ("edition-total-cost-is-the-headline", "2021-11")]
    measured = (Decimal(2_620_000_000), Decimal("2511855847.60"), Decimal("-108144152.40"), Decimal(5_000_000))
    assert total[4:8] == measured
    (mean,) = [r for r in rows[0] if r[:2] == ("edition-mean-duration-is-the-headline", "2017-06")]
    assert mean[4:8] == (Decimal("6"), Decimal("5.95"), Decimal("-0.05"), Decimal("0.05"))


def test_the_verdict_file_says_what_was_looked_at(audit: Audit, build_file: Path) -> None:
    verdict = audit()
    written = json.loads((build_file.parent / "verdict.json").read_text(encoding="utf-8"))
    assert written["outcome"] == "pass"
    assert written["counts"]["warning"] == len(written["warnings"]) == 4
    assert written["great_expectations"] == "1.24.1"
    assert len(written["controls"]) == len(verdict.controls)
    assert {"control_id": "award-within-its-line", "floor": 5, "rows": 5} in written["looked_at"]
    assert not list(build_file.parent.glob(".verdict*"))


@compared
def test_the_build_file_is_left_closed_and_without_a_log_beside(audit: Audit, build_file: Path) -> None:
    audit()
    assert not build_file.with_name(f"{build_file.name}.wal").exists()
    duckdb.connect(str(build_file)).close()


def test_a_missing_build_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RelanceError, match="no built file"):
        run_audit(tmp_path / "nothing.duckdb", EXPECTATIONS, tmp_path)


# ------------------------------------------------------------------------ Great Expectations is not believed


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"rows": 0}, "a vu 0 lignes, la mesure en donne 11"),
        ({"expectations": 0}, "n'a rien évalué"),
        ({"broken": ("expect_rows_looked_at",)}, "n'a pas pu évaluer expect_rows_looked_at"),
    ],
)
def test_a_judgement_of_other_rows_than_those_measured_blocks(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, lie: dict[str, object], said: str
) -> None:
    def lying(batches: list[run.Batch], docs: Path) -> tuple[dict[str, Evidence], str]:
        honest = {b.control.id: Evidence(len(b.frame), 3) for b in batches}
        one = honest["line-awards-within-allocation"]
        honest["line-awards-within-allocation"] = Evidence(**{**one.__dict__, **lie})
        return honest, "0"

    monkeypatch.setattr(run, "run_checkpoint", lying)
    verdict = audit()
    assert blocked(verdict) == {"line-awards-within-allocation"}
    (sentence,) = verdict.sentences
    assert said in sentence


def test_a_refusal_that_names_no_row_blocks(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    from great_expectations.core.result_format import ResultFormat

    from relance.audit import checkpoint

    monkeypatch.setattr(
        checkpoint, "ResultFormat", SimpleNamespace(BASIC=ResultFormat.BASIC, COMPLETE=ResultFormat.BASIC)
    )
    verdict = audit("update raw.cover set declared_award_count = 9 where receipt_id = 'cot-t2'")
    assert verdict.outcome == "block"
    assert any("n'a pas pu évaluer expect_found_within_bounds" in sentence for sentence in verdict.sentences)


def test_an_impossible_figure_is_said_as_such(audit: Audit) -> None:
    verdict = audit("update reference.fund_lines set allocated_eur = -1 where line_code = 'ITN6'")
    assert any("Aucun plafond n'est négatif." in sentence for sentence in verdict.sentences)


# ------------------------------------------------------------------------------------------ what it must not


def test_an_audit_opens_no_connection(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the audit tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert audit().outcome == "pass"


def test_importing_the_audit_imports_nothing_heavy() -> None:
    script = """
import sys, relance.audit
heavy = {"great_expectations", "pandas", "numpy", "pyarrow", "duckdb"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------------------------------------ the register


def edited(folder: Path, name: str, key: str, position: int, **changes: object) -> Path:
    path = folder / name
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content[key][position] |= changes
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"severity": "error"}, "`severity` is 'error', expected one of"),
        ({"tolerance": 0.05}, "in quotes"),
        ({"tolerance": "0.001"}, "exact number of euro"),
        ({"floor": {"rows": 0}}, "lets an empty table pass"),
        ({"floor": {}}, "either `rows` or `query`"),
        ({"to_do": None}, r"missing \['to_do'\]"),
        ({"colour": "red"}, r"unknown \['colour'\]"),
        ({"id": "fund-envelope-is-the-finance-law"}, "more than one entry"),
    ],
)
def test_a_defect_of_the_register_is_said(expectations: Path, changes: dict[str, object], said: str) -> None:
    folder = edited(expectations, "controls.yml", "controls", 0, **changes)
    with pytest.raises(RelanceError, match=said):
        run.load_controls(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"control_id": "no-such-control"}, "no control of this id"),
        ({"control_id": "line-awards-within-allocation"}, "cannot be accepted"),
        ({"difference": "0"}, "no difference"),
        ({"difference": -108144152.4}, "in quotes"),
        ({"review_by": "soon"}, "expected a date"),
        ({"reason": ""}, r"missing \['reason'\]"),
    ],
)
def test_a_defect_of_an_acceptance_is_said(expectations: Path, changes: dict[str, object], said: str) -> None:
    folder = edited(expectations, "accepted_differences.yml", "accepted_differences", 0, **changes)
    with pytest.raises(RelanceError, match=said):
        run.load_accepted(folder, run.load_controls(folder))


def test_an_empty_register_is_refused(expectations: Path) -> None:
    (expectations / "controls.yml").write_text("controls: []\n", encoding="utf-8")
    with pytest.raises(RelanceError, match="registers no control"):
        run.load_controls(expectations)


@compared
def test_a_missing_measure_blocks_that_control(audit: Audit, expectations: Path) -> None:
    (expectations / "measures" / "itn7_axes_sum_to_itn7.sql").unlink()
    verdict = audit(expectations=expectations)
    assert blocked(verdict) == {"itn7-axes-sum-to-itn7"}
    assert "measures/itn7_axes_sum_to_itn7.sql manque" in verdict.sentences[0]


@compared
def test_a_measure_that_is_not_of_integers_blocks_that_control(audit: Audit, expectations: Path) -> None:
    (expectations / "measures" / "itn7_axes_sum_to_itn7.sql").write_text(
        "select 'ITN7' as subject, 1.5 as expected, 1.5 as actual", encoding="utf-8"
    )
    (result,) = of(audit(expectations=expectations), "itn7-axes-sum-to-itn7")
    assert "un entier (BIGINT) était attendu" in result.sentence


@compared
def test_a_sentence_that_names_what_is_not_measured_blocks_that_control(audit: Audit, expectations: Path) -> None:
    edited(expectations, "controls.yml", "controls", 3, finding="Ligne {colour}")
    verdict = audit("update reference.itn7_axes set allocated_eur = 1", expectations=expectations)
    assert any("sa phrase nomme colour" in r.sentence for r in of(verdict, "itn7-axes-sum-to-itn7"))


def test_every_measure_and_floor_belongs_to_a_control() -> None:
    controls = run.load_controls(EXPECTATIONS)
    measures = {path.stem for path in (EXPECTATIONS / "measures").iterdir()}
    floors = {path.stem for path in (EXPECTATIONS / "floors").iterdir()}
    assert measures == {control.measure_name for control in controls}
    assert floors == {control.floor.query for control in controls if control.floor.query}


@compared
def test_a_sentence_on_a_total_says_what_the_total_lacks(audit: Audit) -> None:
    """Whether it passes or fails; where nothing is missing it says nothing more."""
    lacking = """
        update intermediate.int_money_at_risk__by_subject set pending_eur = -2.50, stale_eur = 3, rejected_row_count = 2
            where subject = 'ITN1' and figure = 'awarded';
        update intermediate.int_money_at_risk__by_subject set rejected_eur = 2700000, rejected_row_count = 1
            where subject = 'ITN1' and figure = 'committed';
        update fund.fund_line_execution set committed_eur = 1500000.51 where line_code = 'ITN1';
    """
    verdict = audit(marts=lacking)
    said = {(one.control_id, one.subject): one.sentence.translate(SPACES) for one in verdict.controls}
    awarded = "accordé, 2 lignes rejetées sans montant lisible, −2,50 € en attente d'une décision, 3,00 € repris d'un "
    assert said["line-committed-within-awarded", "ITN1"] == (
        "Ligne ITN1 (Démarches) : 1 500 000,51 € engagés pour 1 500 000,50 € accordés, soit 0,01 € de trop. "
        f"Montants incomplets : {awarded}fichier antérieur ; engagé, 2 700 000,00 € rejetés. "
        "Rechercher les subventions en cause dans fund.award_execution et faire corriger les fichiers des ministères."
    )
    assert said["line-committed-within-awarded", "ITN2"] == "Conforme : 0,00 €, pour un plafond de 200 000,00 €."

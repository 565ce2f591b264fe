"""Every control of the register, broken: exactly the controls named fail, with the outcome expected.

Some truths hang together: an award above its line's allocation also takes the line above it. Then both are named.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from relance.audit import Verdict
from relance.audit.register import load_controls
from relance.audit.suites import Batch, run_checkpoint
from relance.audit.verdict import ORDER
from relance.settings import Settings

EXPECTATIONS = Settings.from_env().expectations_dir
CONTROLS = {control.id: control for control in load_controls(EXPECTATIONS)}

# The known disagreements of the sources, which the small build file has as well.
ACCEPTED = {
    "itn7-checkpoint-parts-are-the-quoted-totals",
    "edition-project-count-is-the-headline",
    "edition-total-cost-is-the-headline",
}


class Mutation(NamedTuple):
    """SQL that breaks what was received or what the marts made of it, and the controls that then fail.

    `before` breaks the publication that the build is compared with.
    """

    fails: dict[str, str]
    received: str = ""
    marts: str = ""
    before: str = ""


# What follows a change of the rows of eco-t2: a ministry that sums and declares what it sends.
RESUM = """
    update raw.file_tables set rows_in = n, rows_accepted = n
        from (select count(*) as n from raw.execution where receipt_id = 'eco-t2')
        where receipt_id = 'eco-t2' and table_name = 'execution';
    create or replace temp table sums as select
        (select sum(awarded_eur) from raw.awards where receipt_id = 'eco-t2') as awarded_eur,
        (select sum(committed_eur) from raw.execution where receipt_id = 'eco-t2') as committed_eur,
        (select sum(paid_eur) from raw.execution where receipt_id = 'eco-t2') as paid_eur;
    update raw.file_amounts set accepted_eur = total, in_eur = total + rejected_eur
        from (unpivot sums on columns(*) into name column_of value total)
        where receipt_id = 'eco-t2' and column_name = column_of;
    update raw.cover
        set declared_awarded_eur = awarded_eur + 10, declared_committed_eur = committed_eur,
            declared_paid_eur = paid_eur
        from sums where receipt_id = 'eco-t2';
"""


def award(award_id: str, amount: str) -> str:
    """A ministry changes an award."""
    changed = f"set awarded_eur = {amount} where award_id = '{award_id}' and receipt_id = 'eco-t2'"
    return f"update raw.awards {changed};{RESUM}"


def execution(award_id: str, committed: str, paid: str) -> str:
    """A ministry changes an award's execution, or adds one."""
    row = f"'eco-t2', true, 'Exécution', 9, '{award_id}', {committed}, {paid}, null"
    return (
        f"delete from raw.execution where receipt_id = 'eco-t2' and award_id = '{award_id}';"  # noqa: S608
        f"insert into raw.execution values ({row});{RESUM}"
    )


MUTATIONS = {
    "fund-envelope-is-state-plus-territories": Mutation(
        {"fund-envelope-is-state-plus-territories": "block"},
        received="""
            update reference.envelopes set amount_eur = 292000000.01 where scope = 'whole';
            update reference.other_funds set amount_eur = 500000000.01 where kind = 'total';
            insert into reference.reconciling_items values ('one-cent', 'whole', 0.01, 'r', 's');
        """,
    ),
    "fund-envelope-is-the-finance-law": Mutation(
        {"fund-envelope-is-the-finance-law": "block"},
        marts="""
            update fund.fund_overview set envelope_eur = envelope_eur - 0.01, unallocated_eur = unallocated_eur - 0.01
                where scope = 'state';
            update fund.fund_overview set envelope_eur = envelope_eur + 0.01, unallocated_eur = unallocated_eur + 0.01
                where scope = 'territories';
            update fund.reconciling_items set amount_eur = amount_eur - 0.01;
            insert into fund.reconciling_items values ('one-cent', 'territories', 0.01, 'r', 's');
        """,
    ),
    "recovery-plan-is-the-two-funds": Mutation(
        {"recovery-plan-is-the-two-funds": "block"},
        received="update reference.other_funds set amount_eur = amount_eur + 0.01 where kind = 'part'",
    ),
    "itn7-axes-sum-to-itn7": Mutation(
        {"itn7-axes-sum-to-itn7": "block"},
        received="update reference.itn7_axes set allocated_eur = allocated_eur + 0.01 where axis_code = '1'",
    ),
    "itn7-checkpoint-parts-are-the-quoted-totals": Mutation(
        {"itn7-checkpoint-parts-are-the-quoted-totals": "hold"},
        received="insert into reference.itn7_checkpoint_2021_10_08 values ('x', 'part', date '2021-10-08', 0.01)",
    ),
    "fund-lines-within-envelope": Mutation(
        {"fund-lines-within-envelope": "block", "fund-unallocated-is-the-reconciling-item": "block"},
        received="update reference.fund_lines set allocated_eur = 59000000.01 where line_code = 'ITN1'",
    ),
    "fund-unallocated-is-the-reconciling-item": Mutation(
        {"fund-unallocated-is-the-reconciling-item": "block"},
        received="update reference.reconciling_items set amount_eur = 27000000.01",
    ),
    "line-awards-within-allocation": Mutation(
        {"line-awards-within-allocation": "block"}, received=award("A1", "31499999.51")
    ),
    "award-within-its-line": Mutation(
        {"award-within-its-line": "block", "line-awards-within-allocation": "block"},
        received=award("A3", "15000000.01"),
    ),
    "award-committed-within-awarded": Mutation(
        {"award-committed-within-awarded": "block"},
        received=execution("A1", "1000000.01", "200000.25") + execution("A2", "0", "0"),
    ),
    "award-paid-within-committed": Mutation(
        {"award-paid-within-committed": "block"}, received=execution("A1", "600000.00", "600000.01")
    ),
    "line-committed-within-awarded": Mutation(
        {
            "line-committed-within-awarded": "block",
            "fund-lines-are-the-sum-of-their-awards": "block",
            "fund-overview-is-the-sum-of-its-lines": "block",
        },
        marts="update fund.fund_line_execution set committed_eur = 200000.01 where line_code = 'ITN2'",
    ),
    "line-paid-within-committed": Mutation(
        {
            "line-paid-within-committed": "block",
            "fund-lines-are-the-sum-of-their-awards": "block",
            "fund-overview-is-the-sum-of-its-lines": "block",
        },
        marts="update fund.fund_line_execution set paid_eur = 0.01 where line_code = 'ITN2'",
    ),
    "execution-rows-have-their-award": Mutation(
        {"execution-rows-have-their-award": "hold"}, received=execution("A9", "10.00", "5.00")
    ),
    "fund-overview-is-the-sum-of-its-lines": Mutation(
        {"fund-overview-is-the-sum-of-its-lines": "block"},
        marts="update fund.fund_overview set paid_eur = paid_eur + 0.01 where scope = 'state'",
    ),
    "fund-lines-are-the-sum-of-their-awards": Mutation(
        {"fund-lines-are-the-sum-of-their-awards": "block"},
        marts="update fund.fund_line_execution set remaining_eur = remaining_eur + 0.01 where line_code = 'ITN1'",
    ),
    "fund-totals-are-those-received": Mutation(
        {"fund-totals-are-those-received": "block", "money-at-risk-is-what-the-files-say": "block"},
        marts="""
            update fund.award_execution set awarded_eur = awarded_eur - 0.01 where award_id = 'A3';
            update fund.fund_line_execution set awarded_eur = awarded_eur - 0.01, remaining_eur = remaining_eur + 0.01
                where line_code = 'ITN2';
            update fund.fund_overview set awarded_eur = awarded_eur - 0.01 where scope <> 'territories';
            update fund.ministry_execution set awarded_eur = awarded_eur - 0.01 where ministry_code = 'ECO';
            update fund.territory_execution set awarded_eur = awarded_eur - 0.01;
            update fund.fund_history set awarded_eur = awarded_eur - 0.01 where line_code = 'ITN2';
            update project.consolidated_overview set awarded_eur = awarded_eur - 0.01 where ministry_code = 'ECO';
            update fund.fct_execution set awarded_eur = awarded_eur - 0.01
                where award_id = 'A3' and period = '2021-T2';
            update fund.period_execution set awarded_in_period_eur = awarded_in_period_eur - 0.01;
        """,
    ),
    "edition-project-count-is-the-headline": Mutation(
        {"edition-project-count-is-the-headline": "hold"},
        received="update reference.panorama_headlines set project_count = 3 where edition_month = '2017-06-01'",
    ),
    "edition-interministerial-count-is-the-headline": Mutation(
        {"edition-interministerial-count-is-the-headline": "hold"},
        received="""
            update reference.panorama_headlines set interministerial_project_count = 0
                where edition_month = '2017-06-01'
        """,
    ),
    "edition-total-cost-is-the-headline": Mutation(
        {"edition-total-cost-is-the-headline": "hold"},
        # Five million euro under the sum of the rows, and a cent: just out of the headline's rounding.
        received="""
            update reference.panorama_headlines set comparable_cost_eur = 2556099999.99
                where edition_month = '2017-06-01'
        """,
    ),
    "edition-mean-duration-is-the-headline": Mutation(
        {"edition-mean-duration-is-the-headline": "hold"},
        received="""
            update reference.panorama_headlines set mean_duration_years = 6.0001 where edition_month = '2017-06-01'
        """,
    ),
    "slippage-change-is-as-stated": Mutation(
        {"slippage-change-is-as-stated": "hold"},
        marts="""
            update project.panorama_overview set budget_slippage_change_points = -8.1
                where edition_month = '2020-11-01'
        """,
    ),
    "panorama-overview-counts-its-rows": Mutation(
        {"panorama-overview-counts-its-rows": "block"},
        marts="update project.panorama_overview set costed_project_count = 1 where receipt_id = 'p1706'",
    ),
    "panorama-overview-sums-its-rows": Mutation(
        {"panorama-overview-sums-its-rows": "block"},
        marts="update project.panorama_overview set total_cost_eur = total_cost_eur + 0.01 where receipt_id = 'p1706'",
    ),
    "panorama-overview-means-its-rows": Mutation(
        {"panorama-overview-means-its-rows": "block"},
        marts="update project.panorama_overview set mean_duration_years = 5.9502 where receipt_id = 'p1706'",
    ),
    "project-edition-is-what-was-accepted": Mutation(
        {"project-edition-is-what-was-accepted": "block"},
        marts="""
            insert into project.fct_project_edition
            values (date '2019-03-01', 'X', false, null, null, 'p1903', null, 4, 'SIRHEN');
            update project.panorama_overview set project_count = 4 where receipt_id = 'p1903';
            update project.panorama_headline_releases set project_count = 2 where edition_month = '2019-03-01';
        """,
    ),
    "received-files-are-all-listed": Mutation(
        {"received-files-are-all-listed": "block", "latest-files-are-not-set-aside": "block"},
        marts="""
            insert into quality.received_files
                select * replace (0 as rows_in, 0 as rows_accepted, 0 as rows_rejected)
                from quality.received_files where receipt_id = 'p1706'
        """,
    ),
    "rows-in-are-accepted-plus-rejected": Mutation(
        {"rows-in-are-accepted-plus-rejected": "block", "rows-in-of-all-files": "block"},
        received="update raw.file_tables set rows_in = 2 where receipt_id = 'eco-t1' and table_name = 'execution'",
    ),
    "rows-in-of-all-files": Mutation(
        {"rows-in-of-all-files": "block"},
        marts="update quality.received_files set rows_accepted = 1 where receipt_id = 'p1706'",
    ),
    "accepted-rows-are-in-the-warehouse": Mutation(
        {"accepted-rows-are-in-the-warehouse": "block"},
        received="""
            update raw.file_tables set rows_in = 2, rows_accepted = 2
                where receipt_id = 'eco-t1' and table_name = 'cover'
        """,
    ),
    "rejected-rows-are-all-listed": Mutation(
        {"rejected-rows-are-all-listed": "block"}, marts="delete from quality.rejected_rows"
    ),
    "corrected-cells-are-all-listed": Mutation(
        {"corrected-cells-are-all-listed": "block"}, marts="delete from quality.corrected_cells"
    ),
    "amounts-in-are-accepted-plus-rejected": Mutation(
        {"amounts-in-are-accepted-plus-rejected": "block"},
        received="""
            update raw.file_amounts set in_eur = in_eur + 0.0000001
                where receipt_id = 'eco-t2' and column_name = 'project_cost_eur'
        """,
    ),
    "accepted-amounts-are-in-the-warehouse": Mutation(
        {"accepted-amounts-are-in-the-warehouse": "block"},
        received="""
            update raw.file_amounts set in_eur = in_eur + 0.01, accepted_eur = accepted_eur + 0.01
                where receipt_id = 'eco-t2' and column_name = 'project_cost_eur'
        """,
    ),
    "declared-award-count-is-that-of-the-file": Mutation(
        {"declared-award-count-is-that-of-the-file": "hold"},
        # As many as were accepted: the one rejected is in the file too.
        received="update raw.cover set declared_award_count = 3 where receipt_id = 'eco-t2'",
    ),
    "declared-totals-are-those-of-the-file": Mutation(
        {"declared-totals-are-those-of-the-file": "hold"},
        received="update raw.cover set declared_paid_eur = declared_paid_eur + 0.01 where receipt_id = 'eco-t2'",
    ),
    "applications-are-those-that-count": Mutation(
        {"applications-are-those-that-count": "block"},
        marts="""
            insert into fund.fct_application by name
                select * replace ('8' as dossier_number) from raw.applications where receipt_id = 'd7-a'
        """,
    ),
    "application-requested-within-cost": Mutation(
        {"application-requested-within-cost": "warning"},
        marts="update fund.fct_application set requested_eur = total_cost_eur + 0.01",
    ),
    "nightly-feeds-are-on-time": Mutation(
        {"nightly-feeds-are-on-time": "warning"},
        received="update raw.feeds set last_complete_turn_hours_ago = 37 where feed = 'submissions'",
    ),
    "latest-files-are-not-set-aside": Mutation(
        {"latest-files-are-not-set-aside": "warning"},
        received="""
            insert into raw.receipts values ('eco-t3', 'submissions', 'submission', 'ECO-T3.xlsx',
                timestamp '2021-10-05 08:00', null, 'ECO', '2021-T3', 'set_aside', false, 'Couverture illisible.')
        """,
    ),
    "files-received-together-are-told-apart": Mutation(
        {"files-received-together-are-told-apart": "hold"},
        received="update raw.file_tables set undecided = 'A et B' where receipt_id = 'eco-t2' and rows_in = 4",
    ),
    "cumulative-amounts-do-not-fall": Mutation(
        {"cumulative-amounts-do-not-fall": "hold"},
        marts="update fund.fct_execution set paid_in_period_eur = -0.01 where award_id = 'A1' and period = '2021-T2'",
    ),
    "award-amounts-keep-their-unit": Mutation(
        {"award-amounts-keep-their-unit": "hold", "fund-total-is-the-same-by-every-path": "block"},
        marts="""
            update fund.fct_execution set awarded_eur = 1000, awarded_in_period_eur = -999000
            where award_id = 'A1' and period = '2021-T2'
        """,
    ),
    "beneficiary-sirets-have-their-key": Mutation(
        {"beneficiary-sirets-have-their-key": "warning"},
        marts="update shared.dim_beneficiary set is_siret_valid = false",
    ),
    "fund-total-is-the-same-by-every-path": Mutation(
        {"fund-total-is-the-same-by-every-path": "block"},
        marts="update fund.territory_execution set paid_eur = paid_eur - 0.01",
    ),
    "declared-slippage-is-recomputed": Mutation(
        {"declared-slippage-is-recomputed": "hold"},
        received="update raw.project_follow_up set declared_calendar_slippage_ratio = 0.26 where project_name = 'PAS'",
    ),
    "project-cost-is-investment-and-maintenance": Mutation(
        {"project-cost-is-investment-and-maintenance": "hold"},
        received="update raw.project_follow_up set investment_eur = 150000000.01 where project_name = 'PAS'",
    ),
    "projects-above-9m-have-their-opinion": Mutation(
        {"projects-above-9m-have-their-opinion": "warning"},
        received="""
            update raw.project_follow_up
                set initial_cost_eur = 9000000, current_cost_eur = 9000000, declared_budget_slippage_ratio = 0
                where project_name = 'PILAT';
        """,
    ),
    "project-costs-are-plausible": Mutation(
        {"project-costs-are-plausible": "warning"},
        received="""
            update raw.project_follow_up set initial_cost_eur = 99999.99, declared_budget_slippage_ratio = null
                where project_name = 'PILAT';
        """,
    ),
    "new-trajectories-have-their-date": Mutation(
        {"new-trajectories-have-their-date": "warning"},
        received="update raw.project_follow_up set is_rebaselined = true where project_name = 'PAS'",
    ),
    "project-phases-are-known": Mutation(
        {"project-phases-are-known": "warning"},
        received="update raw.project_follow_up set phase = 'Recette' where project_name = 'PAS'",
    ),
    "edition-costs-keep-their-unit": Mutation(
        {
            "edition-costs-keep-their-unit": "hold",
            "edition-total-cost-is-the-headline": "hold",
            "panorama-overview-sums-its-rows": "block",
        },
        marts="update project.panorama_overview set total_cost_eur = 1000 * total_cost_eur where receipt_id = 'p1706'",
    ),
    "keys-have-their-dimension": Mutation(
        {"keys-have-their-dimension": "block"}, marts="delete from project.dim_project where project_key = 'PILAT'"
    ),
    "panorama-changes-are-the-sum-of-their-parts": Mutation(
        {"panorama-changes-are-the-sum-of-their-parts": "block"},
        marts="update project.panorama_change_explained set drift_part = drift_part + 0.000001",
    ),
    "observed-slippage-is-recomputed": Mutation(
        {"observed-slippage-is-recomputed": "block"},
        marts="update project.project_trajectory set budget_slippage_ratio = 0.0006 where stated_on = '2021-11-01'",
    ),
    "money-at-risk-is-what-the-files-say": Mutation(
        {"money-at-risk-is-what-the-files-say": "block"},
        marts="""
            update fund.money_at_risk set rounding_eur = 0.000000000000000001
                where ministry_code = 'COT' and line_code is null and figure = 'paid'
        """,
    ),
    "control-totals-move-within-their-threshold": Mutation(
        {"control-totals-move-within-their-threshold": "hold"},
        before="update fund.fund_overview set awarded_eur = awarded_eur + 58400000.01 where scope = 'whole'",
    ),
    "volumes-do-not-collapse": Mutation(
        {"volumes-do-not-collapse": "hold"},
        before="insert into project.project_follow_up from project.project_follow_up limit 1",
    ),
    "editions-are-read-in-full": Mutation(
        {"editions-are-read-in-full": "hold"},
        marts="""
            update quality.edition_findings set unknown_phase_count = 1, finding_count = 1 where receipt_id = 'p1706'
        """,
    ),
}


def outcomes(verdict: Verdict) -> dict[str, str]:
    """The worst outcome of each control."""
    worst: dict[str, str] = {}
    for result in verdict.controls:
        worst[result.control_id] = max(worst.get(result.control_id, "pass"), result.outcome, key=ORDER.index)
    return worst


SOUND = {control: "warning" if control in ACCEPTED else "pass" for control in CONTROLS}


def test_every_control_has_its_mutation() -> None:
    assert set(MUTATIONS) == set(CONTROLS)
    for control, mutation in MUTATIONS.items():
        assert mutation.fails[control] == CONTROLS[control].severity


def test_a_sound_build_passes_with_its_known_disagreements(audit: Callable[..., Verdict]) -> None:
    verdict = audit()
    assert outcomes(verdict) == SOUND
    assert verdict.outcome == "pass"
    assert verdict.sentences == []
    assert len(verdict.warnings) == 4
    for looked in verdict.looked_at:
        assert looked.rows is not None and looked.floor is not None and looked.rows >= looked.floor >= 1


@pytest.fixture(scope="module")
def broken_batches() -> dict[str, Batch]:
    """What each mutation gave its own control to judge, gathered while the mutations are tried."""
    return {}


@pytest.mark.parametrize("control", MUTATIONS)
def test_a_broken_build_fails_exactly_there(
    audit: Callable[..., Verdict], judged: dict[str, Batch], broken_batches: dict[str, Batch], control: str
) -> None:
    mutation = MUTATIONS[control]
    verdict = audit(mutation.received, mutation.marts, before=mutation.before)
    assert outcomes(verdict) == {**SOUND, **mutation.fails}
    worst = max(mutation.fails.values(), key=ORDER.index)
    assert verdict.outcome == ("pass" if worst == "warning" else worst)
    broken_batches[control] = judged[control]


def test_great_expectations_refuses_every_mutation(
    audit: Callable[..., Verdict], judged: dict[str, Batch], broken_batches: dict[str, Batch], tmp_path: Path
) -> None:
    for control in MUTATIONS.keys() - broken_batches.keys():
        # Tried in another process, or left out of this run.
        audit(MUTATIONS[control].received, MUTATIONS[control].marts, before=MUTATIONS[control].before)
        broken_batches[control] = judged[control]
    evidence, _ = run_checkpoint(EXPECTATIONS, list(broken_batches.values()), tmp_path)
    assert {control for control, said in evidence.items() if said.failed and not said.broken} == set(MUTATIONS)
    for control, said in evidence.items():
        assert said.rows == len(broken_batches[control].frame)

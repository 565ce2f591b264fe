"""Every control of the register, broken: exactly the controls named fail, with the outcome expected.

Some truths hang together: an award above its line's allocation also takes the line above it. Then both are named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from relance.audit import Verdict, judge
from relance.audit.evidence import Batch, run_checkpoint
from relance.audit.measure import show_files, take
from relance.audit.register import EDITION, FILE, PUBLICATION, load_controls
from relance.audit.verdict import ORDER
from relance.settings import Settings
from tests.unit.audit.conftest import RECEIVED

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

    `before` breaks the publication that the build is compared with. `concerns` is what causes what the control finds;
    where one file does, `file` is the receipt that it names (none where it is measured on the marts alone).
    """

    fails: dict[str, str]
    received: str = ""
    marts: str = ""
    before: str = ""
    concerns: str = PUBLICATION
    file: str = ""


# What follows a change of the rows of submissions: ministries that sum and declare what they send.
RESUM = """
    update raw.file_tables as t set rows_accepted = case table_name
            when 'awards' then (select count(*) from raw.awards r where r.receipt_id = t.receipt_id)
            else (select count(*) from raw.execution r where r.receipt_id = t.receipt_id)
        end where table_name in ('awards', 'execution');
    update raw.file_tables set rows_in = rows_accepted + rows_rejected where table_name in ('awards', 'execution');
    update raw.file_amounts as a set accepted_eur = coalesce(case column_name
            when 'awarded_eur' then (select sum(awarded_eur) from raw.awards r where r.receipt_id = a.receipt_id)
            when 'committed_eur' then (select sum(committed_eur) from raw.execution r where r.receipt_id = a.receipt_id)
            else (select sum(paid_eur) from raw.execution r where r.receipt_id = a.receipt_id)
        end, 0) where table_name in ('awards', 'execution') and column_name <> 'project_cost_eur';
    update raw.file_amounts set in_eur = accepted_eur + rejected_eur where table_name in ('awards', 'execution');
    create or replace temp table sums as
        from (select receipt_id, column_name, in_eur from raw.file_amounts where column_name <> 'project_cost_eur')
        pivot (sum(in_eur) for column_name in ('awarded_eur', 'committed_eur', 'paid_eur'));
    update raw.cover as c set declared_award_count = rows_in
        from raw.file_tables t where c.receipt_id = t.receipt_id and table_name = 'awards';
    update raw.cover as c set
            declared_awarded_eur = awarded_eur, declared_committed_eur = committed_eur, declared_paid_eur = paid_eur
        from sums where c.receipt_id = sums.receipt_id;
"""


def award(award_id: str, amount: str, receipt_id: str = "eco-t2") -> str:
    """A ministry changes an award."""
    changed = f"set awarded_eur = {amount} where award_id = '{award_id}' and receipt_id = '{receipt_id}'"
    return f"update raw.awards {changed};{RESUM}"


def new_award(
    award_id: str, line: str, amount: str, row: int = 6, receipt_id: str = "eco-t2", siret: str = "null"
) -> str:
    """A ministry adds an award, in this row of its sheet."""
    values = f"'{receipt_id}', true, 'Subventions', {row}, '{award_id}', '{line}', 'CNAF', {amount}, null, {siret}"
    return f"insert into raw.awards values ({values});{RESUM}"  # noqa: S608


def no_award(award_id: str, receipt_id: str = "eco-t2") -> str:
    """A ministry lists an award no more, nor its execution."""
    which = f"where award_id = '{award_id}' and receipt_id = '{receipt_id}'"
    return f"delete from raw.awards {which}; delete from raw.execution {which};{RESUM}"  # noqa: S608


def execution(award_id: str, committed: str, paid: str, comment: str = "null", receipt_id: str = "eco-t2") -> str:
    """A ministry changes an award's execution, or adds one."""
    row = f"'{receipt_id}', true, 'Exécution', 9, '{award_id}', {committed}, {paid}, {comment}"
    return (
        f"delete from raw.execution where receipt_id = '{receipt_id}' and award_id = '{award_id}';"  # noqa: S608
        f"insert into raw.execution values ({row});{RESUM}"
    )


COUNTED = ("cover", "awards", "execution", "project_follow_up", "file_tables")


def restated(receipt_id: str, restates: str) -> str:
    """A ministry sends a file once more, as it was, on 1 August 2021; it replaces the one before."""
    copied = "".join(
        f"insert into raw.{table} by name select * replace ('{receipt_id}' as receipt_id) from raw.{table} "  # noqa: S608
        f"where receipt_id = '{restates}'; "
        for table in (*COUNTED, "rejects", "rejected_amounts", "file_amounts", "corrections")
    )
    superseded = "".join(
        f"update raw.{table} set is_counted = false where receipt_id = '{restates}'; "  # noqa: S608
        for table in COUNTED
    )
    return f"""
        insert into raw.receipts by name
            select * replace ('{receipt_id}' as receipt_id, '{receipt_id}' as sha256,
                '{receipt_id}.xlsx' as file_name, timestamp '2021-08-01 08:00' as received_at_utc)
            from raw.receipts where receipt_id = '{restates}';
        {copied} {superseded}
        update raw.receipts set status = 'superseded' where receipt_id = '{restates}';
    """  # noqa: S608


def rejected(eur: str) -> str:
    """The rejected row of eco-t2 grants something, which its ministry declares too."""
    return f"""
        update raw.rejected_amounts set rejected_eur = {eur} where column_name = 'awarded_eur';
        update raw.file_amounts set rejected_eur = {eur} where receipt_id = 'eco-t2' and column_name = 'awarded_eur';
        {RESUM}
    """  # noqa: S608


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
        {"line-awards-within-allocation": "block"},
        received=new_award("A5", "ITN1", "30499999.51"),
        concerns=FILE,
        file="eco-t2",
    ),
    "award-within-its-line": Mutation(
        {"award-within-its-line": "block", "line-awards-within-allocation": "block"},
        received=new_award("A5", "ITN2", "15000000.01"),
        concerns=FILE,
        file="eco-t2",
    ),
    "award-committed-within-awarded": Mutation(
        {"award-committed-within-awarded": "block"},
        received=execution("A1", "1000000.01", "200000.25") + execution("A2", "0", "0"),
        concerns=FILE,
        file="eco-t2",
    ),
    "award-paid-within-committed": Mutation(
        {"award-paid-within-committed": "block"},
        received=execution("A1", "600000.00", "600000.01"),
        concerns=FILE,
        file="eco-t2",
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
        {"execution-rows-have-their-award": "hold"},
        received=execution("A9", "10.00", "5.00"),
        concerns=FILE,
        file="eco-t2",
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
        concerns=EDITION,
    ),
    "edition-interministerial-count-is-the-headline": Mutation(
        {"edition-interministerial-count-is-the-headline": "hold"},
        received="""
            update reference.panorama_headlines set interministerial_project_count = 0
                where edition_month = '2017-06-01'
        """,
        concerns=EDITION,
    ),
    "edition-total-cost-is-the-headline": Mutation(
        {"edition-total-cost-is-the-headline": "hold"},
        # Five million euro under the sum of the rows, and a cent: just out of the headline's rounding.
        received="""
            update reference.panorama_headlines set comparable_cost_eur = 2556099999.99
                where edition_month = '2017-06-01'
        """,
        concerns=EDITION,
    ),
    "edition-mean-duration-is-the-headline": Mutation(
        {"edition-mean-duration-is-the-headline": "hold"},
        received="""
            update reference.panorama_headlines set mean_duration_years = 6.0001 where edition_month = '2017-06-01'
        """,
        concerns=EDITION,
    ),
    "slippage-change-is-as-stated": Mutation(
        {"slippage-change-is-as-stated": "hold"},
        marts="""
            update project.panorama_overview set budget_slippage_change_points = -8.1
                where edition_month = '2020-11-01'
        """,
        concerns=EDITION,
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
        concerns=FILE,
        file="eco-t2",
    ),
    "declared-totals-are-those-of-the-file": Mutation(
        {"declared-totals-are-those-of-the-file": "hold"},
        received="update raw.cover set declared_paid_eur = declared_paid_eur + 0.01 where receipt_id = 'eco-t2'",
        concerns=FILE,
        file="eco-t2",
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
        concerns=FILE,
    ),
    "nightly-feeds-are-on-time": Mutation(
        {"nightly-feeds-are-on-time": "warning"},
        received="update raw.feeds set last_complete_turn_hours_ago = 37 where feed = 'submissions'",
    ),
    "latest-files-are-not-set-aside": Mutation(
        {"latest-files-are-not-set-aside": "warning"},
        received="""
            insert into raw.receipts by name
                select * replace ('eco-t3' as receipt_id, 'ECO-T3.xlsx' as file_name, '2021-T3' as period,
                    timestamp '2021-10-05 08:00' as received_at_utc, 'set_aside' as status,
                    'Couverture illisible.' as reason)
                from raw.receipts where receipt_id = 'eco-t2'
        """,
        concerns=FILE,
    ),
    "files-received-together-are-told-apart": Mutation(
        {"files-received-together-are-told-apart": "hold"},
        received="update raw.file_tables set undecided = 'A et B' where receipt_id = 'p1706'",
    ),
    "cumulative-amounts-do-not-fall": Mutation(
        {"cumulative-amounts-do-not-fall": "hold"},
        received=execution("A1", "399999.99", "200000.25"),
        concerns=FILE,
        file="eco-t2",
    ),
    "award-amounts-keep-their-unit": Mutation(
        {"award-amounts-keep-their-unit": "hold"},
        received=new_award("A3", "ITN2", "399.99", receipt_id="eco-t1"),
        concerns=FILE,
        file="eco-t2",
    ),
    "awarded-amounts-do-not-fall": Mutation(
        {"awarded-amounts-do-not-fall": "hold"},
        received=award("A1", "999999.99"),
        concerns=FILE,
        file="eco-t2",
    ),
    "awards-keep-their-line": Mutation(
        {"awards-keep-their-line": "hold"},
        received="update raw.awards set line_code = 'ITN3' where award_id = 'A1' and receipt_id = 'eco-t2'",
        concerns=FILE,
        file="eco-t2",
    ),
    "awards-have-one-ministry": Mutation(
        {"awards-have-one-ministry": "hold"},
        received=new_award("A3", "ITN2", "200000", receipt_id="cot-t2"),
        file="cot-t2",
        concerns=FILE,
    ),
    "rejected-rows-have-no-amount": Mutation(
        {"rejected-rows-have-no-amount": "hold"},
        received=rejected("0.01"),
        concerns=FILE,
        file="eco-t2",
    ),
    "rejected-amounts-are-legible": Mutation(
        {"rejected-amounts-are-legible": "hold"},
        received="delete from raw.rejected_amounts where column_name = 'awarded_eur'",
        concerns=FILE,
        file="eco-t2",
    ),
    "awards-are-no-subtotals": Mutation(
        {"awards-are-no-subtotals": "hold"},
        received=new_award("A5", "ITN3", "1700000.50"),
        concerns=FILE,
        file="eco-t2",
    ),
    "amounts-are-no-identifiers": Mutation(
        {"amounts-are-no-identifiers": "hold"},
        received=new_award("ECO-2021-0042", "ITN5", "20210042"),
        concerns=FILE,
        file="eco-t2",
    ),
    "names-and-covers-agree": Mutation(
        {"names-and-covers-agree": "hold"},
        received="update raw.receipts set named_period = '2021-T1' where receipt_id = 'eco-t2'",
        concerns=FILE,
        file="eco-t2",
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
        concerns=FILE,
        file="eco-t2",
    ),
    "projects-above-9m-have-their-opinion": Mutation(
        {"projects-above-9m-have-their-opinion": "warning"},
        received="""
            update raw.project_follow_up
                set initial_cost_eur = 9000000, current_cost_eur = 9000000, declared_budget_slippage_ratio = 0
                where project_name = 'PILAT';
        """,
        concerns=FILE,
        file="eco-t2",
    ),
    "project-costs-are-plausible": Mutation(
        {"project-costs-are-plausible": "warning"},
        received="""
            update raw.project_follow_up set initial_cost_eur = 99999.99, declared_budget_slippage_ratio = null
                where project_name = 'PILAT';
        """,
        concerns=FILE,
        file="eco-t2",
    ),
    "new-trajectories-have-their-date": Mutation(
        {"new-trajectories-have-their-date": "warning"},
        received="update raw.project_follow_up set is_rebaselined = true where project_name = 'PAS'",
        concerns=FILE,
        file="eco-t2",
    ),
    "project-phases-are-known": Mutation(
        {"project-phases-are-known": "warning"},
        received="update raw.project_follow_up set phase = 'Recette' where project_name = 'PAS'",
        concerns=FILE,
        file="eco-t2",
    ),
    "edition-costs-keep-their-unit": Mutation(
        {
            "edition-costs-keep-their-unit": "hold",
            "edition-total-cost-is-the-headline": "hold",
            "panorama-overview-sums-its-rows": "block",
        },
        marts="update project.panorama_overview set total_cost_eur = 1000 * total_cost_eur where receipt_id = 'p1706'",
        concerns=EDITION,
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
    "received-files-are-kept": Mutation(
        {"received-files-are-kept": "hold"},
        before="update quality.received_files set receipt_id = 'lost' where receipt_id = 'eco-t2'",
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
        concerns=EDITION,
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
        assert (control, mutation.concerns) == (control, CONTROLS[control].concerns)
        assert mutation.file or not CONTROLS[control].holds_files


MEASURED = [CONTROLS[control] for control, mutation in MUTATIONS.items() if mutation.file]


def findings_of_files(received: str = "") -> dict[str, set[str]]:
    """The controls of files with the receipts of what they find, measured on what was received alone.

    Those that warn of files and need the marts are left out.
    """
    found: dict[str, set[str]] = {}
    with duckdb.connect() as connection:
        connection.execute(RECEIVED)
        connection.execute(received or "select 1")
        show_files(connection, EXPECTATIONS)
        for control in MEASURED:
            measured = take(connection, EXPECTATIONS, control)
            bounds = judge.bounds_of(control, measured, {}, dt.date(2021, 11, 1))
            for failure in judge.failures(control, measured, bounds):
                found.setdefault(control.id, set()).add(failure.row["receipt_id"])
    return found


def test_nothing_is_found_of_sound_files() -> None:
    assert findings_of_files() == {}


@pytest.mark.parametrize("control", [control.id for control in MEASURED])
def test_a_control_of_files_names_the_file_before_anything_is_built(control: str) -> None:
    mutation = MUTATIONS[control]
    of_files = {name for name in mutation.fails if CONTROLS[name] in MEASURED}
    assert findings_of_files(mutation.received) == {name: {mutation.file} for name in of_files}


FALL = "cumulative-amounts-do-not-fall"
OPINION = "projects-above-9m-have-their-opinion"
OVER = "line-awards-within-allocation"
LESS = "awarded-amounts-do-not-fall"
SUBTOTAL = "awards-are-no-subtotals"
IDENTIFIER = "amounts-are-no-identifiers"
REJECTED = "rejected-rows-have-no-amount"
# Room for another award between those of ITN1 and that of ITN2.
SPREAD = "update raw.awards set row_number = 2 * row_number where receipt_id = 'eco-t2';"
SIBLINGS = [
    ("two ministries exceed a line together, and the last of their files is asked", {OVER: "cot-t2"},
     new_award("A5", "ITN1", "27499999.51") + new_award("C2", "ITN1", "3000000", receipt_id="cot-t2")),
    ("a ministry that grants no more is not asked, though its file came last", {OVER: "eco-t2"},
     restated("cot-t2b", "cot-t2") + new_award("A5", "ITN7", "85000000.01")),
    ("an award vanishes", {LESS: "eco-t2"}, new_award("A0", "ITN3", "5000", receipt_id="eco-t1")),
    ("an award vanishes with its execution", {LESS: "eco-t2", FALL: "eco-t2"}, no_award("A1")),
    (
        "a file is emptied",
        {LESS: "eco-t2", FALL: "eco-t2"},
        "".join(no_award(one) for one in ("A1", "A2", "A3")),
    ),
    ("a file restates less for its own period", {LESS: "eco-t2b"},
     restated("eco-t2b", "eco-t2") + award("A3", "199999.99", "eco-t2b")),
    ("a file restates the same", {}, restated("eco-t2b", "eco-t2")),
    ("what was replaced is at fault no more", {}, award("A1", "999999.99") + restated("eco-t2b", "eco-t2")
     + award("A1", "1000000", "eco-t2b")),
    ("an older period is restated with more, and the next one falls", {LESS: "eco-t1b"},
     restated("eco-t1b", "eco-t1") + award("A1", "1000000.01", "eco-t1b")),
    ("an older period is restated, its AE above the next one's", {FALL: "eco-t1b"},
     restated("eco-t1b", "eco-t1") + execution("A1", "600000.01", "0", receipt_id="eco-t1b")),
    ("a fall with a point", {FALL: "eco-t2"}, execution("A1", "399999.99", "200000.25", "'.'")),
    ("a fall with one word", {FALL: "eco-t2"}, execution("A1", "399999.99", "200000.25", "'Remboursement'")),
    ("a fall of a tenth, explained", {}, execution("A1", "360000", "200000.25", "'Trop-perçu remboursé'")),
    ("a fall of more than a tenth, explained", {FALL: "eco-t2"},
     execution("A1", "359999.99", "200000.25", "'Trop-perçu remboursé'")),
    ("payments fall by more than a tenth, explained, engagements by less", {FALL: "eco-t2"},
     execution("A1", "400000", "50000", receipt_id="eco-t1")
     + execution("A1", "399999", "44999.99", "'Trop-perçu remboursé'")),
    ("a subtotal of a line's unbroken rows", {SUBTOTAL: "eco-t2"},
     f"{SPREAD}{new_award('A0', 'ITN3', '123', row=1)}{new_award('A5', 'ITN1', '1500000.50', row=7)}"),
    ("a sum of rows of a line that others part", {},
     new_award("A0", "ITN3", "123", row=1) + new_award("A5", "ITN1", "1500000.50", row=9)),
    ("the sum of the rows above to a cent", {}, new_award("A5", "ITN3", "1700000.49")),
    ("two awards of one amount", {}, award("A2", "1000000")),
    ("a sum that stood there before", {},
     new_award("A5", "ITN3", "1700000.50", receipt_id="eco-t1") + new_award("A5", "ITN3", "1700000.50")),
    ("an amount is a SIREN", {IDENTIFIER: "eco-t2"},
     new_award("A5", "ITN5", "5520135", siret="'00552013500012'")),
    ("an amount is a SIRET", {IDENTIFIER: "eco-t2"},
     new_award("A5", "ITN5", "12345678", siret="'00000012345678'")),
    ("an amount is a number and fifty cents", {}, new_award("ECO-2021-0042", "ITN5", "20210042.50")),
    ("a small amount is a number", {}, new_award("ECO-900", "ITN5", "900")),
    ("a project of 9 M€ without an opinion", {OPINION: "eco-t2"},
     "update raw.project_follow_up set current_cost_eur = 9000000 where project_name = 'PILAT'"),
    ("a project of a cent less without an opinion", {},
     "update raw.project_follow_up set current_cost_eur = 8999999.99 where project_name = 'PILAT'"),
    ("a rejected amount is negative", {REJECTED: "eco-t2"}, rejected("-0.01")),
    ("a name says another ministry", {"names-and-covers-agree": "eco-t2"},
     "update raw.receipts set named_ministry_code = 'INT' where receipt_id = 'eco-t2'"),
    ("a name says nothing", {},
     "update raw.receipts set named_ministry_code = null, named_period = null where receipt_id = 'eco-t2'"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "received"), [pytest.param(f, r, id=name) for name, f, r in SIBLINGS])
def test_siblings_of_a_finding_of_files(files: dict[str, str], received: str) -> None:
    assert findings_of_files(received) == {control: {receipt_id} for control, receipt_id in files.items()}


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
    evidence, _ = run_checkpoint(list(broken_batches.values()), tmp_path)
    refused = {control for control, said in evidence.items() if said.failing or said.is_under_floor}
    assert refused == set(MUTATIONS)
    for control, said in evidence.items():
        frame = broken_batches[control].frame
        assert said.broken == ()
        assert said.rows == len(frame)
        assert said.failing == set(
            frame.index[(frame["actual"] < frame["lowest"]) | (frame["actual"] > frame["highest"])]
        )

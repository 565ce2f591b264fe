"""A small built file with the tables that an audit reads, in which every control holds.

What was received and the reference figures are literal; the marts are derived from them by plain SQL of our own,
so that a test can break what was received (`received`) or what the marts made of it (`marts`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from relance.audit import Verdict, run, run_audit
from relance.audit.evidence import Batch, Evidence
from relance.audit.judge import Accepted
from relance.settings import Settings

EXPECTATIONS = Settings.from_env().expectations_dir

RECEIVED = """
create schema raw; create schema reference; create schema fund; create schema project; create schema quality;
create schema shared; create schema intermediate;

create table reference.envelopes as from (values
    ('whole', 292000000.00::decimal(18, 2), 'Enveloppe du fonds'),
    ('state', 204000000.00, 'État et opérateurs'),
    ('territories', 88000000.00, 'Collectivités territoriales')
) t(scope, amount_eur, label_fr);
create table reference.fund_lines as from (values
    ('ITN1', 'Démarches', 'state', 32000000.00::decimal(18, 2)), ('ITN2', 'Écosystèmes', 'state', 15000000),
    ('ITN3', 'Extension', 'state', 12000000), ('ITN4', 'Filières', 'state', 6000000),
    ('ITN5', 'Donnée', 'state', 23000000), ('ITN6', 'Innovation continue', 'state', 6000000),
    ('ITN7', 'Collectivités', 'territories', 88000000), ('ITN8A', 'Contact', 'state', 20000000),
    ('ITN8B', 'Pilotage', 'state', 21000000), ('ITN8C', 'Efficacité', 'state', 21000000),
    ('ITN8D', 'Métiers', 'state', 21000000)
) t(line_code, object, scope, allocated_eur);
create table reference.reconciling_items as from (values
    ('state-envelope-not-on-any-line', 'state', 27000000.00::decimal(18, 2), 'non ventilé', 'fiche 6-2')
) t(item_id, scope, amount_eur, reason, source);
create table reference.itn7_axes as from (values
    ('1', 'ITN7', 30000000.00::decimal(18, 2)), ('2', 'ITN7', 24000000), ('3', 'ITN7', 34000000)
) t(axis_code, line_code, allocated_eur);
create table reference.other_funds as from (values
    ('snap', 'part', 208000000.00::decimal(18, 2)),
    ('digital-transformation-of-the-recovery-plan', 'total', 500000000)
) t(item_id, kind, amount_eur);
create table reference.itn7_checkpoint_2021_10_08 as from (values
    ('axes', 'part', date '2021-10-08', 36620000.00::decimal(18, 2)),
    ('total-nearly-40', 'quoted_total', date '2021-10-08', 40000000),
    ('total-37-5', 'quoted_total', date '2021-10-08', 37500000)
) t(item_id, kind, checkpoint_on, amount_eur);
create table reference.panorama_headlines as from (values
    (date '2017-06-01', 1, date '2017-07-11', null::int, 2, 1, 2560000000.00::decimal(18, 2),
     10000000.00::decimal(18, 2), 2560000000.00::decimal(18, 2), 6.0::decimal(9, 4), 0.1::decimal(9, 4),
     null::decimal(9, 3), null::decimal(9, 3)),
    (date '2019-03-01', 1, date '2019-06-18', null, 1, 1, 30000000, 10000000, 30000000, 6.6, 0.1, null, null),
    (date '2020-06-01', 1, date '2020-06-30', 11, null, null, null, null, null, null, null, null, null),
    (date '2020-11-01', 1, date '2020-11-16', 12, 43, null, 1860000000, 10000000, 1860000000, null, null, -8.2, -2.0),
    (date '2021-11-01', 1, date '2021-12-15', 14, 2, 0, 2620000000, 10000000, 2620000000, 6.5, 0.1, null, null)
) t(edition_month, release_number, released_on, edition_number, project_count, interministerial_project_count,
    total_cost_eur, total_cost_rounding_eur, comparable_cost_eur, mean_duration_years, mean_duration_rounding_years,
    budget_slippage_change_points, calendar_slippage_change_points);

create table raw.feeds as from (values
    ('panorama', 'Panorama', 36::bigint, true, 0::bigint, 2::bigint, null::varchar),
    ('submissions', 'Remontées', 36, true, 1, 20, 'La place manque.'),
    ('portal', 'Portail', null, true, null, null, null)
) t(feed, title_fr, expected_within_hours, has_turns, last_complete_turn_days_ago, last_complete_turn_hours_ago,
    last_problem);
create table raw.build as select date '2021-11-01' as as_of_date;

create table raw.receipts as from (values
    ('p1706', 'panorama', 'panorama', '2017-06.csv', timestamp '2017-06-05 08:00', date '2017-06-01',
     null::varchar, null::varchar, 'counted', false, null::varchar),
    ('p1903', 'panorama', 'panorama', '2019-03.csv', timestamp '2019-03-05 08:00', date '2019-03-01',
     null, null, 'counted', false, null),
    ('p2111', 'panorama', 'panorama', '2021-11.csv', timestamp '2021-07-05 08:00', date '2021-11-01',
     null, null, 'counted', false, null),
    ('eco-t1', 'submissions', 'submission', 'ECO-T1.xlsx', timestamp '2021-04-05 08:00', null,
     'ECO', '2021-T1', 'counted', false, null),
    ('eco-t2', 'submissions', 'submission', 'ECO-T2.xlsx', timestamp '2021-07-05 08:00', null,
     'ECO', '2021-T2', 'counted', false, null),
    ('cot-t2', 'submissions', 'submission', 'COT-T2.ods', timestamp '2021-07-06 08:00', null,
     'COT', '2021-T2', 'counted', false, null),
    ('d7-a', 'applications', 'application', 'dossier-7.json', timestamp '2021-03-01 00:30', null,
     null, null, 'superseded', false, null),
    ('d7-b', 'applications', 'application', 'dossier-7.json', timestamp '2021-04-01 00:30', null,
     null, null, 'counted', false, null)
) t(receipt_id, feed, kind, file_name, received_at_utc, edition_month, ministry_code, period, status, is_stale, reason);
alter table raw.receipts add column sha256 varchar;
alter table raw.receipts add column named_ministry_code varchar;
alter table raw.receipts add column named_period varchar;
update raw.receipts set sha256 = receipt_id, named_ministry_code = ministry_code, named_period = period;

create table raw.panorama_projects as from (values
    ('p1706', true, null::varchar, 1::bigint, 'PNR', true, 2000000000.00::decimal(18, 2), 6.4::decimal(18, 14)),
    ('p1706', true, null, 2, 'VITAM', false, 561100000, 5.5),
    ('p1903', true, null, 1, 'SIRHEN', true, null, null),
    ('p1903', true, null, 2, 'ADAMANT', false, 12000000.50, 6.55),
    ('p1903', true, null, 3, 'CHORUS', false, 20000000, 6.6),
    ('p2111', true, null, 1, '3D', false, 1000000000, 6.4),
    ('p2111', true, null, 2, 'SGIN', false, 1511855847.60, 6.6)
) t(receipt_id, is_counted, sheet, row_number, project_name, is_interministerial, planned_cost_eur,
    planned_duration_years);
create table raw.cover as from (values
    ('eco-t1', true, 1::bigint, 1000000.00::decimal(18, 2), 400000.00::decimal(18, 2), 0.00::decimal(18, 2)),
    ('eco-t2', true, 4, 1700000.50, 1100000.50, 200000.25),
    ('cot-t2', true, 1, 3000000, 3000000, 3000000)
) t(receipt_id, is_counted, declared_award_count, declared_awarded_eur, declared_committed_eur, declared_paid_eur);
create table raw.awards as from (values
    ('eco-t1', true, 'Subventions', 2::bigint, 'A1', 'ITN1', 'CNAF', 1000000.00::decimal(18, 2), null::decimal(18, 2)),
    ('eco-t2', true, 'Subventions', 2, 'A1', 'ITN1', 'CNAF', 1000000, 2000000),
    ('eco-t2', true, 'Subventions', 3, 'A2', 'ITN1', 'DGFiP', 500000.50, null),
    ('eco-t2', true, 'Subventions', 4, 'A3', 'ITN2', 'INSEE', 200000, 300000),
    ('cot-t2', true, 'Subventions', 2, 'C1', 'ITN7', 'Clermont', 3000000, 4000000)
) t(receipt_id, is_counted, sheet, row_number, award_id, line_code, beneficiary_name, awarded_eur, project_cost_eur);
alter table raw.awards add column beneficiary_siret varchar;
create table raw.execution as from (values
    ('eco-t1', true, 'Exécution', 2::bigint, 'A1', 400000.00::decimal(18, 2), 0.00::decimal(18, 2), null::varchar),
    ('eco-t2', true, 'Exécution', 2, 'A1', 600000, 200000.25, null),
    ('eco-t2', true, 'Exécution', 3, 'A2', 500000.50, 0, null),
    ('cot-t2', true, 'Exécution', 2, 'C1', 3000000, 3000000, null)
) t(receipt_id, is_counted, sheet, row_number, award_id, committed_eur, paid_eur, comment);
create table raw.project_follow_up as from (values
    ('eco-t2', true, 'Suivi', 2::bigint, 'PAS', 160000000.00::decimal(18, 2), 200000000.00::decimal(18, 2),
     150000000.00::decimal(18, 2), 50000000.00::decimal(18, 2), 40.00::decimal(9, 2), 50.00::decimal(9, 2),
     0.25::decimal(18, 6), 0.25::decimal(18, 6), true),
    ('eco-t2', true, 'Suivi', 3, 'PILAT', 8500000, 8000000, null, null, 24, 24, -0.058824, 0, false)
) t(receipt_id, is_counted, sheet, row_number, project_name, initial_cost_eur, current_cost_eur, investment_eur,
    maintenance_two_years_eur, initial_duration_months, current_duration_months, declared_budget_slippage_ratio,
    declared_calendar_slippage_ratio, has_dinum_opinion);
alter table raw.project_follow_up add column phase varchar default 'Cadrage';
alter table raw.project_follow_up add column is_rebaselined boolean default false;
alter table raw.project_follow_up add column rebaselined_on date;
create table reference.phases as from (values (1, 'Cadrage'), (2, 'Conception / Réalisation')) t(phase_rank, phase);
create table raw.applications as from (values
    ('d7-a', false, '7', 'en_instruction', 'Commune d''Essai', 200000.00::decimal(18, 2), 100000.00::decimal(18, 2),
     null::decimal(18, 2)),
    ('d7-b', true, '7', 'accepte', 'Commune d''Essai', 200000, 100000, 90000.50)
) t(receipt_id, is_counted, dossier_number, state, beneficiary_name, total_cost_eur, requested_eur, awarded_eur);
create table raw.cost_items as from (values
    ('d7-a', false, '7', 1.10::decimal(18, 2)), ('d7-b', true, '7', 2.20)
) t(receipt_id, is_counted, dossier_number, cost_eur);
create table raw.deleted_applications (receipt_id varchar, is_counted boolean, dossier_number varchar);
create table raw.rejects as from (values
    ('eco-t2', 'awards', 'Subventions', 5::bigint, 'Coût du projet (€)', '-10', 'minimum', 'Montant négatif.'),
    ('eco-t2', 'awards', 'Subventions', 5, 'Ligne du fonds', 'ITN9', 'enum', 'Ligne inconnue.')
) t(receipt_id, table_name, sheet, row_number, column_name, value, rule, sentence);
create table raw.rejected_amounts as from (values
    ('eco-t2', 'awards', 'Subventions', 5::bigint, 'A4', null::varchar, 'awarded_eur', 0.00::decimal(18, 2)),
    ('eco-t2', 'awards', 'Subventions', 5, 'A4', null, 'project_cost_eur', -10)
) t(receipt_id, table_name, sheet, row_number, award_id, line_code, column_name, rejected_eur);
create table raw.file_tables as from (values
    ('p1706', 'panorama_projects', 2::bigint, 2::bigint, 0::bigint, true),
    ('p1903', 'panorama_projects', 3, 3, 0, true), ('p2111', 'panorama_projects', 2, 2, 0, true),
    ('eco-t1', 'cover', 1, 1, 0, true), ('eco-t1', 'awards', 1, 1, 0, true), ('eco-t1', 'execution', 1, 1, 0, true),
    ('eco-t2', 'project_follow_up', 2, 2, 0, true),
    ('eco-t2', 'cover', 1, 1, 0, true), ('eco-t2', 'awards', 4, 3, 1, true), ('eco-t2', 'execution', 2, 2, 0, true),
    ('cot-t2', 'cover', 1, 1, 0, true), ('cot-t2', 'awards', 1, 1, 0, true), ('cot-t2', 'execution', 1, 1, 0, true),
    ('d7-a', 'applications', 1, 1, 0, false), ('d7-a', 'cost_items', 1, 1, 0, false),
    ('d7-b', 'applications', 1, 1, 0, true), ('d7-b', 'cost_items', 1, 1, 0, true)
) t(receipt_id, table_name, rows_in, rows_accepted, rows_rejected, is_counted);
alter table raw.file_tables add column undecided varchar;
alter table raw.file_tables add column is_retained boolean;
update raw.file_tables set is_retained = true;
alter table raw.file_tables add column cells_corrected bigint default 0;
update raw.file_tables set cells_corrected = 1 where receipt_id = 'eco-t2' and table_name = 'awards';
create table raw.corrections as from (values
    ('eco-t2', 'awards', 'Subventions', 5::bigint, 'SIRET du bénéficiaire', '123', null::varchar, 'siret-length',
     'À vérifier.')
) t(receipt_id, table_name, sheet, row_number, column_name, value_sent, value_read, rule, sentence);
create table raw.file_amounts as from (values
    ('p1706', 'panorama_projects', 'planned_cost_eur', 2561100000.00::decimal(18, 2), 2561100000.00::decimal(18, 2),
     0.00::decimal(18, 2)),
    ('p1903', 'panorama_projects', 'planned_cost_eur', 32000000.50, 32000000.50, 0),
    ('p2111', 'panorama_projects', 'planned_cost_eur', 2511855847.60, 2511855847.60, 0),
    ('eco-t1', 'awards', 'awarded_eur', 1000000, 1000000, 0),
    ('eco-t1', 'execution', 'committed_eur', 400000, 400000, 0), ('eco-t1', 'execution', 'paid_eur', 0, 0, 0),
    ('eco-t2', 'awards', 'awarded_eur', 1700000.50, 1700000.50, 0),
    ('eco-t2', 'awards', 'project_cost_eur', 2299990, 2300000, -10),
    ('eco-t2', 'execution', 'committed_eur', 1100000.50, 1100000.50, 0),
    ('eco-t2', 'execution', 'paid_eur', 200000.25, 200000.25, 0),
    ('eco-t2', 'project_follow_up', 'current_cost_eur', 208000000, 208000000, 0),
    ('cot-t2', 'awards', 'awarded_eur', 3000000, 3000000, 0),
    ('cot-t2', 'awards', 'project_cost_eur', 4000000, 4000000, 0),
    ('cot-t2', 'execution', 'committed_eur', 3000000, 3000000, 0),
    ('cot-t2', 'execution', 'paid_eur', 3000000, 3000000, 0),
    ('d7-a', 'applications', 'total_cost_eur', 200000, 200000, 0),
    ('d7-a', 'cost_items', 'cost_eur', 1.10, 1.10, 0),
    ('d7-b', 'applications', 'total_cost_eur', 200000, 200000, 0),
    ('d7-b', 'applications', 'requested_eur', 100000, 100000, 0),
    ('d7-b', 'applications', 'awarded_eur', 90000.50, 90000.50, 0),
    ('d7-b', 'cost_items', 'cost_eur', 2.20, 2.20, 0)
) t(receipt_id, table_name, column_name, in_eur, accepted_eur, rejected_eur);
alter table raw.file_amounts alter in_eur type decimal(38, 18);
alter table raw.file_amounts add rounding_eur decimal(38, 18) default 0;
"""

MARTS = """
create table fund.reconciling_items as from reference.reconciling_items;
create table fund.award_execution as
    with latest as (
        select t.table_name, r.ministry_code, max(r.period) as period
        from raw.file_tables t join raw.receipts r using (receipt_id)
        where t.is_counted and r.kind = 'submission' group by all
    )
    select
        a.award_id, r.ministry_code, r.period, a.line_code, a.beneficiary_name, a.awarded_eur,
        coalesce(e.committed_eur, 0)::decimal(18, 2) as committed_eur,
        coalesce(e.paid_eur, 0)::decimal(18, 2) as paid_eur,
        a.receipt_id, a.sheet, a.row_number
    from raw.awards a
    join raw.receipts r using (receipt_id)
    join latest l on l.table_name = 'awards' and l.ministry_code = r.ministry_code and l.period = r.period
    left join (
        select x.award_id, x.committed_eur, x.paid_eur, y.ministry_code
        from raw.execution x join raw.receipts y using (receipt_id)
        join latest z on z.table_name = 'execution' and z.ministry_code = y.ministry_code and z.period = y.period
        where x.is_counted
    ) e on e.award_id = a.award_id and e.ministry_code = r.ministry_code
    where a.is_counted;
create table fund.fund_line_execution as
    select
        l.line_code, l.object, l.scope, l.allocated_eur,
        coalesce(sum(a.awarded_eur), 0)::decimal(18, 2) as awarded_eur,
        coalesce(sum(a.committed_eur), 0)::decimal(18, 2) as committed_eur,
        coalesce(sum(a.paid_eur), 0)::decimal(18, 2) as paid_eur,
        (l.allocated_eur - coalesce(sum(a.awarded_eur), 0))::decimal(18, 2) as remaining_eur
    from reference.fund_lines l left join fund.award_execution a using (line_code)
    group by l.line_code, l.object, l.scope, l.allocated_eur;
create table fund.fund_overview as
    select
        e.scope, e.amount_eur as envelope_eur, sum(l.allocated_eur)::decimal(18, 2) as allocated_eur,
        (e.amount_eur - sum(l.allocated_eur))::decimal(18, 2) as unallocated_eur,
        sum(l.awarded_eur)::decimal(18, 2) as awarded_eur, sum(l.committed_eur)::decimal(18, 2) as committed_eur,
        sum(l.paid_eur)::decimal(18, 2) as paid_eur
    from reference.envelopes e join fund.fund_line_execution l on e.scope in (l.scope, 'whole')
    group by e.scope, e.amount_eur;
create table fund.money_at_risk as
    with accepted as (
        unpivot (select ministry_code, line_code, awarded_eur, committed_eur, paid_eur from fund.award_execution)
            on awarded_eur, committed_eur, paid_eur into name column_name value accepted_eur
    ), latest as (
        select r.ministry_code, a.column_name, a.rejected_eur, a.accepted_eur, t.rows_rejected
        from raw.file_amounts a
        join raw.file_tables t using (receipt_id, table_name) join raw.receipts r using (receipt_id)
        where t.is_counted and a.column_name in ('awarded_eur', 'committed_eur', 'paid_eur')
        qualify r.period = max(r.period) over (partition by r.ministry_code, a.column_name)
    ), by_line as (
        select
            ministry_code, line_code, column_name, sum(accepted_eur) as accepted_eur, 0 as rejected_eur,
            0 as rejected_row_count, 0 as without_award_eur
        from accepted group by all
        union all
        select
            ministry_code, null, column_name, 0, rejected_eur, rows_rejected, accepted_eur - coalesce((
                select sum(a.accepted_eur) from accepted a
                where a.ministry_code = latest.ministry_code and a.column_name = latest.column_name
            ), 0)
        from latest
    )
    select
        ministry_code, line_code, replace(column_name, '_eur', '') as figure,
        accepted_eur::decimal(18, 2) as accepted_eur, rejected_eur::decimal(18, 2) as rejected_eur,
        rejected_row_count, without_award_eur::decimal(18, 2) as without_award_eur, 0::decimal(18, 2) as pending_eur,
        0::decimal(18, 2) as stale_eur, 0::decimal(18, 2) as carried_forward_eur, 0::decimal(38, 18) as rounding_eur
    from by_line where ministry_code in (select ministry_code from raw.receipts where kind = 'submission');
create table intermediate.int_money_at_risk__by_subject as
    select
        coalesce(line_code, 'whole') as subject, figure, sum(rejected_eur)::decimal(18, 2) as rejected_eur,
        sum(rejected_row_count)::bigint as rejected_row_count,
        sum(without_award_eur)::decimal(18, 2) as without_award_eur, sum(pending_eur)::decimal(18, 2) as pending_eur,
        sum(stale_eur)::decimal(18, 2) as stale_eur, sum(carried_forward_eur)::decimal(18, 2) as carried_forward_eur
    from fund.money_at_risk group by grouping sets ((line_code, figure), (figure)) having grouping(line_code) = 1
        or line_code is not null;
create table fund.fct_award as
    select *, line_code as fund_line_key, 'guichet' as call_key, 'DEP-63' as territory_key,
        '13000548100' || right('00' || length(beneficiary_name), 3) as beneficiary_siret
    from fund.award_execution;
create table fund.dim_fund_line as select line_code as fund_line_key from reference.fund_lines;
create table fund.dim_call as select 'guichet' as call_key;
create table shared.dim_territory as select 'DEP-63' as territory_key;
create table shared.dim_ministry as select distinct ministry_code from raw.receipts where ministry_code is not null;
create table fund.fund_history as
    select date '2021-10-01' as as_of_month, line_code, awarded_eur, committed_eur, paid_eur
    from fund.fund_line_execution
    union all
    select date '2021-09-01', 'ITN1', 1, 0, 0;
create table fund.fct_execution as
    with states as (
        select
            r.ministry_code, a.award_id, r.period, a.awarded_eur, coalesce(e.committed_eur, 0) as committed_eur,
            coalesce(e.paid_eur, 0) as paid_eur,
            e.receipt_id || '/execution/' || e.sheet || '/' || e.row_number as lineage_key
        from raw.awards a join raw.receipts r using (receipt_id)
        left join raw.execution e on e.receipt_id = a.receipt_id and e.award_id = a.award_id
        where a.is_counted
    )
    select
        *, awarded_eur - lag(awarded_eur, 1, 0) over award as awarded_in_period_eur,
        committed_eur - lag(committed_eur, 1, 0) over award as committed_in_period_eur,
        paid_eur - lag(paid_eur, 1, 0) over award as paid_in_period_eur,
        false as is_withdrawn, period = max(period) over (partition by ministry_code, award_id) as is_latest_period
    from states window award as (partition by ministry_code, award_id order by period);
create table fund.ministry_execution as
    select
        ministry_code, sum(awarded_eur) as awarded_eur, sum(committed_eur) as committed_eur, sum(paid_eur) as paid_eur
    from fund.award_execution group by all;
create table fund.territory_execution as
    select 'DEP-63' as place_key, sum(awarded_eur) as awarded_eur, sum(committed_eur) as committed_eur,
        sum(paid_eur) as paid_eur
    from fund.award_execution;
create table fund.period_execution as
    select
        '2021-T2' as period, sum(awarded_eur) as awarded_in_period_eur, sum(committed_eur) as committed_in_period_eur,
        sum(paid_eur) as paid_in_period_eur
    from fund.award_execution;
create table shared.dim_beneficiary as
    select distinct '13000548100' || right('00' || length(beneficiary_name), 3) as beneficiary_siret,
        true as is_siret_valid
    from (select beneficiary_name from raw.awards union all select beneficiary_name from raw.applications);
create table project.consolidated_overview as from fund.ministry_execution;
create table project.project_follow_up as
    select r.ministry_code, r.period, p.project_name as project_key, p.*
    from raw.project_follow_up p join raw.receipts r using (receipt_id);
create table project.fct_project_edition as
    select
        r.edition_month, p.project_name, p.is_interministerial, p.planned_duration_years, p.planned_cost_eur,
        p.receipt_id, p.sheet, p.row_number, p.project_name as project_key
    from raw.panorama_projects p join raw.receipts r using (receipt_id) where p.is_counted;
create table project.dim_edition as select distinct edition_month from project.fct_project_edition;
create table project.dim_project as
    select project_key from project.fct_project_edition union select project_key from project.project_follow_up;
create table project.project_watchlist as
    select project_key, project_name, 'above_9m_without_opinion' as reason
    from project.project_follow_up where current_cost_eur > 9000000 and not has_dinum_opinion;
create table project.project_trajectory as
    select
        receipt_id || '/' || row_number as lineage_key, project_key, project_name, 'observed' as basis,
        edition_month as stated_on, planned_cost_eur, first_value(planned_cost_eur) over project as first_cost_eur,
        planned_duration_years * 12 as planned_duration_months,
        first_value(planned_duration_years) over project * 12 as first_duration_months,
        (planned_cost_eur / first_value(planned_cost_eur) over project - 1)::decimal(18, 6) as budget_slippage_ratio,
        null::decimal(18, 6) as calendar_slippage_ratio
    from project.fct_project_edition window project as (partition by project_key order by edition_month);
create table project.panorama_change_explained (
    basis varchar, figure varchar, stated_on date, is_explained boolean, difference decimal(28, 6),
    drift_part decimal(28, 6), entering_part decimal(28, 6), newly_published_part decimal(28, 6),
    leaving_part decimal(28, 6), no_longer_published_part decimal(28, 6), method_part decimal(28, 6),
    unexplained_part decimal(28, 6)
);
insert into project.panorama_change_explained values
    ('observed', 'mean_cost_eur', date '2021-11-01', true, 6, 1, 2, 3, 4, -5, 0.5, 0.5),
    ('published', 'mean_budget_slippage_ratio', date '2020-11-01', false, -0.082, null, null, null, null, null, 0,
     -0.082);
create table project.panorama_headline_releases as
    select
        *, release_number = max(release_number) over (partition by edition_month) as is_latest,
        release_number = max(release_number) over (partition by edition_month) as is_compared
    from reference.panorama_headlines;
create table project.panorama_overview as
    select
        coalesce(h.edition_month, r.edition_month) as edition_month, h.edition_number,
        count(p.project_name) as project_count, count(p.planned_cost_eur) as costed_project_count,
        count(*) filter (p.is_interministerial) as interministerial_project_count,
        sum(p.planned_cost_eur)::decimal(18, 2) as total_cost_eur,
        avg(p.planned_duration_years)::decimal(9, 4) as mean_duration_years,
        h.project_count as published_project_count,
        case h.edition_month when date '2020-11-01' then -8.2 end::decimal(9, 3) as budget_slippage_change_points,
        case h.edition_month when date '2020-11-01' then -2.0 end::decimal(9, 3) as calendar_slippage_change_points,
        r.receipt_id
    from (select * from project.panorama_headline_releases where is_latest) h
    full join (select * from raw.receipts where kind = 'panorama' and status = 'counted') r using (edition_month)
    left join project.fct_project_edition p on p.receipt_id = r.receipt_id group by all;
create table quality.edition_findings as
    select
        r.edition_month, r.receipt_id, r.file_name, t.rows_in, t.rows_rejected as rejected_row_count,
        coalesce(a.rejected_eur, 0)::decimal(18, 2) as rejected_cost_eur, 0::bigint as unread_cost_count,
        null::varchar as unread_cost_example, 0::bigint as unknown_phase_count, null::varchar as unknown_phase_example,
        0::bigint as unresolved_ministry_count, null::varchar as unresolved_ministry_example,
        r.edition_month in (select edition_month from reference.panorama_headlines) as has_headline,
        t.rows_rejected::bigint as finding_count
    from raw.receipts r
    join raw.file_tables t on r.receipt_id = t.receipt_id and t.table_name = 'panorama_projects'
    left join raw.file_amounts a on r.receipt_id = a.receipt_id and a.table_name = 'panorama_projects'
    where r.kind = 'panorama' and r.status = 'counted';
create table quality.received_files as
    select
        r.receipt_id, r.feed, r.kind, r.file_name, r.received_at_utc, r.ministry_code, r.period, r.edition_month,
        r.status, r.is_stale, r.reason, coalesce(sum(t.rows_in), 0)::bigint as rows_in,
        coalesce(sum(t.rows_accepted), 0)::bigint as rows_accepted,
        coalesce(sum(t.rows_rejected), 0)::bigint as rows_rejected
    from raw.receipts r left join raw.file_tables t using (receipt_id) group by all;
create table quality.rejected_rows as from raw.rejects;
create table quality.corrected_cells as from raw.corrections;
create table quality.feed_status as
    select
        *, case when expected_within_hours is null or not has_turns then null
            else coalesce(last_complete_turn_hours_ago > expected_within_hours, true) end as is_late
    from raw.feeds;
create table fund.fct_application as
    select a.*, 'ITN7' as line_code from raw.applications a join raw.file_tables t using (receipt_id)
    where t.table_name = 'applications' and t.is_counted;
"""

Audit = Callable[..., Verdict]


@pytest.fixture
def build_file(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def write(path: Path, *statements: str) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for several in filter(None, statements):
            connection.execute(several)


@pytest.fixture(scope="session")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which every control holds, as the publication before."""
    path = tmp_path_factory.mktemp("sound") / "before.duckdb"
    write(path, RECEIVED, MARTS)
    return path


@pytest.fixture
def audit(build_file: Path, sound_file: Path, tmp_path: Path) -> Audit:
    """Builds the file, broken as the test says, and audits it by the project's own register.

    `before` breaks the publication before, which is otherwise the same; None is to have none.
    """

    def run_on(
        received: str = "",
        marts: str = "",
        expectations: Path = EXPECTATIONS,
        before: str | None = "",
        accepted_files: Accepted | None = None,
    ) -> Verdict:
        write(build_file, RECEIVED, received, MARTS, marts)
        earlier = sound_file if before is not None else None
        if before:
            earlier = tmp_path / "before.duckdb"
            write(earlier, RECEIVED, MARTS, before)
        return run_audit(build_file, expectations, tmp_path, earlier, accepted_files)

    return run_on


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> dict[str, Batch]:
    """Compares the frames without Great Expectations, which takes three quarters of an audit; the frames by control.

    For what is not about Great Expectations; `test_controls` has it judge every mutation's frame.
    """
    batches_seen: dict[str, Batch] = {}

    def compare(batches: list[Batch], docs: Path) -> tuple[dict[str, Evidence], str]:
        batches_seen.update({batch.control.id: batch for batch in batches})
        return {batch.control.id: _compare(batch) for batch in batches}, "none"

    monkeypatch.setattr(run, "run_checkpoint", compare)
    return batches_seen


def _compare(batch: Batch) -> Evidence:
    frame = batch.frame
    within = frame["actual"].between(frame["lowest"], frame["highest"])
    rows = int(frame["stands_for"].sum())
    return Evidence(rows, 1, frozenset(frame.index[~within]), is_under_floor=rows < batch.floor)

-- What the controls of files share: temporary tables and views that stand while the controls are measured, before the
-- build on the files alone and in the audit on the built database. Everything is taken from what was received (raw).

-- One row a table of awards or execution that counts: beside it the one that stood before it, of the same period (which
-- it replaced) or of the one before. `caused_by` is whichever of the two was received last: it brought the difference.
create or replace temp table file_steps as
with tables as (

    select
        receipt.receipt_id,
        receipt.feed,
        receipt.ministry_code,
        receipt.period,
        receipt.file_name,
        receipt.received_at_utc,
        file_table.table_name,
        file_table.is_counted
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where
        receipt.kind = 'submission'
        and file_table.is_retained
        and file_table.table_name in ('awards', 'execution')

),

sequence as (

    select
        *,
        lag(receipt_id) over step as before_receipt_id,
        lag(period) over step as before_period,
        lag(file_name) over step as before_file_name,
        lag(received_at_utc) over step as before_received_at_utc
    from tables
    window
        step as (
            partition by ministry_code, table_name
            order by period, received_at_utc, feed, receipt_id
        )

)

select
    table_name,
    ministry_code,
    period,
    receipt_id,
    file_name,
    before_receipt_id,
    before_period,
    before_file_name,
    case when before_received_at_utc > received_at_utc then before_receipt_id else receipt_id end as caused_by,
    case when before_received_at_utc > received_at_utc then before_file_name else file_name end as caused_by_file
from sequence
where is_counted;

-- One row a ministry and period with a file: the awards and the execution that stand in it, and which came last.
create or replace temp table file_pairs as
with counted as (

    select
        step.table_name,
        step.ministry_code,
        step.period,
        step.receipt_id,
        step.file_name,
        receipt.received_at_utc
    from file_steps as step
    inner join raw.receipts as receipt on step.receipt_id = receipt.receipt_id

),

periods as (

    select distinct
        ministry_code,
        period
    from counted

),

standing as (

    select
        periods.ministry_code,
        periods.period,
        counted.table_name,
        counted.receipt_id,
        counted.file_name,
        counted.received_at_utc
    from periods
    inner join counted on periods.ministry_code = counted.ministry_code and periods.period >= counted.period
    qualify
        row_number() over (
            partition by periods.ministry_code, periods.period, counted.table_name
            order by counted.period desc, counted.received_at_utc desc
        ) = 1

)

select
    ministry_code,
    period,
    max(case when table_name = 'awards' then receipt_id end) as awards_receipt_id,
    max(case when table_name = 'execution' then receipt_id end) as execution_receipt_id,
    max_by(receipt_id, (received_at_utc, table_name)) as caused_by,
    max_by(file_name, (received_at_utc, table_name)) as caused_by_file
from standing
group by ministry_code, period;

-- One row a step and award of either of its two tables: what is granted, and what was before.
create or replace temp view award_changes as
with awards_now as (

    select
        step.receipt_id as step_receipt_id,
        award.award_id,
        award.line_code,
        award.awarded_eur
    from file_steps as step
    inner join raw.awards as award on step.receipt_id = award.receipt_id
    where step.table_name = 'awards'

),

awards_before as (

    select
        step.receipt_id as step_receipt_id,
        award.award_id,
        award.line_code,
        award.awarded_eur
    from file_steps as step
    inner join raw.awards as award on step.before_receipt_id = award.receipt_id
    where step.table_name = 'awards'

),

changes as (

    select
        awards_now.line_code,
        awards_before.line_code as line_code_before,
        awards_now.awarded_eur,
        awards_before.awarded_eur as awarded_before_eur,
        coalesce(awards_now.step_receipt_id, awards_before.step_receipt_id) as step_receipt_id,
        coalesce(awards_now.award_id, awards_before.award_id) as award_id
    from awards_now
    full outer join awards_before
        on awards_now.step_receipt_id = awards_before.step_receipt_id and awards_now.award_id = awards_before.award_id

)

select
    step.ministry_code,
    step.period,
    step.before_period,
    step.before_file_name,
    step.caused_by as receipt_id,
    step.caused_by_file as file_name,
    changes.award_id,
    changes.line_code,
    changes.line_code_before,
    changes.awarded_eur,
    changes.awarded_before_eur
from changes
inner join file_steps as step on changes.step_receipt_id = step.receipt_id and step.table_name = 'awards';

-- One row a step and award of either of its two tables of execution: what is committed and paid, and what was before.
create or replace temp view execution_changes as
with execution_now as (

    select
        step.receipt_id as step_receipt_id,
        execution.award_id,
        execution.committed_eur,
        execution.paid_eur,
        execution.comment
    from file_steps as step
    inner join raw.execution as execution on step.receipt_id = execution.receipt_id
    where step.table_name = 'execution'

),

execution_before as (

    select
        step.receipt_id as step_receipt_id,
        execution.award_id,
        execution.committed_eur,
        execution.paid_eur
    from file_steps as step
    inner join raw.execution as execution on step.before_receipt_id = execution.receipt_id
    where step.table_name = 'execution'

),

changes as (

    select
        execution_now.committed_eur,
        execution_now.paid_eur,
        execution_now.comment,
        execution_before.committed_eur as committed_before_eur,
        execution_before.paid_eur as paid_before_eur,
        coalesce(execution_now.step_receipt_id, execution_before.step_receipt_id) as step_receipt_id,
        coalesce(execution_now.award_id, execution_before.award_id) as award_id
    from execution_now
    full outer join execution_before
        on
            execution_now.step_receipt_id = execution_before.step_receipt_id
            and execution_now.award_id = execution_before.award_id

)

select
    step.ministry_code,
    step.period,
    step.before_period,
    step.before_file_name,
    step.caused_by as receipt_id,
    step.caused_by_file as file_name,
    changes.award_id,
    changes.comment,
    coalesce(changes.committed_eur, 0) as committed_eur,
    coalesce(changes.paid_eur, 0) as paid_eur,
    coalesce(changes.committed_before_eur, 0) as committed_before_eur,
    coalesce(changes.paid_before_eur, 0) as paid_before_eur
from changes
inner join file_steps as step on changes.step_receipt_id = step.receipt_id and step.table_name = 'execution';

-- One row an award of each pair: what it grants, what is committed and what is paid for it.
create or replace temp view executed_awards as
select
    pair.ministry_code,
    pair.period,
    pair.caused_by as receipt_id,
    pair.caused_by_file as file_name,
    award.award_id,
    award.beneficiary_name,
    award.awarded_eur,
    coalesce(execution.committed_eur, 0) as committed_eur,
    coalesce(execution.paid_eur, 0) as paid_eur
from file_pairs as pair
inner join raw.awards as award on pair.awards_receipt_id = award.receipt_id
left join raw.execution as execution
    on pair.execution_receipt_id = execution.receipt_id and award.award_id = execution.award_id;

-- One row a followed project of each ministry's latest table that counts.
create or replace temp view latest_follow_ups as
with latest as (

    select
        receipt.ministry_code,
        max_by(receipt.receipt_id, (receipt.period, receipt.received_at_utc)) as receipt_id
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where
        receipt.kind = 'submission'
        and file_table.is_counted
        and file_table.table_name = 'project_follow_up'
    group by receipt.ministry_code

)

select
    receipt.ministry_code,
    receipt.period,
    receipt.receipt_id,
    receipt.file_name,
    project.row_number,
    project.project_name,
    project.phase,
    project.initial_cost_eur,
    project.current_cost_eur,
    project.has_dinum_opinion,
    project.is_rebaselined,
    project.rebaselined_on,
    coalesce(project.sheet, 'unique') as sheet,
    receipt.ministry_code || '/' || project.project_name || '/' || receipt.period || '/' || project.row_number
        as subject
from latest
inner join raw.receipts as receipt on latest.receipt_id = receipt.receipt_id
inner join raw.project_follow_up as project on latest.receipt_id = project.receipt_id;

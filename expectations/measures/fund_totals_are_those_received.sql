-- One row a figure of the whole fund: the overview against the accepted rows of each ministry's latest tables,
-- taken from what was received and not from any model. Execution without an award is in no total; another control
-- names those rows.
with latest as (

    select
        receipt.ministry_code,
        file_table.table_name,
        max(receipt.period) as period
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where receipt.kind = 'submission' and file_table.is_counted
    group by receipt.ministry_code, file_table.table_name

),

counted as (

    select
        receipt.receipt_id,
        receipt.ministry_code,
        latest.table_name
    from raw.receipts as receipt
    inner join latest on receipt.ministry_code = latest.ministry_code and receipt.period = latest.period
    where receipt.kind = 'submission'

),

awards as (

    select
        counted.ministry_code,
        award.award_id,
        award.awarded_eur
    from raw.awards as award
    inner join counted on award.receipt_id = counted.receipt_id and counted.table_name = 'awards'
    where award.is_counted

),

execution as (

    select
        execution.committed_eur,
        execution.paid_eur
    from raw.execution as execution
    inner join counted on execution.receipt_id = counted.receipt_id and counted.table_name = 'execution'
    where
        execution.is_counted
        and exists (
            select 1
            from awards
            where awards.ministry_code = counted.ministry_code and awards.award_id = execution.award_id
        )

),

received as (

    select
        'awarded' as figure,
        'accordé' as figure_label,
        sum(awarded_eur) as amount_eur
    from awards
    union all
    select
        'committed' as figure,
        'engagé' as figure_label,
        sum(committed_eur) as amount_eur
    from execution
    union all
    select
        'paid' as figure,
        'payé' as figure_label,
        sum(paid_eur) as amount_eur
    from execution

),

risks as (

    select
        subject,
        figure,
        list(int_money_at_risk__by_subject) as at_risk
    from intermediate.int_money_at_risk__by_subject
    group by subject, figure

)

select
    received.figure as subject,
    received.figure_label,
    cast(coalesce(received.amount_eur, 0) * 100 as bigint) as expected,
    cast(
        case received.figure
            when 'awarded' then overview.awarded_eur
            when 'committed' then overview.committed_eur
            when 'paid' then overview.paid_eur
        end
        * 100 as bigint
    ) as actual,
    risks.at_risk
from received
inner join fund.fund_overview as overview on overview.scope = 'whole'
left join risks on risks.subject = 'whole' and received.figure = risks.figure

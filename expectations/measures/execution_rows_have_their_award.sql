-- One row an execution row of a ministry's latest execution table: how many of its awards it belongs to.
with latest as (

    select
        receipt.ministry_code,
        max(receipt.period) as period
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where receipt.kind = 'submission' and file_table.is_counted and file_table.table_name = 'execution'
    group by receipt.ministry_code

),

awards as (

    select
        ministry_code,
        award_id,
        count(*) as awards
    from fund.award_execution
    group by ministry_code, award_id

)

select
    execution.award_id,
    receipt.ministry_code,
    receipt.period,
    receipt.file_name,
    execution.row_number,
    cast(execution.committed_eur * 100 as bigint) as committed_cents,
    cast(execution.paid_eur * 100 as bigint) as paid_cents,
    cast(1 as bigint) as expected,
    cast(coalesce(awards.awards, 0) as bigint) as actual,
    receipt.ministry_code || '/' || execution.award_id as subject,
    coalesce(execution.sheet, 'unique') as sheet
from raw.execution as execution
inner join raw.receipts as receipt on execution.receipt_id = receipt.receipt_id
inner join latest on receipt.ministry_code = latest.ministry_code and receipt.period = latest.period
left join awards on receipt.ministry_code = awards.ministry_code and execution.award_id = awards.award_id
where execution.is_counted

-- Execution rows that the parser accepted in each ministry's latest execution table.
with latest as (

    select
        receipt.ministry_code,
        max(receipt.period) as period
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where receipt.kind = 'submission' and file_table.is_counted and file_table.table_name = 'execution'
    group by receipt.ministry_code

)

select cast(coalesce(sum(file_table.rows_accepted), 0) as bigint) as rows_expected
from raw.file_tables as file_table
inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
inner join latest on receipt.ministry_code = latest.ministry_code and receipt.period = latest.period
where file_table.is_counted and file_table.table_name = 'execution'

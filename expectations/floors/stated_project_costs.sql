-- Rows of awards and of follow-up that the parser accepted in the latest table of each ministry.
with latest as (

    select
        receipt.ministry_code,
        file_table.table_name,
        max_by(file_table.rows_accepted, (receipt.period, receipt.received_at_utc)) as rows_accepted
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where file_table.is_counted and file_table.table_name in ('awards', 'project_follow_up')
    group by receipt.ministry_code, file_table.table_name

)

select cast(coalesce(sum(rows_accepted), 0) as bigint) as rows_expected
from latest

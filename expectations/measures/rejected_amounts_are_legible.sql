-- One row a table of awards or execution that counts: its rejected rows of which an amount of the fund cannot be read.
with illegible as (

    select
        reject.receipt_id,
        reject.table_name,
        count(distinct coalesce(reject.sheet, '') || '/' || reject.row_number) as rows_illegible,
        min(reject.row_number) as first_row
    from raw.rejects as reject
    where reject.column_name in ('awarded_eur', 'committed_eur', 'paid_eur') and reject.rule <> 'minimum'
    group by reject.receipt_id, reject.table_name

)

select
    receipt.receipt_id,
    receipt.file_name,
    receipt.ministry_code,
    receipt.period,
    illegible.first_row,
    cast(0 as bigint) as expected,
    coalesce(illegible.rows_illegible, 0) as actual,
    receipt.ministry_code || '/' || receipt.period || '/' || file_table.table_name as subject
from raw.file_tables as file_table
inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join illegible
    on file_table.receipt_id = illegible.receipt_id and file_table.table_name = illegible.table_name
where file_table.is_counted and file_table.table_name in ('awards', 'execution')

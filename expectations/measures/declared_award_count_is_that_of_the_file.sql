-- One row a table of awards that counts: the number that its cover declares against the rows in the file, rejected ones
-- included.
select
    receipt.receipt_id,
    receipt.file_name,
    receipt.ministry_code,
    receipt.period,
    file_table.rows_rejected as rejected,
    cast(cover.declared_award_count as bigint) as expected,
    cast(file_table.rows_in as bigint) as actual,
    receipt.ministry_code || '/' || receipt.period as subject
from raw.file_tables as file_table
inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join raw.cover as cover on file_table.receipt_id = cover.receipt_id
where file_table.is_counted and file_table.table_name = 'awards'

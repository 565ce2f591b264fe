-- Three figures of the whole and of each ministry of which a table of awards or execution counts, or waits.
select cast(3 + 3 * count(distinct receipt.ministry_code) as bigint) as rows_expected
from raw.file_tables as file_table
inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
where
    receipt.kind = 'submission'
    and file_table.table_name in ('awards', 'execution')
    and (file_table.is_counted or receipt.status = 'pending')

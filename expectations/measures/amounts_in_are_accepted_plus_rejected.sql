-- One row a column of amounts of a received file: its sum against what was accepted and what was rejected.
select
    receipt.file_name,
    file_amount.table_name,
    file_amount.column_name,
    cast(file_amount.in_eur * 100 as bigint) as expected,
    cast((file_amount.accepted_eur + file_amount.rejected_eur) * 100 as bigint) as actual,
    file_amount.receipt_id || '/' || file_amount.table_name || '/' || file_amount.column_name as subject
from raw.file_amounts as file_amount
left join raw.receipts as receipt on file_amount.receipt_id = receipt.receipt_id

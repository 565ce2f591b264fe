-- One row a table of a received file: the rows read against those accepted and those rejected.
select
    receipt.file_name,
    file_table.table_name,
    cast(file_table.rows_in as bigint) as expected,
    cast(file_table.rows_accepted + file_table.rows_rejected as bigint) as actual,
    file_table.receipt_id || '/' || file_table.table_name as subject
from raw.file_tables as file_table
left join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id

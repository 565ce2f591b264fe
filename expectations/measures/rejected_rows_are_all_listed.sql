-- One row a table of a received file: the rows that the parser rejected against those that the mart lists.
select
    receipt.file_name,
    file_table.table_name,
    cast(file_table.rows_rejected as bigint) as expected,
    cast(count(distinct coalesce(rejected.sheet, '') || '/' || rejected.row_number) as bigint) as actual,
    file_table.receipt_id || '/' || file_table.table_name as subject
from raw.file_tables as file_table
left join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join quality.rejected_rows as rejected
    on file_table.receipt_id = rejected.receipt_id and file_table.table_name = rejected.table_name
group by file_table.receipt_id, file_table.table_name, receipt.file_name, file_table.rows_rejected

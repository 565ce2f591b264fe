-- One row a table of a received file: the cells that the parser cleared or repaired against those that the mart lists.
select
    receipt.file_name,
    file_table.table_name,
    cast(file_table.cells_corrected as bigint) as expected,
    cast(count(corrected.row_number) as bigint) as actual,
    file_table.receipt_id || '/' || file_table.table_name as subject
from raw.file_tables as file_table
left join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join quality.corrected_cells as corrected
    on file_table.receipt_id = corrected.receipt_id and file_table.table_name = corrected.table_name
group by file_table.receipt_id, file_table.table_name, receipt.file_name, file_table.cells_corrected

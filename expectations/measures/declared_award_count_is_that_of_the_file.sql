-- One row a table of awards that counts: the number that its cover declares, as received, against the mart's count
-- of the rows in the file, rejected ones included. Without a declared number the mart has no row.
select
    receipt.file_name,
    receipt.ministry_code,
    receipt.period,
    file_table.rows_rejected as rejected,
    cast(cover.declared_award_count as bigint) as expected,
    cast(
        case
            when cover.declared_award_count is null then file_table.rows_in
            else declared.counted_in_file
        end as bigint
    ) as actual,
    receipt.ministry_code || '/' || receipt.period || '/' || receipt.receipt_id as subject
from raw.file_tables as file_table
inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join raw.cover as cover on file_table.receipt_id = cover.receipt_id
left join quality.declared_totals as declared
    on file_table.receipt_id = declared.receipt_id and declared.figure = 'award_count'
where file_table.is_counted and file_table.table_name = 'awards'

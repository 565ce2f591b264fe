-- One row an amount of a table that counts: what its rejected rows say, which is in no total.
select
    receipt.receipt_id,
    receipt.file_name,
    receipt.ministry_code,
    receipt.period,
    file_table.rows_rejected,
    cast(0 as bigint) as expected,
    cast(abs(amount.rejected_eur) * 100 as bigint) as actual,
    case amount.column_name
        when 'awarded_eur' then 'accordé'
        when 'committed_eur' then 'engagé, AE'
        else 'payé, CP'
    end as figure_label,
    receipt.ministry_code || '/' || receipt.period || '/' || amount.column_name as subject
from raw.file_amounts as amount
inner join raw.file_tables as file_table
    on amount.receipt_id = file_table.receipt_id and amount.table_name = file_table.table_name
inner join raw.receipts as receipt on amount.receipt_id = receipt.receipt_id
where
    receipt.kind = 'submission'
    and file_table.is_counted
    and amount.column_name in ('awarded_eur', 'committed_eur', 'paid_eur')

-- One row an amount of the fund in a table that counts: its rejected rows of which that amount cannot be read.
with legible as (

    select
        receipt_id,
        table_name,
        column_name,
        count(*) as rows_legible
    from raw.rejected_amounts
    group by receipt_id, table_name, column_name

)

select
    receipt.receipt_id,
    receipt.file_name,
    receipt.ministry_code,
    receipt.period,
    cast(0 as bigint) as expected,
    cast(file_table.rows_rejected - coalesce(legible.rows_legible, 0) as bigint) as actual,
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
left join legible
    on
        amount.receipt_id = legible.receipt_id
        and amount.table_name = legible.table_name
        and amount.column_name = legible.column_name
where
    receipt.kind = 'submission'
    and file_table.is_counted
    and amount.column_name in ('awarded_eur', 'committed_eur', 'paid_eur')

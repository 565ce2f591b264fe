-- One row an amount that a cover declares of a table that counts: what it declares against the sum of the rows in the
-- file, rejected ones included.
with figures as (

    select
        'awards' as table_name,
        'awarded_eur' as figure,
        'accordé' as figure_label
    union all
    select
        'execution' as table_name,
        'committed_eur' as figure,
        'engagé, AE' as figure_label
    union all
    select
        'execution' as table_name,
        'paid_eur' as figure,
        'payé, CP' as figure_label

)

select
    receipt.receipt_id,
    receipt.file_name,
    receipt.ministry_code,
    receipt.period,
    figures.figure_label,
    cast(coalesce(file_amount.rejected_eur, 0) * 100 as bigint) as rejected_cents,
    cast(
        case figures.figure
            when 'awarded_eur' then cover.declared_awarded_eur
            when 'committed_eur' then cover.declared_committed_eur
            when 'paid_eur' then cover.declared_paid_eur
        end
        * 100 as bigint
    ) as expected,
    cast(coalesce(file_amount.accepted_eur + file_amount.rejected_eur, 0) * 100 as bigint) as actual,
    receipt.ministry_code || '/' || receipt.period || '/' || figures.figure as subject
from raw.file_tables as file_table
inner join figures on file_table.table_name = figures.table_name
inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join raw.cover as cover on file_table.receipt_id = cover.receipt_id
left join raw.file_amounts as file_amount
    on
        file_table.receipt_id = file_amount.receipt_id
        and file_table.table_name = file_amount.table_name
        and figures.figure = file_amount.column_name
where file_table.is_counted

-- One row an amount that a cover declares of a table that counts: what it declares, as received, against the mart's
-- sum of the rows in the file, rejected ones included. Without a declared amount the mart has no row.
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

),

declared_by_cover as (

    select
        receipt.receipt_id,
        receipt.file_name,
        receipt.ministry_code,
        receipt.period,
        figures.table_name,
        figures.figure,
        figures.figure_label,
        case figures.figure
            when 'awarded_eur' then cover.declared_awarded_eur
            when 'committed_eur' then cover.declared_committed_eur
            when 'paid_eur' then cover.declared_paid_eur
        end as declared_eur
    from raw.file_tables as file_table
    inner join figures on file_table.table_name = figures.table_name
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    left join raw.cover as cover on file_table.receipt_id = cover.receipt_id
    where file_table.is_counted

)

select
    by_cover.file_name,
    by_cover.ministry_code,
    by_cover.period,
    by_cover.figure_label,
    cast(file_amount.rejected_eur * 100 as bigint) as rejected_cents,
    cast(by_cover.declared_eur * 100 as bigint) as expected,
    cast(
        case
            when by_cover.declared_eur is null then coalesce(file_amount.in_eur, 0)
            else declared.counted_in_file
        end
        * 100 as bigint
    ) as actual,
    by_cover.ministry_code || '/' || by_cover.period || '/' || by_cover.receipt_id || '/' || by_cover.figure as subject
from declared_by_cover as by_cover
left join raw.file_amounts as file_amount
    on
        by_cover.receipt_id = file_amount.receipt_id
        and by_cover.table_name = file_amount.table_name
        and by_cover.figure = file_amount.column_name
left join quality.declared_totals as declared
    on by_cover.receipt_id = declared.receipt_id and by_cover.figure = declared.figure

-- Of each ministry, period and table, the file that stands for it: the one received last.
with counted as (

    select
        receipts.ministry_code,
        receipts.period,
        file_tables.table_name,
        receipts.receipt_id,
        row_number() over (
            partition by receipts.ministry_code, receipts.period, file_tables.table_name
            order by receipts.received_at_utc desc nulls last, receipts.feed desc nulls last
        ) as recency
    from {{ ref('stg_landing__file_tables') }} as file_tables
    inner join {{ ref('stg_landing__receipts') }} as receipts on file_tables.receipt_id = receipts.receipt_id
    where
        receipts.kind = 'submission'
        and file_tables.is_counted

)

select
    ministry_code,
    period,
    table_name,
    receipt_id
from counted
where recency = 1

-- Submissions are cumulative, and a file replaces only the tables that it has: for each ministry and table, the latest
-- period for which a table counts. A table without rows counts too: it says that there is nothing.
with counted as (

    select
        receipts.ministry_code,
        receipts.period,
        file_tables.table_name,
        receipts.receipt_id,
        row_number() over (
            partition by receipts.ministry_code, file_tables.table_name
            order by
                receipts.period desc nulls last,
                receipts.received_at_utc desc nulls last,
                receipts.receipt_id desc nulls last
        ) as recency
    from {{ ref('stg_landing__file_tables') }} as file_tables
    inner join {{ ref('stg_landing__receipts') }} as receipts on file_tables.receipt_id = receipts.receipt_id
    where
        receipts.kind = 'submission'
        and file_tables.is_counted

)

select
    ministry_code,
    table_name,
    period,
    receipt_id
from counted
where recency = 1

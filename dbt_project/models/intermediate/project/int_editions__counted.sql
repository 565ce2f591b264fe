-- One file stands for an edition, also when two feeds deliver it: the one received last.
with counted as (

    select
        receipts.edition_month,
        receipts.receipt_id,
        row_number() over (
            partition by receipts.edition_month
            order by receipts.received_at_utc desc nulls last, receipts.feed desc nulls last
        ) as recency
    from {{ ref('stg_landing__file_tables') }} as file_tables
    inner join {{ ref('stg_landing__receipts') }} as receipts on file_tables.receipt_id = receipts.receipt_id
    where
        receipts.kind = 'panorama'
        and file_tables.table_name = 'panorama_projects'
        and file_tables.is_counted
        and receipts.edition_month is not null

)

select
    edition_month,
    receipt_id
from counted
where recency = 1

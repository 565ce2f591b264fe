with amounts as (

    select * from {{ ref('stg_landing__file_amounts') }}

),

receipts as (

    select * from {{ ref('stg_landing__receipts') }}

),

file_tables as (

    select * from {{ ref('stg_landing__file_tables') }}

)

select
    amounts.receipt_id,
    receipts.file_name,
    receipts.ministry_code,
    receipts.period,
    amounts.table_name,
    amounts.column_name,
    amounts.in_eur,
    amounts.accepted_eur,
    amounts.rejected_eur,
    amounts.rounding_eur,
    file_tables.is_counted
from amounts
inner join receipts on amounts.receipt_id = receipts.receipt_id
inner join file_tables
    on
        amounts.receipt_id = file_tables.receipt_id
        and amounts.table_name = file_tables.table_name
order by amounts.receipt_id nulls last, amounts.table_name nulls last, amounts.column_name nulls last

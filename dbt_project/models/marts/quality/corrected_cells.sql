with corrections as (

    select * from {{ ref('stg_landing__corrections') }}

),

receipts as (

    select * from {{ ref('stg_landing__receipts') }}

)

select
    corrections.receipt_id,
    receipts.file_name,
    receipts.ministry_code,
    receipts.period,
    corrections.table_name,
    corrections.sheet,
    corrections.row_number,
    corrections.column_name,
    corrections.value_sent,
    corrections.value_read,
    corrections.rule,
    corrections.sentence
from corrections
left join receipts on corrections.receipt_id = receipts.receipt_id
order by
    corrections.receipt_id nulls last,
    corrections.table_name nulls last,
    corrections.row_number nulls last,
    corrections.column_name nulls last,
    corrections.rule nulls last

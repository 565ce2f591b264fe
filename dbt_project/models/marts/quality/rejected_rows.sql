with rejects as (

    select * from {{ ref('stg_landing__rejects') }}

),

receipts as (

    select * from {{ ref('stg_landing__receipts') }}

)

select
    rejects.receipt_id,
    receipts.file_name,
    receipts.ministry_code,
    receipts.period,
    rejects.table_name,
    rejects.sheet,
    rejects.row_number,
    rejects.column_name,
    rejects.value,
    rejects.rule,
    rejects.sentence
from rejects
left join receipts on rejects.receipt_id = receipts.receipt_id
order by
    rejects.receipt_id nulls last,
    rejects.table_name nulls last,
    rejects.row_number nulls last,
    rejects.column_name nulls last,
    rejects.rule nulls last

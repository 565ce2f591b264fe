with source as (

    select * from {{ source('landing', 'file_tables') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(table_name as varchar) as table_name,
        cast(sheet as varchar) as sheet,
        cast(rows_in as bigint) as rows_in,
        cast(rows_accepted as bigint) as rows_accepted,
        cast(rows_rejected as bigint) as rows_rejected,
        cast(is_counted as boolean) as is_counted,
        cast(is_retained as boolean) as is_retained
    from source

)

select * from renamed

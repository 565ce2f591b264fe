with source as (

    select * from {{ source('landing', 'corrections') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(table_name as varchar) as table_name,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        cast(column_name as varchar) as column_name,
        cast(value_sent as varchar) as value_sent,
        cast(value_read as varchar) as value_read,
        cast(rule as varchar) as rule,
        cast(sentence as varchar) as sentence
    from source

)

select * from renamed

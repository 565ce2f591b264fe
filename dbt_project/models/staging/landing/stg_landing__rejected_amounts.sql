with source as (

    select * from {{ source('landing', 'rejected_amounts') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(table_name as varchar) as table_name,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        cast(award_id as varchar) as award_id,
        cast(line_code as varchar) as line_code,
        cast(column_name as varchar) as column_name,
        cast(rejected_eur as decimal(18, 2)) as rejected_eur
    from source

)

select * from renamed

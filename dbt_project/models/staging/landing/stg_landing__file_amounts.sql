with source as (

    select * from {{ source('landing', 'file_amounts') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(table_name as varchar) as table_name,
        cast(column_name as varchar) as column_name,
        cast(in_eur as decimal(38, 18)) as in_eur,
        cast(accepted_eur as decimal(18, 2)) as accepted_eur,
        cast(rejected_eur as decimal(18, 2)) as rejected_eur,
        cast(rounding_eur as decimal(38, 18)) as rounding_eur
    from source

)

select * from renamed

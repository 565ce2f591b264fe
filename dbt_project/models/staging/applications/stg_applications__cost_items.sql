with source as (

    select * from {{ source('applications', 'cost_items') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        {{ lineage_key('cost_items') }} as lineage_key,
        cast(dossier_number as varchar) as dossier_number,
        cast(item_name as varchar) as item_name,
        cast(cost_eur as decimal(18, 2)) as cost_eur
    from source

)

select * from renamed

with source as (

    select * from {{ source('applications', 'deleted_applications') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(dossier_number as varchar) as dossier_number,
        cast(state as varchar) as state,
        cast(reason as varchar) as reason,
        cast(deleted_on as date) as deleted_on
    from source

)

select * from renamed

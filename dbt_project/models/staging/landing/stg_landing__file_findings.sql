with source as (

    select * from {{ source('landing', 'file_findings') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(control_id as varchar) as control_id,
        cast(subject as varchar) as subject,
        cast(difference as varchar) as difference,
        cast(sentence as varchar) as sentence,
        cast(can_be_accepted as boolean) as can_be_accepted
    from source

)

select * from renamed

with source as (

    select * from {{ source('landing', 'file_decisions') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(decision as varchar) as decision,
        cast(who as varchar) as who,
        cast(decided_by as varchar) as decided_by,
        cast(decided_at_utc as timestamp) as decided_at_utc,
        cast(reason as varchar) as reason
    from source

)

select * from renamed

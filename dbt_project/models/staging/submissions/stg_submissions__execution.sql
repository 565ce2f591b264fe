with source as (

    select * from {{ source('submissions', 'execution') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        {{ lineage_key('execution') }} as lineage_key,
        cast(award_id as varchar) as award_id,
        cast(coalesce(award_id_as_sent, award_id) as varchar) as award_id_as_sent,
        cast(committed_eur as decimal(18, 2)) as committed_eur,
        cast(paid_eur as decimal(18, 2)) as paid_eur,
        cast(last_payment_on as date) as last_payment_on,
        cast(comment as varchar) as comment
    from source

)

select * from renamed

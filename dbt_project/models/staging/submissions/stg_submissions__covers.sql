with source as (

    select * from {{ source('submissions', 'cover') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(ministry_code as varchar) as ministry_code,
        cast(ministry_name as varchar) as ministry_name,
        cast(period as varchar) as period,
        cast(declared_award_count as bigint) as declared_award_count,
        cast(declared_awarded_eur as decimal(18, 2)) as declared_awarded_eur,
        cast(declared_committed_eur as decimal(18, 2)) as declared_committed_eur,
        cast(declared_paid_eur as decimal(18, 2)) as declared_paid_eur,
        cast(data_nature as varchar) as data_nature
    from source

)

select * from renamed

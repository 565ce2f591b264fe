with source as (

    select * from {{ source('landing', 'receipts') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(feed as varchar) as feed,
        cast(kind as varchar) as kind,
        cast(file_name as varchar) as file_name,
        cast(sha256 as varchar) as sha256,
        cast(size_bytes as bigint) as size_bytes,
        cast(received_at_utc as timestamp) as received_at_utc,
        cast(edition_month as date) as edition_month,
        cast(ministry_code as varchar) as ministry_code,
        cast(period as varchar) as period,
        cast(status as varchar) as status,
        cast(is_stale as boolean) as is_stale,
        cast(reason as varchar) as reason,
        cast(note as varchar) as note,
        cast(feedback_path as varchar) as feedback_path
    from source

)

select * from renamed

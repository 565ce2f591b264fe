-- A code that is in no reference stays, under the name with which its ministry signs.
with names as (

    select
        ministry_code,
        name as ministry_name,
        valid_from,
        valid_to,
        source,
        row_number() over (partition by ministry_code order by valid_from desc nulls last) as recency
    from {{ ref('ministry_names') }}

),

spellings as (

    select
        ministry_code,
        count(*) as spelling_count
    from {{ ref('ministry_synonyms') }}
    group by ministry_code

),

known as (

    select
        names.ministry_code,
        names.ministry_name,
        names.valid_from,
        names.valid_to,
        names.recency = 1 as is_latest_name,
        true as is_in_reference,
        coalesce(spellings.spelling_count, 0) as spelling_count,
        names.source as name_source
    from names
    left join spellings on names.ministry_code = spellings.ministry_code

),

signatures as (

    select
        receipts.ministry_code,
        covers.ministry_name,
        row_number() over (
            partition by receipts.ministry_code
            order by
                receipts.received_at_utc desc nulls last,
                receipts.status = 'counted' desc nulls last,
                receipts.file_name desc nulls last
        ) as recency
    from {{ ref('stg_landing__receipts') }} as receipts
    left join {{ ref('stg_submissions__covers') }} as covers on receipts.receipt_id = covers.receipt_id
    where
        receipts.kind = 'submission'
        and receipts.ministry_code is not null
        and receipts.status <> 'set_aside'

),

unknown_codes as (

    select
        signatures.ministry_code,
        signatures.ministry_name,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to,
        true as is_latest_name,
        false as is_in_reference,
        cast(0 as bigint) as spelling_count,
        'as sent' as name_source
    from signatures
    left join names
        on
            signatures.ministry_code = names.ministry_code
            and names.recency = 1
    where
        signatures.recency = 1
        and names.ministry_code is null

),

all_names as (

    select * from known
    union all
    select * from unknown_codes

)

select
    ministry_code,
    ministry_name,
    valid_from,
    valid_to,
    is_latest_name,
    is_in_reference,
    spelling_count,
    name_source,
    ministry_code || '@' || coalesce(cast(valid_from as varchar), '') as ministry_key
from all_names
order by ministry_code nulls last, valid_from nulls last

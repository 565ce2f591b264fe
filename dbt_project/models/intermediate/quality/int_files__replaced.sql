-- `same`: a file after another one for the same ministry and period, edition or dossier. `later`: the file that stands
-- for a period after the one that stands for the ministry's period before. A file that never stood for anything, since
-- another one of its collection run did, neither follows nor is followed.
with readable as (

    select
        receipts.kind,
        receipts.feed,
        receipts.ministry_code,
        receipts.period,
        receipts.edition_month,
        receipts.receipt_id,
        receipts.received_at_utc,
        file_tables.table_name,
        applications.dossier_number
    from {{ ref('stg_landing__receipts') }} as receipts
    inner join {{ ref('stg_landing__file_tables') }} as file_tables on receipts.receipt_id = file_tables.receipt_id
    left join {{ ref('stg_applications__applications') }} as applications
        on
            receipts.receipt_id = applications.receipt_id
            and file_tables.table_name = 'applications'
    where
        file_tables.is_retained
        and file_tables.table_name in ('awards', 'execution', 'project_follow_up', 'panorama_projects', 'applications')

),

sent_again as (

    select
        'same' as scope,
        ministry_code,
        period,
        edition_month,
        table_name,
        receipt_id as new_receipt_id,
        received_at_utc as restated_at_utc,
        lag(receipt_id) over (
            partition by kind, ministry_code, period, edition_month, dossier_number, table_name
            order by received_at_utc asc nulls last, feed asc nulls last
        ) as old_receipt_id
    from readable
    -- A version of a dossier that holds no accepted row cannot be told from another dossier's.
    where
        table_name <> 'applications'
        or dossier_number is not null

),

next_period as (

    select
        'later' as scope,
        by_period.ministry_code,
        by_period.period,
        cast(null as date) as edition_month,
        by_period.table_name,
        by_period.receipt_id as new_receipt_id,
        receipts.received_at_utc as restated_at_utc,
        lag(by_period.receipt_id) over (
            partition by by_period.ministry_code, by_period.table_name
            order by by_period.period asc nulls last
        ) as old_receipt_id
    from {{ ref('int_submission_tables__by_period') }} as by_period
    inner join {{ ref('stg_landing__receipts') }} as receipts on by_period.receipt_id = receipts.receipt_id
    where by_period.table_name in ('awards', 'project_follow_up')

),

pairs as (

    select * from sent_again
    union all
    select * from next_period

)

select
    scope,
    ministry_code,
    period,
    edition_month,
    table_name,
    old_receipt_id,
    new_receipt_id,
    restated_at_utc
from pairs
where old_receipt_id is not null

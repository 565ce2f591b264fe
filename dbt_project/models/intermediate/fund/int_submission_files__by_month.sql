-- What had been received by the end of each month, superseded since or not. Months run from the first submission to
-- the as-of date; the last one is the state of today.
with received as (

    select
        receipts.ministry_code,
        receipts.period,
        receipts.feed,
        receipts.receipt_id,
        receipts.received_at_utc,
        file_tables.table_name,
        cast({{ dbt.date_trunc('month', 'receipts.received_at_utc') }} as date) as received_month
    from {{ ref('stg_landing__receipts') }} as receipts
    inner join {{ ref('stg_landing__file_tables') }} as file_tables on receipts.receipt_id = file_tables.receipt_id
    where
        receipts.kind = 'submission'
        and file_tables.is_retained
        and file_tables.table_name in ('awards', 'execution')

),

months as (

    select calendar.date_day as as_of_month
    from {{ ref('int_calendar__days') }} as calendar
    cross join {{ ref('stg_landing__build') }} as build
    where
        extract(day from calendar.date_day) = 1
        and calendar.date_day <= build.as_of_date

),

known_by_then as (

    select
        months.as_of_month,
        received.ministry_code,
        received.table_name,
        received.period,
        received.feed,
        received.receipt_id,
        received.received_at_utc
    from months
    inner join received on months.as_of_month >= received.received_month

),

{{ submission_files('known_by_then', ['as_of_month', 'ministry_code']) }}

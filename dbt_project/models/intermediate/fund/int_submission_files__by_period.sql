-- A ministry that sends no file of a table for a period is known by the one before it: submissions are cumulative.
with tables as (

    select
        by_period.ministry_code,
        by_period.period,
        by_period.table_name,
        by_period.receipt_id,
        receipts.feed,
        receipts.received_at_utc
    from {{ ref('int_submission_tables__by_period') }} as by_period
    inner join {{ ref('stg_landing__receipts') }} as receipts on by_period.receipt_id = receipts.receipt_id
    where by_period.table_name in ('awards', 'execution')

),

periods as (

    select distinct
        ministry_code,
        period
    from tables

),

sequence as (

    select
        ministry_code,
        period,
        lag(period) over (partition by ministry_code order by period nulls last) as previous_period,
        lead(period) over (partition by ministry_code order by period nulls last) as next_period
    from periods

),

known_by_then as (

    select
        sequence.ministry_code,
        sequence.period as reporting_period,
        sequence.previous_period,
        sequence.next_period,
        tables.table_name,
        tables.period,
        tables.receipt_id,
        tables.feed,
        tables.received_at_utc
    from sequence
    inner join tables
        on
            sequence.ministry_code = tables.ministry_code
            and sequence.period >= tables.period

),

{{ submission_files('known_by_then', ['ministry_code', 'reporting_period', 'previous_period', 'next_period']) }}

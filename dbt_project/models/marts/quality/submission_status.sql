-- Who ever sent a file that could be read is expected to go on, from that period to the last one of the fund.
with received as (

    select
        receipts.ministry_code,
        receipts.period,
        receipts.receipt_id,
        receipts.received_at_utc,
        receipts.status
    from {{ ref('stg_landing__receipts') }} as receipts
    where
        receipts.kind = 'submission'
        and receipts.ministry_code is not null
        and receipts.period is not null

),

attempts as (

    select
        ministry_code,
        period,
        count(*) as file_count,
        {{ count_where("status = 'set_aside'") }} as set_aside_file_count,
        {{ count_where("status = 'pending'") }} as pending_file_count,
        {{ count_where("status = 'rejected'") }} as rejected_file_count,
        cast(min(case when status not in ('set_aside', 'rejected') then received_at_utc end) as date)
            as first_received_on,
        cast(max(case when status not in ('set_aside', 'rejected') then received_at_utc end) as date)
            as last_received_on
    from received
    group by ministry_code, period

),

restated as (

    select
        ministry_code,
        period,
        count(distinct new_receipt_id) as restating_file_count
    from {{ ref('int_files__replaced') }}
    where
        scope = 'same'
        and period is not null
    group by ministry_code, period

),

senders as (

    select
        ministry_code,
        min(period) as first_period
    from attempts
    where file_count > set_aside_file_count + pending_file_count + rejected_file_count
    group by ministry_code

),

expected as (

    select
        senders.ministry_code,
        periods.period
    from senders
    cross join {{ ref('int_calendar__periods') }} as periods
    cross join {{ ref('stg_landing__build') }} as build
    where
        periods.ends_on < build.as_of_date
        and periods.period >= senders.first_period
        and periods.period <= '{{ var("last_reporting_period") }}'

    union

    select
        ministry_code,
        period
    from attempts

),

dated as (

    select
        expected.ministry_code,
        expected.period,
        {{ period_end('expected.period') }} as period_end_on,
        cast(
            {{ dbt.dateadd('day', var('submission_due_within_days'), period_end('expected.period')) }} as date
        ) as due_on
    from expected

),

facts as (

    select
        dated.ministry_code,
        dated.period,
        dated.period_end_on,
        dated.due_on,
        attempts.first_received_on,
        attempts.last_received_on,
        coalesce(attempts.file_count, 0) as file_count,
        coalesce(attempts.set_aside_file_count, 0) as set_aside_file_count,
        coalesce(attempts.pending_file_count, 0) as pending_file_count,
        coalesce(attempts.rejected_file_count, 0) as rejected_file_count,
        coalesce(restated.restating_file_count, 0) as restating_file_count,
        coalesce(attempts.first_received_on > dated.due_on, dated.due_on < build.as_of_date) as is_late
    from dated
    cross join {{ ref('stg_landing__build') }} as build
    left join attempts
        on
            dated.ministry_code = attempts.ministry_code
            and dated.period = attempts.period
    left join restated
        on
            dated.ministry_code = restated.ministry_code
            and dated.period = restated.period

)

select
    ministry_code,
    period,
    period_end_on,
    due_on,
    is_late,
    first_received_on,
    last_received_on,
    file_count,
    set_aside_file_count,
    restating_file_count,
    pending_file_count,
    rejected_file_count,
    restating_file_count > 0 as is_restated,
    case
        when pending_file_count > 0 and file_count = set_aside_file_count + pending_file_count + rejected_file_count
            then 'pending'
        when first_received_on is null and file_count > 0 then 'rejected'
        when first_received_on is null and is_late then 'missing'
        when first_received_on is null then 'awaited'
        when restating_file_count > 0 then 'restated'
        when is_late then 'late'
        else 'received'
    end as status
from facts
order by ministry_code nulls last, period nulls last

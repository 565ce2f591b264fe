-- What stands for each ministry at the end of each period, and today (`latest`), and what would stand if the files
-- that wait for a decision counted: what the files say. Today a file that waits may be of a later period than any that
-- counts; whether a ministry is silent is seen at the last period for which one counts.
with receipts as (

    select
        receipt_id,
        feed,
        ministry_code,
        period,
        status,
        is_stale,
        received_at_utc
    from {{ ref('stg_landing__receipts') }}
    where
        kind = 'submission'
        and ministry_code is not null
        and period is not null

),

candidates as (

    select
        receipts.ministry_code,
        receipts.period,
        receipts.feed,
        receipts.receipt_id,
        receipts.received_at_utc,
        receipts.is_stale,
        file_tables.table_name,
        receipts.status = 'pending' as is_pending
    from receipts
    inner join {{ ref('stg_landing__file_tables') }} as file_tables on receipts.receipt_id = file_tables.receipt_id
    where
        file_tables.table_name in ('awards', 'execution')
        and (file_tables.is_counted or receipts.status = 'pending')

),

periods as (

    select distinct period
    from candidates
    where not is_pending

),

moments as (

    select
        period as as_of_period,
        period as last_period,
        period as reporting_period
    from periods

    union all

    select
        'latest' as as_of_period,
        '9999-T4' as last_period,
        (select max(periods.period) from periods) as reporting_period

),

ranked as (

    select
        moments.as_of_period,
        candidates.ministry_code,
        candidates.table_name,
        candidates.receipt_id,
        candidates.period,
        candidates.received_at_utc,
        candidates.is_stale,
        candidates.is_pending,
        row_number() over (
            partition by
                moments.as_of_period, candidates.ministry_code, candidates.table_name, candidates.is_pending
            order by
                candidates.period desc nulls last,
                candidates.received_at_utc desc nulls last,
                candidates.feed desc nulls last
        ) as recency,
        -- Of files of one collection run the one that counts is the later one, unless it was found to be stale.
        row_number() over (
            partition by moments.as_of_period, candidates.ministry_code, candidates.table_name
            order by
                candidates.period desc,
                candidates.received_at_utc desc,
                case when candidates.is_pending then 1 when candidates.is_stale then 2 else 0 end,
                candidates.feed desc,
                candidates.receipt_id desc
        ) as recency_of_all
    from moments
    inner join candidates on moments.last_period >= candidates.period

),

counting as (

    select * from ranked
    where
        not is_pending
        and recency = 1

),

said as (

    select * from ranked
    where recency_of_all = 1

),

-- A file that could not be read has no tables: it may have been any of them.
withheld as (

    select
        receipts.ministry_code,
        receipts.period,
        receipts.received_at_utc,
        file_tables.table_name
    from receipts
    left join {{ ref('stg_landing__file_tables') }} as file_tables
        on
            receipts.receipt_id = file_tables.receipt_id
            and file_tables.table_name <> 'cover'
    where receipts.status in ('set_aside', 'undecided', 'pending', 'rejected')

),

ministries as (

    select
        ministry_code,
        period
    from candidates

    union

    select
        ministry_code,
        period
    from withheld

),

followed_tables as (

    select 'awards' as table_name
    union all
    select 'execution' as table_name

),

expected as (

    select distinct
        moments.as_of_period,
        moments.last_period,
        moments.reporting_period,
        ministries.ministry_code,
        followed_tables.table_name
    from moments
    inner join ministries on moments.last_period >= ministries.period
    cross join followed_tables

),

superseding as (

    select distinct
        expected.as_of_period,
        expected.ministry_code,
        expected.table_name
    from expected
    inner join withheld
        on
            expected.ministry_code = withheld.ministry_code
            and expected.last_period >= withheld.period
            and expected.table_name = coalesce(withheld.table_name, expected.table_name)
    left join counting
        on
            expected.as_of_period = counting.as_of_period
            and expected.ministry_code = counting.ministry_code
            and expected.table_name = counting.table_name
    where
        counting.receipt_id is null
        or withheld.period > counting.period
        or (
            withheld.period = counting.period
            and (
                withheld.received_at_utc > counting.received_at_utc
                or (withheld.received_at_utc = counting.received_at_utc and counting.is_stale)
            )
        )

)

select
    expected.as_of_period,
    expected.ministry_code,
    expected.table_name,
    counting.receipt_id,
    said.receipt_id as said_receipt_id,
    superseding.table_name is not null as is_stale,
    superseding.table_name is null
    and coalesce(counting.period < expected.reporting_period, false) as is_carried_forward
from expected
left join counting
    on
        expected.as_of_period = counting.as_of_period
        and expected.ministry_code = counting.ministry_code
        and expected.table_name = counting.table_name
left join said
    on
        expected.as_of_period = said.as_of_period
        and expected.ministry_code = said.ministry_code
        and expected.table_name = said.table_name
left join superseding
    on
        expected.as_of_period = superseding.as_of_period
        and expected.ministry_code = superseding.ministry_code
        and expected.table_name = superseding.table_name

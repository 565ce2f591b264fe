with feeds as (

    select * from {{ ref('stg_landing__feeds') }}

),

receptions as (

    select
        feed,
        count(*) as received_count,
        max(received_at_utc) as last_received_at_utc
    from {{ ref('stg_landing__receipts') }}
    group by feed

)

select
    feeds.feed,
    feeds.kind,
    feeds.title_fr,
    feeds.is_nightly,
    feeds.expected_within_hours,
    receptions.last_received_at_utc,
    feeds.last_turn_days_ago,
    feeds.last_complete_turn_days_ago,
    feeds.problem_count,
    feeds.last_problem,
    coalesce(receptions.received_count, 0) as received_count,
    case
        when feeds.expected_within_hours is null or not feeds.has_turns then null
        when feeds.last_complete_turn_hours_ago is null then true
        else feeds.last_complete_turn_hours_ago > feeds.expected_within_hours
    end as is_late
from feeds
left join receptions on feeds.feed = receptions.feed
order by feeds.feed nulls last

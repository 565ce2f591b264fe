with source as (

    select * from {{ source('landing', 'feeds') }}

),

renamed as (

    select
        cast(feed as varchar) as feed,
        cast(kind as varchar) as kind,
        cast(title_fr as varchar) as title_fr,
        cast(is_nightly as boolean) as is_nightly,
        cast(expected_within_hours as bigint) as expected_within_hours,
        cast(has_turns as boolean) as has_turns,
        cast(last_turn_days_ago as bigint) as last_turn_days_ago,
        cast(last_complete_turn_days_ago as bigint) as last_complete_turn_days_ago,
        cast(last_complete_turn_hours_ago as bigint) as last_complete_turn_hours_ago,
        cast(problem_count as bigint) as problem_count,
        cast(last_problem as varchar) as last_problem
    from source

)

select * from renamed

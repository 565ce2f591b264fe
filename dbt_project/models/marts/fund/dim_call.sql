-- Calls are known by the names that awards and dossiers give them; the sources date only some of them.
with mentions as (

    select
        call_key,
        call_name,
        line_code,
        axis_code,
        awarded_on as mentioned_on,
        1 as award_count,
        0 as application_count,
        awarded_eur,
        cast(null as decimal(18, 2)) as requested_eur
    from {{ ref('fct_award') }}
    where call_key is not null

    union all

    select
        call_key,
        call_name,
        line_code,
        cast(null as varchar) as axis_code,
        filed_on as mentioned_on,
        0 as award_count,
        1 as application_count,
        cast(null as decimal(18, 2)) as awarded_eur,
        requested_eur
    from {{ ref('fct_application') }}
    where call_key is not null

),

dated as (

    select
        {{ name_key('call_name') }} as call_key,
        call_name,
        line_code,
        axis_code,
        opened_on,
        source
    from {{ ref('calls') }}

),

named as (

    select
        call_key,
        call_name,
        line_code,
        axis_code
    from mentions
    union all
    select
        call_key,
        call_name,
        line_code,
        axis_code
    from dated

),

calls as (

    select
        call_key,
        min(call_name) as call_name,
        count(distinct line_code) as line_count,
        min(line_code) as first_line_code,
        count(distinct coalesce(axis_code, '')) as axis_count,
        min(axis_code) as first_axis_code
    from named
    group by call_key

),

figures as (

    select
        call_key,
        cast(sum(award_count) as bigint) as award_count,
        cast(sum(application_count) as bigint) as application_count,
        {{ sum_eur_or_zero('awarded_eur') }} as awarded_eur,
        {{ sum_eur_or_zero('requested_eur') }} as requested_eur,
        min(mentioned_on) as first_mentioned_on
    from mentions
    group by call_key

)

select
    calls.call_key,
    dated.opened_on,
    dated.source as opened_on_source,
    figures.first_mentioned_on,
    cast(coalesce(figures.requested_eur, 0) as decimal(18, 2)) as requested_eur,
    cast(coalesce(figures.awarded_eur, 0) as decimal(18, 2)) as awarded_eur,
    coalesce(figures.application_count, 0) as application_count,
    coalesce(figures.award_count, 0) as award_count,
    coalesce(dated.call_name, calls.call_name) as call_name,
    case when calls.line_count = 1 then calls.first_line_code end as line_code,
    case when calls.line_count = 1 and calls.axis_count = 1 then calls.first_axis_code end as axis_code
from calls
left join dated on calls.call_key = dated.call_key
left join figures on calls.call_key = figures.call_key
order by calls.call_key nulls last

with seen as (

    select * from {{ ref('int_projects__last_seen') }}

),

-- Of a project that several ministries declare, the first by its code names it.
declared as (

    select
        *,
        row_number() over (
            partition by project_key
            order by period desc nulls last, ministry_code asc nulls last, project_name asc nulls last
        ) as recency
    from {{ ref('int_follow_ups__identified') }}

),

last_declared as (

    select * from declared
    where recency = 1

),

named as (

    select
        project_key,
        count(distinct project_name) as name_count
    from {{ ref('project_names') }}
    group by project_key

)

select
    named.project_key,
    named.name_count,
    seen.first_edition_month,
    seen.edition_month as last_edition_month,
    seen.left_edition_month,
    seen.left_reason,
    seen.last_cost_eur as last_planned_cost_eur,
    seen.last_cost_month as last_planned_cost_month,
    seen.last_duration_years as last_planned_duration_years,
    seen.last_duration_month as last_planned_duration_month,
    coalesce(seen.project_name, last_declared.project_name) as project_name,
    coalesce(seen.ministry_code, last_declared.ministry_code) as ministry_code,
    seen.project_key is not null as is_in_panorama,
    last_declared.project_key is not null as is_declared,
    coalesce(seen.edition_count, 0) as edition_count,
    coalesce(seen.is_in_latest_edition, false) as is_in_latest_edition,
    coalesce(seen.phase, case when seen.project_key is null then last_declared.phase end) as last_phase,
    coalesce(seen.starts_on, case when seen.project_key is null then last_declared.starts_on end) as starts_on
from named
left join seen on named.project_key = seen.project_key
left join last_declared on named.project_key = last_declared.project_key
order by named.project_key nulls last

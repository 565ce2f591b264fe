-- A ministry's projects: those that it leads in the panorama, left ones with their last figures, and those that it
-- declares. One that it both leads and declares stands once, with both sets of figures.
with seen as (

    select * from {{ ref('int_projects__last_seen') }}

),

declared as (

    select
        *,
        row_number() over (
            partition by ministry_code, project_key
            order by current_cost_eur desc nulls last, project_name asc nulls last
        ) as rank_of_cost
    from {{ ref('int_follow_ups__latest') }}

),

pairs as (

    select
        coalesce(ministry_code, 'unknown') as ministry_code,
        project_key
    from seen

    union

    select
        ministry_code,
        project_key
    from declared

),

watched as (

    select
        project_key,
        count(*) as watch_reason_count
    from {{ ref('project_watchlist') }}
    group by project_key

),

awarded as (

    select
        project_key,
        count(*) as award_count,
        {{ sum_eur('awarded_eur') }} as awarded_eur
    from {{ ref('bridge_award_project') }}
    where project_key is not null
    group by project_key

)

select
    pairs.ministry_code,
    pairs.project_key,
    projects.project_name,
    projects.is_in_latest_edition,
    seen.edition_month as last_edition_month,
    projects.left_edition_month,
    projects.left_reason,
    seen.phase as observed_phase,
    seen.planned_cost_eur as observed_cost_eur,
    seen.planned_duration_years as observed_duration_years,
    seen.is_withheld,
    seen.budget_slippage_ratio as observed_budget_slippage_ratio,
    seen.calendar_slippage_ratio as observed_calendar_slippage_ratio,
    declared.period as declared_period,
    declared.phase as declared_phase,
    declared.current_cost_eur as declared_cost_eur,
    declared.current_duration_months as declared_duration_months,
    declared.declared_budget_slippage_ratio,
    declared.declared_calendar_slippage_ratio,
    declared.has_dinum_opinion,
    cast(coalesce(awarded.awarded_eur, 0) as decimal(18, 2)) as awarded_eur,
    seen.project_key is not null as is_lead,
    coalesce(watched.watch_reason_count, 0) as watch_reason_count,
    coalesce(awarded.award_count, 0) as award_count
from pairs
inner join {{ ref('dim_project') }} as projects on pairs.project_key = projects.project_key
left join seen
    on
        pairs.project_key = seen.project_key
        and pairs.ministry_code = coalesce(seen.ministry_code, 'unknown')
left join declared
    on
        pairs.project_key = declared.project_key
        and pairs.ministry_code = declared.ministry_code
        and declared.rank_of_cost = 1
left join watched on pairs.project_key = watched.project_key
left join awarded on pairs.project_key = awarded.project_key
order by pairs.ministry_code nulls last, pairs.project_key nulls last

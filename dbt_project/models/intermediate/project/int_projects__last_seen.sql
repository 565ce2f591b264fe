-- A project as the last edition that lists it shows it, and the edition in which it was no longer there.
with editions as (

    select * from {{ ref('int_editions__in_sequence') }}

),

seen as (

    select
        trajectories.*,
        row_number() over (
            partition by trajectories.project_key order by trajectories.edition_month desc nulls last
        ) as recency,
        min(trajectories.edition_month) over (partition by trajectories.project_key) as first_edition_month,
        count(*) over (partition by trajectories.project_key) as edition_count,
        max(case when trajectories.planned_cost_eur is not null then trajectories.edition_month end) over (
            partition by trajectories.project_key
        ) as last_cost_month,
        max(case when trajectories.planned_duration_years is not null then trajectories.edition_month end) over (
            partition by trajectories.project_key
        ) as last_duration_month
    from {{ ref('int_project_trajectories__observed') }} as trajectories

)

select
    seen.edition_month,
    seen.project_key,
    seen.project_name,
    seen.project_name_key,
    seen.ministry_code,
    seen.phase,
    seen.is_withheld,
    seen.starts_on,
    seen.planned_duration_years,
    seen.planned_cost_eur,
    seen.baseline_number,
    seen.budget_slippage_ratio,
    seen.calendar_slippage_ratio,
    seen.current_baseline_budget_slippage_ratio,
    seen.current_baseline_calendar_slippage_ratio,
    seen.first_edition_month,
    seen.edition_count,
    seen.last_cost_month,
    seen.last_duration_month,
    last_costs.planned_cost_eur as last_cost_eur,
    last_durations.planned_duration_years as last_duration_years,
    editions.next_file_edition_month as left_edition_month,
    editions.next_file_edition_month is null as is_in_latest_edition,
    case when editions.next_file_edition_month is not null and seen.phase = 'Terminé' then 'ended' end as left_reason
from seen
inner join editions on seen.edition_month = editions.edition_month
left join {{ ref('int_project_editions__identified') }} as last_costs
    on seen.project_key = last_costs.project_key and seen.last_cost_month = last_costs.edition_month
left join {{ ref('int_project_editions__identified') }} as last_durations
    on seen.project_key = last_durations.project_key and seen.last_duration_month = last_durations.edition_month
where seen.recency = 1

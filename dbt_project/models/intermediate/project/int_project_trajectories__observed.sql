-- What the panorama lets one observe: each edition's figures against the first edition in which the project has the
-- figure, and against the first one of the baseline that holds.
with editions as (

    select * from {{ ref('int_project_baselines__observed') }}

),

marked as (

    select
        *,
        min(case when planned_cost_eur is not null then edition_month end) over (partition by project_key)
            as first_cost_month,
        min(case when planned_cost_eur is not null then edition_month end) over (
            partition by project_key, baseline_number
        ) as current_cost_month,
        min(case when planned_duration_years is not null then edition_month end) over (partition by project_key)
            as first_duration_month,
        min(case when planned_duration_years is not null then edition_month end) over (
            partition by project_key, baseline_number
        ) as current_duration_month
    from editions

),

based as (

    select
        marked.*,
        case when marked.edition_month >= marked.first_cost_month then first_costs.planned_cost_eur end
            as first_cost_eur,
        case when marked.edition_month >= marked.current_cost_month then current_costs.planned_cost_eur end
            as current_baseline_cost_eur,
        case when marked.edition_month >= marked.first_duration_month then first_durations.planned_duration_years end
            as first_duration_years,
        case
            when marked.edition_month >= marked.current_duration_month then current_durations.planned_duration_years
        end as current_baseline_duration_years
    from marked
    left join editions as first_costs
        on marked.project_key = first_costs.project_key and marked.first_cost_month = first_costs.edition_month
    left join editions as current_costs
        on marked.project_key = current_costs.project_key and marked.current_cost_month = current_costs.edition_month
    left join editions as first_durations
        on
            marked.project_key = first_durations.project_key
            and marked.first_duration_month = first_durations.edition_month
    left join editions as current_durations
        on
            marked.project_key = current_durations.project_key
            and marked.current_duration_month = current_durations.edition_month

)

-- The edition that gives the figure first is what the others are measured against: it has no slippage of its own.
select
    {{ edition_row_columns() }},
    project_key,
    seen_before_month,
    baseline_reason,
    baseline_number,
    first_cost_month,
    current_cost_month,
    first_duration_month,
    current_duration_month,
    first_cost_eur,
    current_baseline_cost_eur,
    first_duration_years,
    current_baseline_duration_years,
    case
        when edition_month > first_cost_month
            then {{ ratio('planned_cost_eur - first_cost_eur', 'first_cost_eur') }}
    end as budget_slippage_ratio,
    case
        when edition_month > first_duration_month
            then {{ ratio('planned_duration_years - first_duration_years', 'first_duration_years') }}
    end as calendar_slippage_ratio,
    case
        when edition_month > current_cost_month
            then {{ ratio('planned_cost_eur - current_baseline_cost_eur', 'current_baseline_cost_eur') }}
    end as current_baseline_budget_slippage_ratio,
    case
        when edition_month > current_duration_month
            then {{ ratio(
                'planned_duration_years - current_baseline_duration_years', 'current_baseline_duration_years'
            ) }}
    end as current_baseline_calendar_slippage_ratio
from based

-- Two histories of a project, one below the other and never mixed: what the editions let one observe, and what its
-- ministry declares.
with observed as (

    select
        lineage_key,
        project_key,
        'observed' as basis,
        ministry_code,
        project_name,
        edition_month as stated_on,
        cast(null as varchar) as period,
        phase,
        is_withheld,
        planned_cost_eur,
        {{ years_in_months('planned_duration_years') }} as planned_duration_months,
        baseline_number,
        baseline_reason,
        first_cost_month as first_cost_on,
        first_cost_eur,
        first_duration_month as first_duration_on,
        {{ years_in_months('first_duration_years') }} as first_duration_months,
        current_cost_month as current_cost_on,
        current_baseline_cost_eur,
        current_duration_month as current_duration_on,
        {{ years_in_months('current_baseline_duration_years') }} as current_baseline_duration_months,
        budget_slippage_ratio,
        calendar_slippage_ratio,
        current_baseline_budget_slippage_ratio,
        current_baseline_calendar_slippage_ratio
    from {{ ref('int_project_trajectories__observed') }}

),

-- The original baseline is dated by the start, a new one by the day that the ministry states.
declared as (

    select
        lineage_key,
        project_key,
        'declared' as basis,
        ministry_code,
        project_name,
        stated_on,
        period,
        phase,
        false as is_withheld,
        current_cost_eur as planned_cost_eur,
        cast(current_duration_months as decimal(9, 2)) as planned_duration_months,
        cast(case when is_rebaselined then 2 else 1 end as bigint) as baseline_number,
        case when is_rebaselined then 'declared' end as baseline_reason,
        starts_on as first_cost_on,
        initial_cost_eur as first_cost_eur,
        starts_on as first_duration_on,
        cast(initial_duration_months as decimal(9, 2)) as first_duration_months,
        case when is_rebaselined then rebaselined_on else starts_on end as current_cost_on,
        case when is_rebaselined then rebaselined_cost_eur else initial_cost_eur end as current_baseline_cost_eur,
        case when is_rebaselined then rebaselined_on else starts_on end as current_duration_on,
        cast(
            case when is_rebaselined then rebaselined_duration_months else initial_duration_months end
            as decimal(9, 2)
        ) as current_baseline_duration_months,
        declared_budget_slippage_ratio as budget_slippage_ratio,
        declared_calendar_slippage_ratio as calendar_slippage_ratio,
        case
            when is_rebaselined then rebaselined_budget_slippage_ratio else declared_budget_slippage_ratio
        end as current_baseline_budget_slippage_ratio,
        case
            when is_rebaselined then rebaselined_calendar_slippage_ratio else declared_calendar_slippage_ratio
        end as current_baseline_calendar_slippage_ratio
    from {{ ref('int_follow_ups__identified') }}

),

trajectories as (

    select * from observed
    union all
    select * from declared

)

select *
from trajectories
order by
    project_key nulls last, basis nulls last, stated_on nulls last, ministry_code nulls last, lineage_key nulls last

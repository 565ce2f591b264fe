-- One step of a declared project from the period before. A new trajectory begins a new count.
with steps as (

    select
        ministry_code,
        project_key,
        project_name,
        period,
        stated_on,
        {{ ratio(
            'current_cost_eur - lag(current_cost_eur) over (partition by ministry_code, project_key, is_rebaselined order by period nulls last)',
            'lag(current_cost_eur) over (partition by ministry_code, project_key, is_rebaselined order by period nulls last)'
        ) }} as budget_step_ratio,
        {{ ratio(
            'current_duration_months - lag(current_duration_months) over (partition by ministry_code, project_key, is_rebaselined order by period nulls last)',
            'lag(current_duration_months) over (partition by ministry_code, project_key, is_rebaselined order by period nulls last)'
        ) }} as calendar_step_ratio
    from {{ ref('int_follow_ups__identified') }}

)

select
    ministry_code,
    project_key,
    project_name,
    period,
    stated_on,
    budget_step_ratio,
    calendar_step_ratio,
    coalesce(budget_step_ratio > {{ var('drift_threshold_ratio') }}, false)
    or coalesce(calendar_step_ratio > {{ var('drift_threshold_ratio') }}, false) as is_drift
from steps

-- One step of a declared project from the period before. A new trajectory begins a new count.
with steps as (

    select
        ministry_code,
        project_key,
        project_name,
        period,
        stated_on,
        {{ step_ratio('current_cost_eur', 'ministry_code, project_key, is_rebaselined', 'period') }}
            as budget_step_ratio,
        {{ step_ratio('current_duration_months', 'ministry_code, project_key, is_rebaselined', 'period') }}
            as calendar_step_ratio
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

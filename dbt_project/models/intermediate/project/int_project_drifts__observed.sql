-- One step of a project from the edition before that has the figure. June 2017 gives tenths of a million and of a year,
-- later editions more digits: what is not above the threshold is rounding, not drift.
with costed as (

    select
        project_key,
        edition_month,
        baseline_number,
        'budget' as measure,
        {{ ratio(
            'planned_cost_eur - lag(planned_cost_eur) over (partition by project_key, baseline_number order by edition_month nulls last)',
            'lag(planned_cost_eur) over (partition by project_key, baseline_number order by edition_month nulls last)'
        ) }} as step_ratio
    from {{ ref('int_project_baselines__observed') }}
    where planned_cost_eur is not null

),

timed as (

    select
        project_key,
        edition_month,
        baseline_number,
        'calendar' as measure,
        {{ ratio(
            'planned_duration_years - lag(planned_duration_years) over (partition by project_key, baseline_number order by edition_month nulls last)',
            'lag(planned_duration_years) over (partition by project_key, baseline_number order by edition_month nulls last)'
        ) }} as step_ratio
    from {{ ref('int_project_baselines__observed') }}
    where planned_duration_years is not null

),

steps as (

    select * from costed
    union all
    select * from timed

)

select
    project_key,
    edition_month,
    baseline_number,
    measure,
    step_ratio,
    coalesce(step_ratio > {{ var('drift_threshold_ratio') }}, false) as is_drift
from steps

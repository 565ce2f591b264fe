-- One step of a project from the edition before that has the figure. June 2017 gives tenths of a million and of a year,
-- later editions more digits: what is not above the threshold is rounding, not drift.
with steps as (
    {%- for measure, figure in [('budget', 'planned_cost_eur'), ('calendar', 'planned_duration_years')] %}

        select
            project_key,
            edition_month,
            baseline_number,
            '{{ measure }}' as measure,
            {{ step_ratio(figure, 'project_key, baseline_number', 'edition_month') }} as step_ratio
        from {{ ref('int_project_baselines__observed') }}
        where {{ figure }} is not null
        {%- if not loop.last %}

            union all
        {%- endif %}
    {%- endfor %}

)

select
    project_key,
    edition_month,
    baseline_number,
    measure,
    step_ratio,
    coalesce(step_ratio > {{ var('drift_threshold_ratio') }}, false) as is_drift
from steps

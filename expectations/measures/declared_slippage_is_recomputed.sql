-- One row a followed project and slippage: what the ministry declares against what its own figures give.
with slippages as (

    select
        ministry_code,
        project_name,
        'budget' as slippage,
        'budgétaire' as slippage_label,
        declared_budget_slippage_ratio as declared_ratio,
        cast(
            cast(current_cost_eur - initial_cost_eur as decimal(28, 2)) * 1000000
            / nullif(initial_cost_eur, 0) as bigint
        ) as recomputed
    from project.project_follow_up

    union all

    select
        ministry_code,
        project_name,
        'calendar' as slippage,
        'calendaire' as slippage_label,
        declared_calendar_slippage_ratio as declared_ratio,
        cast(
            (current_duration_months - initial_duration_months) * 1000000 / nullif(initial_duration_months, 0) as bigint
        ) as recomputed
    from project.project_follow_up

)

select
    ministry_code,
    project_name,
    slippage_label,
    coalesce(recomputed, cast(cast(declared_ratio as decimal(28, 6)) * 1000000 as bigint), 0) as expected,
    coalesce(cast(cast(declared_ratio as decimal(28, 6)) * 1000000 as bigint), recomputed, 0) as actual,
    ministry_code || '/' || project_name || '/' || slippage as subject
from slippages

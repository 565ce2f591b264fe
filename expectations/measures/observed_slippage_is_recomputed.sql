-- One row a project, edition and slippage: what the trajectory gives against its own first and latest figures. Its
-- durations are published in years and kept in months of two decimals: half a hundredth of each may be rounding.
with slippages as (

    select
        lineage_key,
        project_name,
        stated_on,
        'budget' as slippage,
        'budgétaire' as slippage_label,
        budget_slippage_ratio as observed_ratio,
        cast(
            cast(planned_cost_eur - first_cost_eur as decimal(28, 2)) * 1000000 / nullif(first_cost_eur, 0) as bigint
        ) as recomputed,
        cast(1 as bigint) as rounding
    from project.project_trajectory
    where basis = 'observed'

    union all

    select
        lineage_key,
        project_name,
        stated_on,
        'calendar' as slippage,
        'calendaire' as slippage_label,
        calendar_slippage_ratio as observed_ratio,
        cast(
            (planned_duration_months - first_duration_months) * 1000000 / nullif(first_duration_months, 0) as bigint
        ) as recomputed,
        cast(
            1
            + ceil(
                5000
                * cast(first_duration_months + planned_duration_months as decimal(9, 2))
                / nullif(cast(first_duration_months as decimal(9, 2)) * cast(first_duration_months as decimal(9, 2)), 0)
            ) as bigint
        ) as rounding
    from project.project_trajectory
    where basis = 'observed'

)

select
    project_name,
    stated_on as stated_month,
    slippage_label,
    -- The edition that gives the first figure has no slippage yet.
    case when observed_ratio is null then 0 else coalesce(recomputed, 0) end as expected,
    coalesce(cast(cast(observed_ratio as decimal(28, 6)) * 1000000 as bigint), 0) as actual,
    coalesce(rounding, 1) as tolerance,
    lineage_key || '/' || slippage as subject
from slippages

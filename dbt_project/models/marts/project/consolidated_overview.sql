-- Both actions side by side. An award that pays for a project of the panorama is counted on both sides: the columns of
-- the two actions are never added up.
with funded as (

    select
        ministry_code,
        count(*) as award_count,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from {{ ref('award_execution') }}
    group by ministry_code

),

led as (

    select
        ministry_code,
        {{ count_where('is_lead and is_in_latest_edition') }} as project_count,
        {{ sum_eur_or_zero('case when is_lead and is_in_latest_edition then observed_cost_eur end') }}
            as project_cost_eur,
        {{ mean('case when is_lead and is_in_latest_edition then observed_budget_slippage_ratio end') }}
            as mean_observed_budget_slippage_ratio,
        {{ mean('case when is_lead and is_in_latest_edition then observed_calendar_slippage_ratio end') }}
            as mean_observed_calendar_slippage_ratio,
        {{ count_where('is_lead and is_in_latest_edition and watch_reason_count > 0') }} as watched_project_count,
        {{ count_where('is_lead and not is_in_latest_edition') }} as left_project_count,
        {{ count_where('declared_period is not null') }} as declared_project_count,
        {{ mean('declared_budget_slippage_ratio') }} as mean_declared_budget_slippage_ratio,
        {{ mean('declared_calendar_slippage_ratio') }} as mean_declared_calendar_slippage_ratio
    from {{ ref('ministry_projects') }}
    group by ministry_code

),

bridged as (

    select
        ministry_code,
        count(*) as award_with_project_count,
        {{ sum_eur('awarded_eur') }} as awarded_to_projects_eur
    from {{ ref('bridge_award_project') }}
    where is_project_known
    group by ministry_code

),

ministries as (

    select ministry_code from funded
    union
    select ministry_code from led

)

select
    ministries.ministry_code,
    cast(coalesce(funded.awarded_eur, 0) as decimal(18, 2)) as awarded_eur,
    cast(coalesce(funded.committed_eur, 0) as decimal(18, 2)) as committed_eur,
    cast(coalesce(funded.paid_eur, 0) as decimal(18, 2)) as paid_eur,
    cast(coalesce(led.project_cost_eur, 0) as decimal(18, 2)) as project_cost_eur,
    led.mean_observed_budget_slippage_ratio,
    led.mean_observed_calendar_slippage_ratio,
    led.mean_declared_budget_slippage_ratio,
    led.mean_declared_calendar_slippage_ratio,
    cast(coalesce(bridged.awarded_to_projects_eur, 0) as decimal(18, 2)) as awarded_to_projects_eur,
    coalesce(funded.award_count, 0) as award_count,
    coalesce(led.project_count, 0) as project_count,
    coalesce(led.watched_project_count, 0) as watched_project_count,
    coalesce(led.left_project_count, 0) as left_project_count,
    coalesce(led.declared_project_count, 0) as declared_project_count,
    coalesce(bridged.award_with_project_count, 0) as award_with_project_count
from ministries
left join funded on ministries.ministry_code = funded.ministry_code
left join led on ministries.ministry_code = led.ministry_code
left join bridged on ministries.ministry_code = bridged.ministry_code
order by ministries.ministry_code nulls last

-- A ministry that sent nothing for a period stands in it with its figures of before: no difference in that period.
with periods as (

    select distinct
        reporting_period as period,
        ministry_code
    from {{ ref('int_submission_files__by_period') }}

),

ministries as (

    select
        period,
        count(*) as reporting_ministry_count
    from periods
    group by period

),

newly_reporting as (

    select
        first_period as period,
        count(*) as ministry_count
    from (
        select
            ministry_code,
            min(period) as first_period
        from periods
        group by ministry_code
    ) as firsts
    group by first_period

),

executed as (

    select
        period,
        {{ sum_eur('awarded_in_period_eur') }} as awarded_in_period_eur,
        {{ sum_eur('committed_in_period_eur') }} as committed_in_period_eur,
        {{ sum_eur('paid_in_period_eur') }} as paid_in_period_eur,
        {{ count_where('is_correction') }} as correction_count
    from {{ ref('fct_execution') }}
    group by period

),

figures as (

    select
        ministries.period,
        ministries.reporting_ministry_count,
        coalesce(newly_reporting.ministry_count, 0) as new_ministry_count,
        coalesce(executed.correction_count, 0) as correction_count,
        coalesce(executed.awarded_in_period_eur, 0) as awarded_in_period_eur,
        coalesce(executed.committed_in_period_eur, 0) as committed_in_period_eur,
        coalesce(executed.paid_in_period_eur, 0) as paid_in_period_eur
    from ministries
    left join newly_reporting on ministries.period = newly_reporting.period
    left join executed on ministries.period = executed.period

),

cumulated as (

    select
        period,
        reporting_ministry_count,
        correction_count,
        cast(sum(new_ministry_count) over (order by period nulls last) - reporting_ministry_count as bigint)
            as carried_forward_ministry_count,
        cast(awarded_in_period_eur as decimal(18, 2)) as awarded_in_period_eur,
        cast(committed_in_period_eur as decimal(18, 2)) as committed_in_period_eur,
        cast(paid_in_period_eur as decimal(18, 2)) as paid_in_period_eur,
        cast(sum(awarded_in_period_eur) over (order by period nulls last) as decimal(18, 2)) as awarded_eur,
        cast(sum(committed_in_period_eur) over (order by period nulls last) as decimal(18, 2)) as committed_eur,
        cast(sum(paid_in_period_eur) over (order by period nulls last) as decimal(18, 2)) as paid_eur
    from figures

),

at_risk as (

    select
        as_of_period,
        {{ risk_sums() }}
    from {{ ref('int_money_at_risk__by_period') }}
    group by as_of_period

)

select
    cumulated.period,
    {{ period_end('cumulated.period') }} as period_end_on,
    cumulated.reporting_ministry_count,
    cumulated.carried_forward_ministry_count,
    cumulated.correction_count,
    cumulated.awarded_in_period_eur,
    cumulated.committed_in_period_eur,
    cumulated.paid_in_period_eur,
    cumulated.awarded_eur,
    cumulated.committed_eur,
    cumulated.paid_eur,
    {{ risk_columns('at_risk') }}
from cumulated
left join at_risk on cumulated.period = at_risk.as_of_period
order by cumulated.period nulls last

-- A ministry that says it has no award is there, at zero.
with ministries as (

    select
        ministry_code,
        period
    from {{ ref('int_submission_tables__latest') }}
    where table_name = 'awards'

),

executed as (

    select
        ministry_code,
        count(*) as award_count,
        count(distinct line_code) as line_count,
        count(distinct beneficiary_siret) as beneficiary_count,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur,
        max(execution_period) as execution_period
    from {{ ref('award_execution') }}
    group by ministry_code

),

names as (

    select
        ministry_code,
        ministry_name
    from {{ ref('dim_ministry') }}
    where is_latest_name

),

at_risk as (

    select
        ministry_code,
        {{ risk_sums() }}
    from {{ ref('money_at_risk') }}
    group by ministry_code

)

select
    ministries.ministry_code,
    names.ministry_name,
    ministries.period as awards_period,
    executed.execution_period,
    coalesce(executed.award_count, 0) as award_count,
    coalesce(executed.line_count, 0) as line_count,
    coalesce(executed.beneficiary_count, 0) as beneficiary_count,
    {{ execution_figures('executed') }},
    {{ risk_columns('at_risk') }}
from ministries
left join executed on ministries.ministry_code = executed.ministry_code
left join names on ministries.ministry_code = names.ministry_code
left join at_risk on ministries.ministry_code = at_risk.ministry_code
order by ministries.ministry_code nulls last

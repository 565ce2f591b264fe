with lines as (

    select * from {{ ref('fund_lines') }}

),

executed as (

    select
        line_code,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from {{ ref('award_execution') }}
    group by line_code

),

at_risk as (

    select
        subject,
        {{ risk_sums() }}
    from {{ ref('int_money_at_risk__by_subject') }}
    group by subject

)

select
    lines.line_code,
    lines.object,
    lines.scope,
    lines.allocated_eur,
    cast(coalesce(executed.awarded_eur, 0) as decimal(18, 2)) as awarded_eur,
    cast(coalesce(executed.committed_eur, 0) as decimal(18, 2)) as committed_eur,
    cast(coalesce(executed.paid_eur, 0) as decimal(18, 2)) as paid_eur,
    cast(lines.allocated_eur - coalesce(executed.awarded_eur, 0) as decimal(18, 2)) as remaining_eur,
    {{ risk_columns('at_risk') }}
from lines
left join executed on lines.line_code = executed.line_code
left join at_risk on lines.line_code = at_risk.subject
order by lines.line_code nulls last

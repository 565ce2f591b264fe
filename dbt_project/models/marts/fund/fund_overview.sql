with envelopes as (

    select * from {{ ref('envelopes') }}

),

lines as (

    select
        scope,
        {{ sum_eur('allocated_eur') }} as allocated_eur,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from {{ ref('fund_line_execution') }}
    group by scope

),

-- The whole is the sum of the lines, its envelope the one that the finance law states: a test compares it with the
-- envelopes of the two scopes.
whole as (

    select
        'whole' as scope,
        {{ sum_eur('allocated_eur') }} as allocated_eur,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from lines

),

totals as (

    select * from lines
    union all
    select * from whole

),

at_risk as (

    select
        subject,
        {{ risk_sums() }}
    from {{ ref('int_money_at_risk__by_subject') }}
    group by subject

)

select
    envelopes.scope,
    envelopes.amount_eur as envelope_eur,
    totals.allocated_eur,
    cast(envelopes.amount_eur - totals.allocated_eur as decimal(18, 2)) as unallocated_eur,
    totals.awarded_eur,
    totals.committed_eur,
    totals.paid_eur,
    {{ risk_columns('at_risk') }}
from envelopes
left join totals on envelopes.scope = totals.scope
left join at_risk on envelopes.scope = at_risk.subject
order by case envelopes.scope when 'whole' then 1 when 'state' then 2 else 3 end

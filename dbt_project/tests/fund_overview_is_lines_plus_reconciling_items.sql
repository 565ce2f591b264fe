-- Three rows are looked at, whatever is missing on either side: fund_overview has three (tested there).
with lines as (

    select
        scope,
        {{ sum_eur('allocated_eur') }} as allocated_eur,
        {{ sum_eur('awarded_eur') }} as awarded_eur
    from {{ ref('fund_line_execution') }}
    group by scope

),

items as (

    select
        scope,
        {{ sum_eur('amount_eur') }} as amount_eur
    from {{ ref('fund_reconciling_items') }}
    group by scope

),

by_scope as (

    select
        overview.scope,
        overview.envelope_eur,
        overview.awarded_eur,
        coalesce(lines.allocated_eur, 0) + coalesce(items.amount_eur, 0) as explained_eur,
        coalesce(lines.awarded_eur, 0) as lines_awarded_eur
    from {{ ref('fund_overview') }} as overview
    left join lines on overview.scope = lines.scope
    left join items on overview.scope = items.scope
    where overview.scope <> 'whole'

)

select *
from by_scope
where
    envelope_eur <> explained_eur
    or awarded_eur <> lines_awarded_eur

-- Totals that the sources state against the sum of the parts that they state; the two that are known to disagree (the
-- envelope against its lines, the checkpoint of October 2021) are registered, not tested here.
with figures as (

    select
        'envelope' as total,
        case when scope = 'whole' then amount_eur else 0 end as stated_eur,
        case when scope <> 'whole' then amount_eur else 0 end as part_eur
    from {{ ref('envelopes') }}

    union all

    select
        'territories' as total,
        amount_eur as stated_eur,
        0 as part_eur
    from {{ ref('envelopes') }}
    where scope = 'territories'

    union all

    select
        'territories' as total,
        0 as stated_eur,
        allocated_eur as part_eur
    from {{ ref('fund_lines') }}
    where line_code = 'ITN7'

    union all

    select
        'axes of ITN7' as total,
        allocated_eur as stated_eur,
        0 as part_eur
    from {{ ref('fund_lines') }}
    where line_code = 'ITN7'

    union all

    select
        'axes of ITN7' as total,
        0 as stated_eur,
        allocated_eur as part_eur
    from {{ ref('itn7_axes') }}

    union all

    select
        'digital transformation of the recovery plan' as total,
        case when kind = 'total' then amount_eur else 0 end as stated_eur,
        case when kind = 'part' then amount_eur else 0 end as part_eur
    from {{ ref('other_funds') }}

    union all

    select
        'digital transformation of the recovery plan' as total,
        0 as stated_eur,
        amount_eur as part_eur
    from {{ ref('envelopes') }}
    where scope = 'whole'

),

totals as (

    select
        total,
        {{ sum_eur('stated_eur') }} as stated_eur,
        {{ sum_eur('part_eur') }} as parts_eur
    from figures
    group by total

),

-- A total of which nothing is left would be compared with nothing.
looked_at as (

    select count(*) as total_count
    from totals
    where stated_eur > 0

)

select
    totals.total,
    totals.stated_eur,
    totals.parts_eur,
    looked_at.total_count
from looked_at
left join totals on looked_at.total_count <> 4 or totals.stated_eur <> totals.parts_eur
where
    totals.total is not null
    or looked_at.total_count <> 4

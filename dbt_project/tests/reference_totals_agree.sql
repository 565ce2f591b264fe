-- Totals that the sources state against the sum of the parts that they state; the two that are known to disagree (the
-- envelope against its lines, the checkpoint of October 2021) are registered, not tested here.
with totals as (

    select
        'envelope' as total,
        coalesce(sum(case when scope = 'whole' then amount_eur end), 0) as stated_eur,
        coalesce(sum(case when scope <> 'whole' then amount_eur end), 0) as parts_eur
    from {{ ref('envelopes') }}

    union all

    select
        'itn7_axes' as total,
        (select coalesce(sum(allocated_eur), 0) from {{ ref('fund_lines') }} where line_code = 'ITN7') as stated_eur,
        coalesce(sum(allocated_eur), 0) as parts_eur
    from {{ ref('itn7_axes') }}

    union all

    select
        'territories' as total,
        (select coalesce(sum(amount_eur), 0) from {{ ref('envelopes') }} where scope = 'territories') as stated_eur,
        coalesce(sum(allocated_eur), 0) as parts_eur
    from {{ ref('fund_lines') }}
    where line_code = 'ITN7'

    union all

    select
        'digital transformation of the recovery plan' as total,
        coalesce(sum(case when kind = 'total' then amount_eur end), 0) as stated_eur,
        coalesce(sum(case when kind = 'part' then amount_eur end), 0)
        + (select coalesce(sum(amount_eur), 0) from {{ ref('envelopes') }} where scope = 'whole') as parts_eur
    from {{ ref('other_funds') }}

)

select *
from totals
where
    stated_eur <> parts_eur
    or stated_eur = 0

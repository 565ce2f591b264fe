-- Every figure of the whole, the envelope included (the finance law states all three), against State plus territories.
with parts as (

    select
        cast(count(*) as bigint) as scope_count,
        {{ sum_eur_or_zero('envelope_eur') }} as envelope_eur,
        {{ sum_eur_or_zero('allocated_eur') }} as allocated_eur,
        {{ sum_eur_or_zero('unallocated_eur') }} as unallocated_eur,
        {{ sum_eur_or_zero('awarded_eur') }} as awarded_eur,
        {{ sum_eur_or_zero('committed_eur') }} as committed_eur,
        {{ sum_eur_or_zero('paid_eur') }} as paid_eur
    from {{ ref('fund_overview') }}
    where scope <> 'whole'

)

select parts.*
from parts
left join {{ ref('fund_overview') }} as whole
    on
        whole.scope = 'whole'
        and parts.scope_count = 2
        and parts.envelope_eur = whole.envelope_eur
        and parts.allocated_eur = whole.allocated_eur
        and parts.unallocated_eur = whole.unallocated_eur
        and parts.awarded_eur = whole.awarded_eur
        and parts.committed_eur = whole.committed_eur
        and parts.paid_eur = whole.paid_eur
where whole.scope is null

-- One row on each side, whatever is empty: the total by line is the total by award.
with by_line as (

    select
        {{ sum_eur_or_zero('awarded_eur') }} as awarded_eur,
        {{ sum_eur_or_zero('committed_eur') }} as committed_eur,
        {{ sum_eur_or_zero('paid_eur') }} as paid_eur,
        {{ sum_eur_or_zero('remaining_eur - allocated_eur') }} as less_remaining_eur
    from {{ ref('fund_line_execution') }}

),

by_award as (

    select
        {{ sum_eur_or_zero('awarded_eur') }} as awarded_eur,
        {{ sum_eur_or_zero('committed_eur') }} as committed_eur,
        {{ sum_eur_or_zero('paid_eur') }} as paid_eur
    from {{ ref('award_execution') }}

)

select by_line.*
from by_line
cross join by_award
where
    by_line.awarded_eur <> by_award.awarded_eur
    or by_line.committed_eur <> by_award.committed_eur
    or by_line.paid_eur <> by_award.paid_eur
    or by_line.less_remaining_eur <> -by_award.awarded_eur

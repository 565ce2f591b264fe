-- One row a total of the fund: how far it moved since the publication before, against a fifth of the envelope.
with figures (figure, figure_label) as (values ('awarded', 'accordés'), ('committed', 'engagés'), ('paid', 'payés')),

totals as (

    select
        figures.figure,
        figures.figure_label,
        cast(0.2 * 100 * overview.envelope_eur as bigint) as allowed,
        cast(
            100
            * case figures.figure
                when 'awarded' then overview.awarded_eur
                when 'committed' then overview.committed_eur
                else overview.paid_eur
            end as bigint
        ) as total_cents,
        cast(
            100
            * case figures.figure
                when 'awarded' then earlier.awarded_eur
                when 'committed' then earlier.committed_eur
                else earlier.paid_eur
            end as bigint
        ) as before_cents
    from fund.fund_overview as overview
    inner join before.fund_overview as earlier on overview.scope = earlier.scope
    cross join figures
    where overview.scope = 'whole'

)

select
    figure as subject,
    figure_label,
    total_cents,
    before_cents,
    allowed as expected,
    -- The first amounts of all are no movement.
    case when before_cents = 0 then 0 else abs(total_cents - before_cents) end as actual
from totals

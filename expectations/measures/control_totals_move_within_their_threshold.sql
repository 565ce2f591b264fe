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

),

risks as (

    select
        subject,
        figure,
        list(int_money_at_risk__by_subject) as at_risk
    from intermediate.int_money_at_risk__by_subject
    group by subject, figure

)

select
    totals.figure as subject,
    totals.figure_label,
    totals.total_cents,
    totals.before_cents,
    totals.allowed as expected,
    risks.at_risk,
    -- The first amounts of all are no movement.
    case when totals.before_cents = 0 then 0 else abs(totals.total_cents - totals.before_cents) end as actual
from totals
left join risks on risks.subject = 'whole' and totals.figure = risks.figure

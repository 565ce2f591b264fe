-- One row a fund line and figure: the line against its awards, and what remains of it.
with awards as (

    select
        line_code,
        sum(awarded_eur) as awarded_eur,
        sum(coalesce(committed_eur, 0)) as committed_eur,
        sum(coalesce(paid_eur, 0)) as paid_eur
    from fund.award_execution
    group by line_code

),

both_sides as (

    select
        fund_line.line_code,
        fund_line.remaining_eur,
        fund_line.awarded_eur as line_awarded_eur,
        fund_line.committed_eur as line_committed_eur,
        fund_line.paid_eur as line_paid_eur,
        fund_line.allocated_eur - fund_line.awarded_eur as computed_remaining_eur,
        coalesce(awards.awarded_eur, 0) as awarded_eur,
        coalesce(awards.committed_eur, 0) as committed_eur,
        coalesce(awards.paid_eur, 0) as paid_eur
    from fund.fund_line_execution as fund_line
    left join awards on fund_line.line_code = awards.line_code

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
    both_sides.line_code || '/awarded' as subject,
    both_sides.line_code,
    'accordé' as figure_label,
    cast(both_sides.awarded_eur * 100 as bigint) as expected,
    cast(both_sides.line_awarded_eur * 100 as bigint) as actual,
    risks.at_risk
from both_sides
left join risks on both_sides.line_code = risks.subject and risks.figure = 'awarded'
union all
select
    both_sides.line_code || '/committed' as subject,
    both_sides.line_code,
    'engagé' as figure_label,
    cast(both_sides.committed_eur * 100 as bigint) as expected,
    cast(both_sides.line_committed_eur * 100 as bigint) as actual,
    risks.at_risk
from both_sides
left join risks on both_sides.line_code = risks.subject and risks.figure = 'committed'
union all
select
    both_sides.line_code || '/paid' as subject,
    both_sides.line_code,
    'payé' as figure_label,
    cast(both_sides.paid_eur * 100 as bigint) as expected,
    cast(both_sides.line_paid_eur * 100 as bigint) as actual,
    risks.at_risk
from both_sides
left join risks on both_sides.line_code = risks.subject and risks.figure = 'paid'
union all
select
    both_sides.line_code || '/remaining' as subject,
    both_sides.line_code,
    'restant' as figure_label,
    cast(both_sides.computed_remaining_eur * 100 as bigint) as expected,
    cast(both_sides.remaining_eur * 100 as bigint) as actual,
    risks.at_risk
from both_sides
left join risks on both_sides.line_code = risks.subject and risks.figure = 'awarded'

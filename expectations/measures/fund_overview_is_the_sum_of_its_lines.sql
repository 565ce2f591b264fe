-- One row a scope (and the whole) and figure: the overview against the lines it is made of.
with figures as (

    select
        scope,
        'allocated' as figure,
        'alloué' as figure_label,
        allocated_eur as amount_eur
    from fund.fund_line_execution
    union all
    select
        scope,
        'awarded' as figure,
        'accordé' as figure_label,
        awarded_eur as amount_eur
    from fund.fund_line_execution
    union all
    select
        scope,
        'committed' as figure,
        'engagé' as figure_label,
        committed_eur as amount_eur
    from fund.fund_line_execution
    union all
    select
        scope,
        'paid' as figure,
        'payé' as figure_label,
        paid_eur as amount_eur
    from fund.fund_line_execution

),

overview as (

    select
        scope,
        'allocated' as figure,
        allocated_eur as amount_eur
    from fund.fund_overview
    union all
    select
        scope,
        'awarded' as figure,
        awarded_eur as amount_eur
    from fund.fund_overview
    union all
    select
        scope,
        'committed' as figure,
        committed_eur as amount_eur
    from fund.fund_overview
    union all
    select
        scope,
        'paid' as figure,
        paid_eur as amount_eur
    from fund.fund_overview

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
    overview.scope || '/' || overview.figure as subject,
    envelope.label_fr as scope_label,
    max(figures.figure_label) as figure_label,
    cast(sum(figures.amount_eur) * 100 as bigint) as expected,
    cast(overview.amount_eur * 100 as bigint) as actual,
    risks.at_risk
from overview
left join figures on overview.figure = figures.figure and overview.scope in (figures.scope, 'whole')
left join reference.envelopes as envelope on overview.scope = envelope.scope
left join risks on overview.scope = risks.subject and overview.figure = risks.figure
group by overview.scope, overview.figure, envelope.label_fr, overview.amount_eur, risks.at_risk
union all
select
    overview.scope || '/unallocated' as subject,
    envelope.label_fr as scope_label,
    'sans ligne' as figure_label,
    cast((overview.envelope_eur - overview.allocated_eur) * 100 as bigint) as expected,
    cast(overview.unallocated_eur * 100 as bigint) as actual,
    null as at_risk
from fund.fund_overview as overview
left join reference.envelopes as envelope on overview.scope = envelope.scope

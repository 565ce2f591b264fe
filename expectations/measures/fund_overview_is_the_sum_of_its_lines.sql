-- One row a scope (and the whole) and figure: the overview against the lines it is made of.
with figures as (

    select scope, 'allocated' as figure, 'alloué' as figure_label, allocated_eur as amount_eur from fund.fund_line_execution
    union all
    select scope, 'awarded', 'accordé', awarded_eur from fund.fund_line_execution
    union all
    select scope, 'committed', 'engagé', committed_eur from fund.fund_line_execution
    union all
    select scope, 'paid', 'payé', paid_eur from fund.fund_line_execution

),

overview as (

    select scope, 'allocated' as figure, allocated_eur as amount_eur from fund.fund_overview
    union all
    select scope, 'awarded', awarded_eur from fund.fund_overview
    union all
    select scope, 'committed', committed_eur from fund.fund_overview
    union all
    select scope, 'paid', paid_eur from fund.fund_overview

)

select
    overview.scope || '/' || overview.figure as subject,
    envelope.label_fr as scope_label,
    max(figures.figure_label) as figure_label,
    cast(sum(figures.amount_eur) * 100 as bigint) as expected,
    cast(overview.amount_eur * 100 as bigint) as actual
from overview
left join figures on overview.figure = figures.figure and overview.scope in (figures.scope, 'whole')
left join reference.envelopes as envelope on overview.scope = envelope.scope
group by overview.scope, overview.figure, envelope.label_fr, overview.amount_eur
union all
select
    overview.scope || '/unallocated' as subject,
    envelope.label_fr as scope_label,
    'sans ligne' as figure_label,
    cast((overview.envelope_eur - overview.allocated_eur) * 100 as bigint) as expected,
    cast(overview.unallocated_eur * 100 as bigint) as actual
from fund.fund_overview as overview
left join reference.envelopes as envelope on overview.scope = envelope.scope

-- Every path to the total is there, whatever is empty, and says what the overview says of the whole fund.
with overview as (

    select
        awarded_eur,
        committed_eur,
        paid_eur
    from {{ ref('fund_overview') }}
    where scope = 'whole'

),

paths as (

    {{ fund_total('award_execution') }}
    union all
    {{ fund_total('fund_line_execution') }}
    union all
    {{ fund_total('ministry_execution') }}
    union all
    {{ fund_total('territory_execution') }}
    union all
    {{ fund_total('fct_execution', 'is_latest_period') }}
    union all
    {{ fund_total('fct_execution', infix='_in_period') }}
    union all
    {{ fund_total('period_execution', infix='_in_period') }}
    union all
    {{ fund_total('period_execution', last='period') }}
    union all
    {{ fund_total('fund_history', last='as_of_month') }}

)

select
    paths.mart,
    paths.awarded_eur,
    paths.committed_eur,
    paths.paid_eur
from overview
cross join paths
where
    paths.awarded_eur <> overview.awarded_eur
    or paths.committed_eur <> overview.committed_eur
    or paths.paid_eur <> overview.paid_eur

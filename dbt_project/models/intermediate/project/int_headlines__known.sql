-- A night is rebuilt from what was known then: an edition's headline counts from the month of the edition on.
with headlines as (

    select * from {{ ref('panorama_headlines') }}

)

select
    headlines.edition_month,
    headlines.edition_number,
    headlines.project_count,
    headlines.interministerial_project_count,
    headlines.total_cost_eur,
    headlines.mean_duration_years,
    headlines.mean_budget_slippage_ratio,
    headlines.mean_calendar_slippage_ratio,
    headlines.budget_slippage_change_points,
    headlines.calendar_slippage_change_points,
    headlines.old_method_mean_budget_slippage_ratio,
    headlines.old_method_mean_calendar_slippage_ratio,
    headlines.source,
    breaks.edition_month is not null as is_method_break
from headlines
inner join {{ ref('stg_landing__build') }} as build on headlines.edition_month <= build.as_of_date
left join {{ ref('method_breaks') }} as breaks
    on
        headlines.edition_month = breaks.edition_month
        and breaks.figure = 'slippage'

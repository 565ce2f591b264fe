-- A night is rebuilt from what was known then: a release counts from its day on.
with releases as (

    select * from {{ ref('panorama_headlines') }}

)

select
    releases.edition_month,
    releases.release_number,
    releases.released_on,
    releases.edition_number,
    releases.basis,
    releases.project_count,
    releases.interministerial_project_count,
    releases.total_cost_eur,
    releases.total_cost_rounding_eur,
    releases.total_cost_label_fr,
    releases.mean_duration_years,
    releases.mean_duration_rounding_years,
    releases.mean_budget_slippage_ratio,
    releases.mean_calendar_slippage_ratio,
    releases.budget_slippage_rounding_ratio,
    releases.calendar_slippage_rounding_ratio,
    releases.budget_slippage_change_points,
    releases.calendar_slippage_change_points,
    releases.old_method_mean_budget_slippage_ratio,
    releases.old_method_mean_calendar_slippage_ratio,
    releases.left_project_count,
    releases.entered_project_count,
    releases.table_project_count,
    releases.table_costed_project_count,
    releases.table_cost_eur,
    releases.table_cost_rounding_eur,
    releases.comparable_cost_eur,
    releases.note_fr,
    releases.note,
    releases.source,
    breaks.edition_month is not null as is_method_break,
    row_number() over (
        partition by releases.edition_month order by releases.release_number desc nulls last
    ) as recency,
    count(*) over (partition by releases.edition_month) as release_count
from releases
inner join {{ ref('stg_landing__build') }} as build on releases.released_on <= build.as_of_date
left join {{ ref('method_breaks') }} as breaks
    on
        releases.edition_month = breaks.edition_month
        and breaks.figure = 'slippage'

-- What an edition says of itself is what its last release says.
select
    edition_month,
    edition_number,
    basis,
    release_count,
    released_on,
    project_count,
    interministerial_project_count,
    total_cost_eur,
    mean_duration_years,
    mean_budget_slippage_ratio,
    mean_calendar_slippage_ratio,
    budget_slippage_change_points,
    calendar_slippage_change_points,
    old_method_mean_budget_slippage_ratio,
    old_method_mean_calendar_slippage_ratio,
    note_fr,
    source,
    is_method_break
from {{ ref('int_headline_releases__known') }}
where recency = 1

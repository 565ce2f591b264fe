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
    releases.left_project_count,
    releases.entered_project_count,
    releases.table_project_count,
    releases.table_costed_project_count,
    releases.table_cost_eur,
    releases.note_fr,
    releases.source,
    coalesce(releases.comparable_cost_eur, releases.total_cost_eur) as comparable_cost_eur,
    releases.recency = 1 as is_latest,
    compared.release_number is not null as is_compared
from {{ ref('int_headline_releases__known') }} as releases
left join {{ ref('int_headlines__compared') }} as compared
    on
        releases.edition_month = compared.edition_month
        and releases.release_number = compared.release_number
order by releases.edition_month nulls last, releases.release_number nulls last

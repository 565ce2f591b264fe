-- One row an edition and slippage of which the source, in its last release, states the change in points against the
-- edition before.
select
    strftime(headline.edition_month, '%Y-%m') || '/budget' as subject,
    headline.edition_month,
    'budgétaire' as slippage_label,
    cast(headline.budget_slippage_change_points * 1000000 as bigint) as expected,
    cast(overview.budget_slippage_change_points * 1000000 as bigint) as actual
from reference.panorama_headlines as headline
left join project.panorama_overview as overview on headline.edition_month = overview.edition_month
where
    headline.budget_slippage_change_points is not null
    and headline.released_on <= (select build.as_of_date from raw.build as build)
qualify row_number() over (partition by headline.edition_month order by headline.release_number desc) = 1
union all
select
    strftime(headline.edition_month, '%Y-%m') || '/calendar' as subject,
    headline.edition_month,
    'calendaire' as slippage_label,
    cast(headline.calendar_slippage_change_points * 1000000 as bigint) as expected,
    cast(overview.calendar_slippage_change_points * 1000000 as bigint) as actual
from reference.panorama_headlines as headline
left join project.panorama_overview as overview on headline.edition_month = overview.edition_month
where
    headline.calendar_slippage_change_points is not null
    and headline.released_on <= (select build.as_of_date from raw.build as build)
qualify row_number() over (partition by headline.edition_month order by headline.release_number desc) = 1

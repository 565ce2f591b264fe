-- One row an edition whose file counts: the mean of its rows' durations against that of the release whose table they
-- are; the tolerance is half a unit of the headline's last digit.
select
    overview.edition_month,
    headline.released_on,
    cast(coalesce(overview.mean_duration_years, 0) * 1000000 as bigint) as actual,
    cast(headline.mean_duration_years * 1000000 as bigint) as expected,
    cast(coalesce(headline.mean_duration_rounding_years, 0) * 500000 as bigint) as tolerance,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join project.panorama_headline_releases as headline
    on
        overview.edition_month = headline.edition_month
        and headline.is_compared
where overview.receipt_id is not null

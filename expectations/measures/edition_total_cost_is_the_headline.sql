-- One row an edition whose file counts: the sum of its rows' costs against what the release whose table they are says
-- of that table; the tolerance is half a unit of the headline's last digit.
select
    overview.edition_month,
    headline.released_on,
    cast(coalesce(overview.total_cost_eur, 0) * 100 as bigint) as actual,
    cast(headline.comparable_cost_eur * 100 as bigint) as expected,
    cast(coalesce(headline.total_cost_rounding_eur, 0) * 50 as bigint) as tolerance,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join project.panorama_headline_releases as headline
    on
        overview.edition_month = headline.edition_month
        and headline.is_compared
where overview.receipt_id is not null

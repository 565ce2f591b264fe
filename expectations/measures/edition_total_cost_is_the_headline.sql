-- One row an edition whose file counts: the sum of its rows' costs against its headline; the tolerance is half
-- a unit of the headline's last digit.
select
    overview.edition_month,
    headline.note as headline_note,
    cast(coalesce(overview.total_cost_eur, 0) * 100 as bigint) as actual,
    cast(headline.total_cost_eur * 100 as bigint) as expected,
    cast(coalesce(headline.total_cost_rounding_eur, 0) * 50 as bigint) as tolerance,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join reference.panorama_headlines as headline on overview.edition_month = headline.edition_month
where overview.receipt_id is not null

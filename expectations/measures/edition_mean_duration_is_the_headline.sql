-- One row an edition whose file counts: the mean of its rows' durations against its headline; the tolerance is half
-- a unit of the headline's last digit.
select
    overview.edition_month,
    headline.note as headline_note,
    cast(coalesce(overview.mean_duration_years, 0) * 1000000 as bigint) as actual,
    cast(headline.mean_duration_years * 1000000 as bigint) as expected,
    cast(coalesce(headline.mean_duration_rounding_years, 0) * 500000 as bigint) as tolerance,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join reference.panorama_headlines as headline on overview.edition_month = headline.edition_month
where overview.receipt_id is not null

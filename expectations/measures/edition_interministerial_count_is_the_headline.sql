-- One row an edition whose file counts: the interministerial projects of its rows against those of its headline.
select
    overview.edition_month,
    headline.note as headline_note,
    cast(overview.interministerial_project_count as bigint) as actual,
    cast(headline.interministerial_project_count as bigint) as expected,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join reference.panorama_headlines as headline on overview.edition_month = headline.edition_month
where overview.receipt_id is not null

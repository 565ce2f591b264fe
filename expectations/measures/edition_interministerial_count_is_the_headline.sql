-- One row an edition whose file counts: the interministerial projects of its rows against those of the release whose
-- table they are.
select
    overview.edition_month,
    headline.released_on,
    cast(overview.interministerial_project_count as bigint) as actual,
    cast(headline.interministerial_project_count as bigint) as expected,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join project.panorama_headline_releases as headline
    on
        overview.edition_month = headline.edition_month
        and headline.is_compared
where overview.receipt_id is not null

-- One row an edition with a file: the overview's mean duration against the rows of project_edition.
select
    overview.edition_month,
    cast(
        round(
            coalesce(sum(project_edition.planned_duration_years), 0)
            * 1000000
            / greatest(count(project_edition.planned_duration_years), 1)
        ) as bigint
    ) as expected,
    cast(round(coalesce(overview.mean_duration_years, 0) * 1000000) as bigint) as actual,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join project.fct_project_edition as project_edition on overview.edition_month = project_edition.edition_month
where overview.receipt_id is not null
group by overview.edition_month, overview.mean_duration_years

-- One row an edition with a file: the overview's total cost against the rows of project_edition.
select
    overview.edition_month,
    cast(coalesce(sum(project_edition.planned_cost_eur), 0) * 100 as bigint) as expected,
    cast(coalesce(overview.total_cost_eur, 0) * 100 as bigint) as actual,
    strftime(overview.edition_month, '%Y-%m') as subject
from project.panorama_overview as overview
left join project.fct_project_edition as project_edition on overview.edition_month = project_edition.edition_month
where overview.receipt_id is not null
group by overview.edition_month, overview.total_cost_eur

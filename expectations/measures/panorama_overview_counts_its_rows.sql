-- One row an edition with a file and count: the overview against the rows of project_edition.
with counted as (

    select
        edition_month,
        count(*) as projects,
        count(planned_cost_eur) as costed,
        sum(case when is_interministerial then 1 else 0 end) as interministerial
    from project.fct_project_edition
    group by edition_month

),

both_sides as (

    select
        overview.project_count,
        overview.costed_project_count,
        overview.interministerial_project_count,
        coalesce(overview.edition_month, counted.edition_month) as edition_month,
        coalesce(counted.projects, 0) as projects,
        coalesce(counted.costed, 0) as costed,
        coalesce(counted.interministerial, 0) as interministerial
    from (
        select * from project.panorama_overview
        where receipt_id is not null
    ) as overview
    full outer join counted on overview.edition_month = counted.edition_month

)

select
    strftime(edition_month, '%Y-%m') || '/projects' as subject,
    edition_month,
    'projets' as figure_label,
    cast(projects as bigint) as expected,
    cast(coalesce(project_count, 0) as bigint) as actual
from both_sides
union all
select
    strftime(edition_month, '%Y-%m') || '/costed' as subject,
    edition_month,
    'projets avec un coût' as figure_label,
    cast(costed as bigint) as expected,
    cast(coalesce(costed_project_count, 0) as bigint) as actual
from both_sides
union all
select
    strftime(edition_month, '%Y-%m') || '/interministerial' as subject,
    edition_month,
    'projets interministériels' as figure_label,
    cast(interministerial as bigint) as expected,
    cast(coalesce(interministerial_project_count, 0) as bigint) as actual
from both_sides

-- Full outer join: an edition that is missing on either side fails as much as one whose figures differ.
with by_project as (

    select
        edition_month,
        count(*) as project_count,
        sum(planned_cost_eur) as total_cost_eur
    from {{ ref('fct_project_edition') }}
    group by edition_month

),

by_edition as (

    select * from {{ ref('panorama_overview') }}
    where project_count > 0

)

select
    by_edition.edition_month,
    by_project.edition_month as edition_month_of_projects,
    by_edition.project_count,
    by_project.project_count as projects
from by_edition
full outer join by_project on by_edition.edition_month = by_project.edition_month
where
    by_edition.edition_month is null
    or by_project.edition_month is null
    or by_edition.project_count <> by_project.project_count
    or coalesce(by_edition.total_cost_eur, 0) <> coalesce(by_project.total_cost_eur, 0)

-- A key that stands twice in one edition names two projects: it takes the ministry to tell them apart.
with keyed as (

    select
        projects.edition_month,
        coalesce(links.project_key, projects.project_name_key) as project_key
    from {{ ref('int_project_rows__resolved') }} as projects
    left join {{ ref('int_project_links__keyed') }} as links on projects.project_name_key = links.project_name_key

),

repeated as (

    select project_key
    from keyed
    group by edition_month, project_key
    having count(*) > 1

)

select distinct project_key from repeated

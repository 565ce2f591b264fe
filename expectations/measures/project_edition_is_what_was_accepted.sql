-- One row an edition with a file: the rows of project_edition against those that the parser accepted in the file
-- that the overview names for it. An edition that only one of the two knows has rows on one side alone.
with accepted as (

    select
        overview.edition_month,
        sum(file_table.rows_accepted) as projects
    from project.panorama_overview as overview
    inner join raw.file_tables as file_table
        on
            overview.receipt_id = file_table.receipt_id
            and file_table.table_name = 'panorama_projects'
            and file_table.is_counted
    group by overview.edition_month

),

kept as (

    select
        edition_month,
        count(*) as projects
    from project.fct_project_edition
    group by edition_month

)

select
    cast(coalesce(accepted.projects, 0) as bigint) as expected,
    cast(coalesce(kept.projects, 0) as bigint) as actual,
    strftime(coalesce(accepted.edition_month, kept.edition_month), '%Y-%m') as subject,
    coalesce(accepted.edition_month, kept.edition_month) as edition_month
from accepted
full outer join kept on accepted.edition_month = kept.edition_month

-- One row a mart: how many rows it lost since the publication before, against a tenth of those it had.
with volumes as (

    select
        'fund.fct_award' as mart,
        count(*) as rows_now
    from fund.fct_award

    union all

    select
        'fund.fct_application' as mart,
        count(*) as rows_now
    from fund.fct_application

    union all

    select
        'project.fct_project_edition' as mart,
        count(*) as rows_now
    from project.fct_project_edition

    union all

    select
        'project.project_follow_up' as mart,
        count(*) as rows_now
    from project.project_follow_up

    union all

    select
        'quality.received_files' as mart,
        count(*) as rows_now
    from quality.received_files

)

select
    earlier.mart as subject,
    cast(earlier.rows_before as bigint) as rows_before,
    cast(coalesce(volumes.rows_now, 0) as bigint) as rows_now,
    cast(floor(earlier.rows_before / 10) as bigint) as expected,
    cast(greatest(earlier.rows_before - coalesce(volumes.rows_now, 0), 0) as bigint) as actual
from before.volumes as earlier
left join volumes on earlier.mart = volumes.mart

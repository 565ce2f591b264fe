-- What the parsing accepted and what counts is in the marts, row for row: neither lost in a join nor doubled by one.
with accepted as (

    select
        'project_edition' as mart,
        coalesce(sum(file_tables.rows_accepted), 0) as row_count
    from {{ ref('int_editions__counted') }} as editions
    inner join {{ ref('stg_landing__file_tables') }} as file_tables on editions.receipt_id = file_tables.receipt_id
    where file_tables.table_name = 'panorama_projects'

    union all

    select
        'award_execution' as mart,
        coalesce(sum(file_tables.rows_accepted), 0) as row_count
    from {{ ref('int_submission_tables__latest') }} as latest_tables
    inner join {{ ref('stg_landing__file_tables') }} as file_tables
        on
            latest_tables.receipt_id = file_tables.receipt_id
            and latest_tables.table_name = file_tables.table_name
    where file_tables.table_name = 'awards'

    union all

    select
        'execution' as mart,
        coalesce(sum(file_tables.rows_accepted), 0) as row_count
    from {{ ref('int_submission_tables__latest') }} as latest_tables
    inner join {{ ref('stg_landing__file_tables') }} as file_tables
        on
            latest_tables.receipt_id = file_tables.receipt_id
            and latest_tables.table_name = file_tables.table_name
    where file_tables.table_name = 'execution'

    union all

    select
        'project_follow_up' as mart,
        coalesce(sum(file_tables.rows_accepted), 0) as row_count
    from {{ ref('int_submission_tables__latest') }} as latest_tables
    inner join {{ ref('stg_landing__file_tables') }} as file_tables
        on
            latest_tables.receipt_id = file_tables.receipt_id
            and latest_tables.table_name = file_tables.table_name
    where file_tables.table_name = 'project_follow_up'

),

published as (

    select
        'project_edition' as mart,
        count(*) as row_count
    from {{ ref('project_edition') }}

    union all

    select
        'award_execution' as mart,
        count(*) as row_count
    from {{ ref('award_execution') }}

    union all

    select
        'execution' as mart,
        count(*) as row_count
    from (
        select award_id
        from {{ ref('award_execution') }}
        where execution_period is not null
        union all
        select award_id from {{ ref('execution_without_award') }}
    ) as executed

    union all

    select
        'project_follow_up' as mart,
        coalesce(sum(declared_row_count), 0) as row_count
    from {{ ref('project_follow_up') }}

)

select
    accepted.mart,
    accepted.row_count as accepted_row_count,
    published.row_count as published_row_count
from accepted
full outer join published on accepted.mart = published.mart
where
    accepted.mart is null
    or published.mart is null
    or accepted.row_count <> published.row_count

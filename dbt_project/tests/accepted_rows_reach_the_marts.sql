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

    union all

    select
        'fct_application' as mart,
        coalesce(sum(rows_accepted), 0) as row_count
    from {{ ref('stg_landing__file_tables') }}
    where
        table_name = 'applications'
        and is_counted

    union all

    select
        'application_cost_items' as mart,
        coalesce(sum(cost_items.rows_accepted), 0) as row_count
    from {{ ref('stg_landing__file_tables') }} as cost_items
    inner join {{ ref('stg_landing__file_tables') }} as applications
        on
            cost_items.receipt_id = applications.receipt_id
            and applications.table_name = 'applications'
            and applications.rows_accepted = 1
    where
        cost_items.table_name = 'cost_items'
        and cost_items.is_counted

),

published as (

    select
        'project_edition' as mart,
        count(*) as row_count
    from {{ ref('fct_project_edition') }}

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

    union all

    select
        'fct_application' as mart,
        count(*) as row_count
    from {{ ref('fct_application') }}

    union all

    select
        'application_cost_items' as mart,
        coalesce(sum(cost_item_count), 0) as row_count
    from {{ ref('fct_application') }}

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

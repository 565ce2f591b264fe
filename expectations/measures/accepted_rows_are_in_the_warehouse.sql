-- One row a table of a received file: the rows that the parser accepted against those that are there.
with rows_there as (

    select
        receipt_id,
        'panorama_projects' as table_name,
        count(*) as rows_there
    from raw.panorama_projects
    group by receipt_id
    union all
    select
        receipt_id,
        'cover' as table_name,
        count(*) as rows_there
    from raw.cover
    group by receipt_id
    union all
    select
        receipt_id,
        'awards' as table_name,
        count(*) as rows_there
    from raw.awards
    group by receipt_id
    union all
    select
        receipt_id,
        'execution' as table_name,
        count(*) as rows_there
    from raw.execution
    group by receipt_id
    union all
    select
        receipt_id,
        'project_follow_up' as table_name,
        count(*) as rows_there
    from raw.project_follow_up
    group by receipt_id
    union all
    select
        receipt_id,
        'applications' as table_name,
        count(*) as rows_there
    from raw.applications
    group by receipt_id
    union all
    select
        receipt_id,
        'cost_items' as table_name,
        count(*) as rows_there
    from raw.cost_items
    group by receipt_id
    union all
    select
        receipt_id,
        'deleted_applications' as table_name,
        count(*) as rows_there
    from raw.deleted_applications
    group by receipt_id

)

select
    receipt.file_name,
    file_table.table_name,
    cast(file_table.rows_accepted as bigint) as expected,
    cast(coalesce(rows_there.rows_there, 0) as bigint) as actual,
    file_table.receipt_id || '/' || file_table.table_name as subject
from raw.file_tables as file_table
left join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
left join rows_there
    on file_table.receipt_id = rows_there.receipt_id and file_table.table_name = rows_there.table_name

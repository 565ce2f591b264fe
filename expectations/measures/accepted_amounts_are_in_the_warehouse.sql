-- One row a column of amounts of a received file: the accepted sum against that of the rows that are there.
with sums_there as (

    select
        receipt_id,
        'panorama_projects' as table_name,
        'planned_cost_eur' as column_name,
        sum(planned_cost_eur) as amount_eur
    from raw.panorama_projects
    group by receipt_id
    union all
    select
        receipt_id,
        'awards' as table_name,
        'awarded_eur' as column_name,
        sum(awarded_eur) as amount_eur
    from raw.awards
    group by receipt_id
    union all
    select
        receipt_id,
        'awards' as table_name,
        'project_cost_eur' as column_name,
        sum(project_cost_eur) as amount_eur
    from raw.awards
    group by receipt_id
    union all
    select
        receipt_id,
        'execution' as table_name,
        'committed_eur' as column_name,
        sum(committed_eur) as amount_eur
    from raw.execution
    group by receipt_id
    union all
    select
        receipt_id,
        'execution' as table_name,
        'paid_eur' as column_name,
        sum(paid_eur) as amount_eur
    from raw.execution
    group by receipt_id
    union all
    select
        receipt_id,
        'applications' as table_name,
        'total_cost_eur' as column_name,
        sum(total_cost_eur) as amount_eur
    from raw.applications
    group by receipt_id
    union all
    select
        receipt_id,
        'applications' as table_name,
        'requested_eur' as column_name,
        sum(requested_eur) as amount_eur
    from raw.applications
    group by receipt_id
    union all
    select
        receipt_id,
        'applications' as table_name,
        'awarded_eur' as column_name,
        sum(awarded_eur) as amount_eur
    from raw.applications
    group by receipt_id
    union all
    select
        receipt_id,
        'cost_items' as table_name,
        'cost_eur' as column_name,
        sum(cost_eur) as amount_eur
    from raw.cost_items
    group by receipt_id

)

select
    receipt.file_name,
    file_amount.table_name,
    file_amount.column_name,
    cast(file_amount.accepted_eur * 100 as bigint) as expected,
    cast(coalesce(sums_there.amount_eur, 0) * 100 as bigint) as actual,
    file_amount.receipt_id || '/' || file_amount.table_name || '/' || file_amount.column_name as subject
from raw.file_amounts as file_amount
left join raw.receipts as receipt on file_amount.receipt_id = receipt.receipt_id
left join sums_there
    on
        file_amount.receipt_id = sums_there.receipt_id
        and file_amount.table_name = sums_there.table_name
        and file_amount.column_name = sums_there.column_name
where
    (file_amount.table_name, file_amount.column_name) in (
        ('panorama_projects', 'planned_cost_eur'),
        ('awards', 'awarded_eur'),
        ('awards', 'project_cost_eur'),
        ('execution', 'committed_eur'),
        ('execution', 'paid_eur'),
        ('applications', 'total_cost_eur'),
        ('applications', 'requested_eur'),
        ('applications', 'awarded_eur'),
        ('cost_items', 'cost_eur')
    )

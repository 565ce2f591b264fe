-- Names of projects that the parser accepted in each ministry's latest sheet of follow-up.
with latest as (

    select
        receipt.ministry_code,
        max(receipt.period) as period
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where
        receipt.kind = 'submission'
        and file_table.is_counted
        and file_table.table_name = 'project_follow_up'
        and file_table.rows_accepted > 0
    group by receipt.ministry_code

)

select count(distinct receipt.ministry_code || '/' || project.project_name) as projects_expected
from raw.project_follow_up as project
inner join raw.receipts as receipt on project.receipt_id = receipt.receipt_id
inner join latest on receipt.ministry_code = latest.ministry_code and receipt.period = latest.period
where project.is_counted

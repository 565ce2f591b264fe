-- One row a followed project of a table that counts: its full cost against investment and two years of maintenance,
-- where both are given.
select
    receipt.ministry_code,
    receipt.period,
    receipt.receipt_id,
    receipt.file_name,
    project.project_name,
    cast(
        100
        * coalesce(project.investment_eur + project.maintenance_two_years_eur, project.current_cost_eur, 0) as bigint
    ) as expected,
    cast(
        100
        * coalesce(project.current_cost_eur, project.investment_eur + project.maintenance_two_years_eur, 0) as bigint
    ) as actual,
    receipt.ministry_code
    || '/'
    || project.project_name
    || '/'
    || receipt.period
    || '/'
    || project.row_number as subject
from raw.project_follow_up as project
inner join raw.receipts as receipt on project.receipt_id = receipt.receipt_id
where project.is_counted

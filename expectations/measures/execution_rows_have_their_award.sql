-- One row an execution row and period: how many of its ministry's awards it belongs to.
select
    execution.award_id,
    pair.ministry_code,
    pair.period,
    pair.caused_by as receipt_id,
    receipt.file_name,
    execution.row_number,
    cast(execution.committed_eur * 100 as bigint) as committed_cents,
    cast(execution.paid_eur * 100 as bigint) as paid_cents,
    cast(1 as bigint) as expected,
    cast(case when award.award_id is null then 0 else 1 end as bigint) as actual,
    pair.ministry_code || '/' || execution.award_id || '/' || pair.period as subject,
    coalesce(execution.sheet, 'unique') as sheet
from file_pairs as pair
inner join raw.execution as execution on pair.execution_receipt_id = execution.receipt_id
inner join raw.receipts as receipt on execution.receipt_id = receipt.receipt_id
left join raw.awards as award
    on pair.awards_receipt_id = award.receipt_id and execution.award_id = award.award_id

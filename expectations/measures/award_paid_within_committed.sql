-- One row an award: what is paid for it against what is committed.
select
    award.award_id,
    award.beneficiary_name,
    award.ministry_code,
    award.period,
    award.line_code,
    receipt.file_name,
    award.row_number,
    cast(coalesce(award.committed_eur, 0) * 100 as bigint) as expected,
    cast(coalesce(award.paid_eur, 0) * 100 as bigint) as actual,
    award.ministry_code || '/' || award.award_id as subject,
    coalesce(award.sheet, 'unique') as sheet
from fund.award_execution as award
left join quality.received_files as receipt on award.receipt_id = receipt.receipt_id

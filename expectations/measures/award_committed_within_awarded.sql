-- One row an award: what is committed for it against what it grants.
select
    award.ministry_code || '/' || award.award_id as subject,
    award.award_id,
    award.beneficiary_name,
    award.ministry_code,
    award.period,
    award.line_code,
    receipt.file_name,
    coalesce(award.sheet, 'unique') as sheet,
    award.row_number,
    cast(award.awarded_eur * 100 as bigint) as expected,
    cast(coalesce(award.committed_eur, 0) * 100 as bigint) as actual
from fund.award_execution as award
left join quality.received_files as receipt on award.receipt_id = receipt.receipt_id

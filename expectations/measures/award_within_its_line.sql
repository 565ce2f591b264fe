-- One row an award: what it grants against the whole allocation of its line. A line unknown to the fund leaves no
-- ceiling, which is an error.
select
    award.award_id,
    award.beneficiary_name,
    award.ministry_code,
    award.period,
    award.line_code,
    receipt.file_name,
    award.row_number,
    cast(fund_line.allocated_eur * 100 as bigint) as expected,
    cast(award.awarded_eur * 100 as bigint) as actual,
    award.ministry_code || '/' || award.award_id as subject,
    coalesce(award.sheet, 'unique') as sheet
from fund.award_execution as award
left join fund.fund_line_execution as fund_line on award.line_code = fund_line.line_code
left join quality.received_files as receipt on award.receipt_id = receipt.receipt_id

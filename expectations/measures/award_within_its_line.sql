-- One row an award of a table that counts: what it grants against the whole allocation of its line. A line unknown to
-- the fund leaves no ceiling, which is an error.
select
    award.award_id,
    award.beneficiary_name,
    receipt.ministry_code,
    receipt.period,
    award.line_code,
    receipt.receipt_id,
    receipt.file_name,
    award.row_number,
    cast(fund_line.allocated_eur * 100 as bigint) as expected,
    cast(award.awarded_eur * 100 as bigint) as actual,
    receipt.ministry_code || '/' || award.award_id || '/' || receipt.period as subject,
    coalesce(award.sheet, 'unique') as sheet
from raw.awards as award
inner join raw.receipts as receipt on award.receipt_id = receipt.receipt_id
left join reference.fund_lines as fund_line on award.line_code = fund_line.line_code
where award.is_counted

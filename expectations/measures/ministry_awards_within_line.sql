-- One row a ministry, period and line: what the ministry alone grants against what the whole line has.
select
    receipt.ministry_code,
    receipt.period,
    award.line_code,
    receipt.receipt_id,
    receipt.file_name,
    cast(any_value(fund_line.allocated_eur) * 100 as bigint) as expected,
    cast(sum(award.awarded_eur) * 100 as bigint) as actual,
    receipt.ministry_code || '/' || award.line_code || '/' || receipt.period as subject
from raw.awards as award
inner join raw.receipts as receipt on award.receipt_id = receipt.receipt_id
inner join reference.fund_lines as fund_line on award.line_code = fund_line.line_code
where award.is_counted
group by receipt.ministry_code, receipt.period, award.line_code, receipt.receipt_id, receipt.file_name

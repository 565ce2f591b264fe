-- One row a fund line: what the latest tables of all ministries grant on it against what is allocated. Of the files
-- that grant more there than what stood before them, the one received last is asked.
with steps as (

    select
        receipt_id,
        before_receipt_id
    from file_steps
    where table_name = 'awards'
    qualify row_number() over (partition by ministry_code order by period desc) = 1

),

amounts as (

    select
        steps.receipt_id,
        award.line_code,
        sum(award.awarded_eur) as awarded_eur,
        cast(0 as decimal(38, 2)) as before_eur
    from steps
    inner join raw.awards as award on steps.receipt_id = award.receipt_id
    group by steps.receipt_id, award.line_code

    union all

    select
        steps.receipt_id,
        award.line_code,
        cast(0 as decimal(38, 2)) as awarded_eur,
        sum(award.awarded_eur) as before_eur
    from steps
    inner join raw.awards as award on steps.before_receipt_id = award.receipt_id
    group by steps.receipt_id, award.line_code

),

by_file as (

    select
        amounts.receipt_id,
        amounts.line_code,
        receipt.file_name,
        receipt.received_at_utc,
        sum(amounts.awarded_eur) as awarded_eur,
        sum(amounts.awarded_eur) > sum(amounts.before_eur) as is_raised
    from amounts
    inner join raw.receipts as receipt on amounts.receipt_id = receipt.receipt_id
    group by amounts.receipt_id, amounts.line_code, receipt.file_name, receipt.received_at_utc

),

by_line as (

    select
        line_code,
        sum(awarded_eur) as awarded_eur,
        max_by(receipt_id, (is_raised, received_at_utc, receipt_id)) as receipt_id,
        max_by(file_name, (is_raised, received_at_utc, receipt_id)) as file_name
    from by_file
    group by line_code

)

select
    fund_line.line_code as subject,
    fund_line.object as line_object,
    by_line.receipt_id,
    cast(fund_line.allocated_eur * 100 as bigint) as expected,
    cast(coalesce(by_line.awarded_eur, 0) * 100 as bigint) as actual,
    coalesce(by_line.file_name, 'aucun') as file_name
from reference.fund_lines as fund_line
left join by_line on fund_line.line_code = by_line.line_code

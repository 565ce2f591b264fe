-- One row an award of a ministry's latest table: how many ministries have it in theirs. The last file is asked.
with latest as (

    select
        ministry_code,
        max_by(receipt_id, period) as receipt_id
    from file_steps
    where table_name = 'awards'
    group by ministry_code

),

awards as (

    select
        award.award_id,
        award.awarded_eur,
        latest.ministry_code,
        receipt.receipt_id,
        receipt.file_name,
        receipt.received_at_utc
    from latest
    inner join raw.awards as award on latest.receipt_id = award.receipt_id
    inner join raw.receipts as receipt on latest.receipt_id = receipt.receipt_id

)

select
    award_id,
    cast(1 as bigint) as expected,
    cast(100 * sum(awarded_eur) as bigint) as awarded_cents,
    award_id as subject,
    count(*) as actual,
    string_agg(ministry_code, ', ' order by ministry_code) as ministries,
    string_agg(file_name, ', ' order by ministry_code) as files,
    max_by(receipt_id, (received_at_utc, receipt_id)) as receipt_id
from awards
group by award_id

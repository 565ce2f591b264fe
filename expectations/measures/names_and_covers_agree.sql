-- One row a submission that counts, the last received of each name: in how much its name says something else than its
-- cover.
select
    receipt_id,
    file_name,
    ministry_code,
    period,
    cast(0 as bigint) as expected,
    cast(
        case when named_ministry_code <> ministry_code then 1 else 0 end
        + case when named_period <> period then 1 else 0 end as bigint
    ) as actual,
    coalesce(named_ministry_code, ministry_code) as named_ministry_code,
    coalesce(named_period, period) as named_period,
    ministry_code || '/' || period || '/' || file_name as subject
from raw.receipts
where kind = 'submission' and status = 'counted'
qualify
    row_number() over (
        partition by ministry_code, period, file_name
        order by received_at_utc desc, receipt_id desc
    ) = 1

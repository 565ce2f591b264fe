-- One row a followed project: whether it is on a new trajectory of which no date is given.
select
    project_name,
    ministry_code,
    period,
    receipt_id,
    file_name,
    row_number,
    sheet,
    subject,
    cast(0 as bigint) as expected,
    cast(case when is_rebaselined and rebaselined_on is null then 1 else 0 end as bigint) as actual
from latest_follow_ups

-- One row a followed project: what it costs, where 9 M€ or more have no opinion of DINUM's director.
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
    cast(
        case
            when current_cost_eur >= 9000000 and not coalesce(has_dinum_opinion, false) then current_cost_eur * 100
            else 0
        end as bigint
    ) as actual
from latest_follow_ups

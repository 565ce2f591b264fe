select
    ministry_code,
    line_key,
    figure,
    accepted_eur,
    rejected_eur,
    rejected_row_count,
    without_award_eur,
    pending_eur,
    stale_eur,
    carried_forward_eur,
    rounding_eur,
    is_stale,
    is_carried_forward,
    is_complete,
    case when line_key <> 'NONE' then line_key end as line_code
from {{ ref('int_money_at_risk__by_period') }}
where as_of_period = 'latest'
order by ministry_code nulls last, line_key nulls last, figure nulls last

select
    {{ reporting_period('date_day') }} as period,
    min(date_day) as starts_on,
    max(date_day) as ends_on
from {{ ref('int_calendar__days') }}
group by extract(year from date_day), extract(quarter from date_day)

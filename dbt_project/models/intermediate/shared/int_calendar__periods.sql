select
    cast(extract(year from date_day) as varchar) || '-T' || cast(extract(quarter from date_day) as varchar) as period,
    min(date_day) as starts_on,
    max(date_day) as ends_on
from {{ ref('int_calendar__days') }}
group by extract(year from date_day), extract(quarter from date_day)

select
    date_day,
    cast(extract(year from date_day) as integer) as year_number,
    cast(extract(quarter from date_day) as integer) as quarter_number,
    cast(extract(month from date_day) as integer) as month_number,
    cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
    cast({{ dbt.last_day('date_day', 'month') }} as date) as month_end,
    {{ month_fr('date_day') }} as month_fr,
    {{ reporting_period('date_day') }} as period
from {{ ref('int_calendar__days') }}
order by date_day nulls last

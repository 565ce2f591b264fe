-- Every day that the contracts admit as a date.
with digits as (

    {% for digit in range(10) -%}
        select cast({{ digit }} as integer) as digit
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

numbers as (

    select
        ten_thousands.digit * 10000 + thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10
        + units.digit as day_number
    from digits as ten_thousands
    cross join digits as thousands
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as units
    where ten_thousands.digit < 3

),

days as (

    select cast({{ dbt.dateadd('day', 'day_number', "cast('1990-01-01' as date)") }} as date) as date_day
    from numbers

)

select date_day
from days
where date_day <= cast('2060-12-31' as date)

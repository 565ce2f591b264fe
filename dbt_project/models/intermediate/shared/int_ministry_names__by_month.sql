-- A name counts from the month in which it began: an edition dated on the first of June 2017 was published under the
-- names of that June. Before its first and after its last known name a ministry keeps that one.
with months as (

    select
        ministry_code,
        name,
        cast({{ dbt.date_trunc('month', 'valid_from') }} as date) as from_month,
        valid_from
    from {{ ref('ministry_names') }}

),

last_of_month as (

    select
        *,
        row_number() over (partition by ministry_code, from_month order by valid_from desc nulls last) as recency
    from months

)

select
    ministry_code,
    name as ministry_name,
    from_month,
    row_number() over (partition by ministry_code order by from_month nulls last) = 1 as is_first_name,
    lead(from_month) over (partition by ministry_code order by from_month nulls last) as until_month
from last_of_month
where recency = 1

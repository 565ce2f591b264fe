-- Submissions are cumulative, and a file replaces only the tables that it has: for each ministry and table, the latest
-- period for which a table counts. A table without rows counts too: it says that there is nothing.
with by_period as (

    select
        ministry_code,
        table_name,
        period,
        receipt_id,
        row_number() over (partition by ministry_code, table_name order by period desc nulls last) as recency
    from {{ ref('int_submission_tables__by_period') }}

)

select
    ministry_code,
    table_name,
    period,
    receipt_id
from by_period
where recency = 1

-- Amounts that a cover declares of the tables that count: one of awards, two of execution.
select
    cast(coalesce(sum(case table_name when 'awards' then 1 when 'execution' then 2 else 0 end), 0) as bigint)
        as rows_expected
from raw.file_tables
where is_counted

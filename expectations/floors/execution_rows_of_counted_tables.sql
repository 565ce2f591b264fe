-- Execution rows that the parser accepted in the tables that count.
select cast(coalesce(sum(rows_accepted), 0) as bigint) as rows_expected
from raw.file_tables
where is_counted and table_name = 'execution'

-- One where a table of awards or execution counts, else none.
select cast(least(count(*), 1) as bigint) as rows_expected
from raw.file_tables
where is_counted and table_name in ('awards', 'execution')

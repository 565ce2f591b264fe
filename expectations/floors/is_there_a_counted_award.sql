-- One where a table that counts has an award, else none.
select cast(least(coalesce(sum(rows_accepted), 0), 1) as bigint) as rows_expected
from raw.file_tables
where is_counted and table_name = 'awards'

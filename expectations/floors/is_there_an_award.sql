-- One where an award or a dossier was ever received, else none.
select cast(least(count(*), 1) as bigint) as rows_expected
from raw.file_tables
where is_counted and table_name in ('awards', 'applications') and rows_accepted > 0

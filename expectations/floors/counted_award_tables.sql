-- Tables of awards that count: each has a number of awards to compare with what its cover declares.
select count(*) as rows_expected
from raw.file_tables
where is_counted and table_name = 'awards'

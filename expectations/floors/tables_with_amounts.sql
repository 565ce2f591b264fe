-- Tables received whose contract has amounts: each has at least one column of them.
select count(*) as rows_expected
from raw.file_tables
where table_name in ('panorama_projects', 'awards', 'execution', 'applications', 'cost_items')

-- At least one table for each file that was not set aside; an archive has its tables in its files.
select count(*) as rows_expected
from raw.receipts
where status not in ('set_aside', 'unpacked')

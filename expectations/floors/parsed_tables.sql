-- At least one table for each file that was not set aside.
select count(*) as rows_expected
from raw.receipts
where status <> 'set_aside'

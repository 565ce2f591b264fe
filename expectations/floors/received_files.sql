-- Files received, whatever became of them.
select count(*) as rows_expected
from raw.receipts

-- Files that the publication before knew.
select cast(count(*) as bigint) as rows_expected
from before.received_files

-- One where two editions with a file can be compared, else none.
select cast(greatest(least(count(distinct edition_month), 2) - 1, 0) as bigint) as changes_expected
from raw.receipts
where kind = 'panorama' and status = 'counted'

-- Three counts for each edition of which a received file counts.
select 3 * count(distinct edition_month) as rows_expected
from raw.receipts
where kind = 'panorama' and status = 'counted'

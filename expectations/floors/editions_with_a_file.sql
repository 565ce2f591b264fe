-- Editions of the panorama of which a received file counts.
select count(distinct edition_month) as rows_expected
from raw.receipts
where kind = 'panorama' and status = 'counted'

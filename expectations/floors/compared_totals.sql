-- Three totals where there is a publication before, else none.
select cast(3 * count(*) as bigint) as rows_expected
from before.fund_overview
where scope = 'whole'

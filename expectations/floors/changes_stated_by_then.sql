-- Changes of a mean slippage that a source had stated by the as-of date: two, with the 12th edition, released on
-- 16 November 2020. Literal, so that an emptied reference table is no night before it.
select case when as_of_date >= date '2020-11-16' then 2 else 0 end as rows_expected
from raw.build

-- Totals of ITN7 that the press had quoted by the as-of date: two, on 8 October 2021. Literal, so that an emptied
-- reference table is no night before it.
select case when as_of_date >= date '2021-10-08' then 2 else 0 end as rows_expected
from raw.build

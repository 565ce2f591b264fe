-- One row: the whole. The envelopes are read from the mart, each scope on its own row.
select
    'whole' as subject,
    cast(sum(case when scope <> 'whole' then envelope_eur else 0 end) * 100 as bigint) as expected,
    cast(sum(case when scope = 'whole' then envelope_eur else 0 end) * 100 as bigint) as actual
from fund.fund_overview
having count(*) > 0

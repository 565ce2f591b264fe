-- One row: the 500 M€ of the plan against this fund's envelope in the mart and the other funds' amounts.
select
    'digital-transformation-of-the-recovery-plan' as subject,
    cast(max(case when kind = 'total' then amount_eur end) * 100 as bigint) as expected,
    cast(
        (
            sum(case when kind = 'part' then amount_eur else 0 end)
            + (
                select sum(overview.envelope_eur) from fund.fund_overview as overview
                where overview.scope = 'whole'
            )
        )
        * 100 as bigint
    ) as actual
from reference.other_funds
having count(*) > 0

-- One row a scope: the allocations of its lines against its envelope.
select
    envelope.scope as subject,
    envelope.label_fr as scope_label,
    cast(envelope.amount_eur * 100 as bigint) as expected,
    cast(
        coalesce(
            (
                select sum(fund_line.allocated_eur)
                from fund.fund_line_execution as fund_line
                where envelope.scope in (fund_line.scope, 'whole')
            ),
            0
        )
        * 100 as bigint
    ) as actual
from reference.envelopes as envelope

-- One row a scope: what its envelope leaves beside its lines, against the registered reconciling items.
select
    overview.scope as subject,
    envelope.label_fr as scope_label,
    cast(
        coalesce(
            (
                select sum(item.amount_eur)
                from fund.reconciling_items as item
                where overview.scope in (item.scope, 'whole')
            ),
            0
        )
        * 100 as bigint
    ) as expected,
    cast(
        (
            overview.envelope_eur
            - coalesce(
                (
                    select sum(fund_line.allocated_eur)
                    from fund.fund_line_execution as fund_line
                    where overview.scope in (fund_line.scope, 'whole')
                ),
                0
            )
        )
        * 100 as bigint
    ) as actual
from fund.fund_overview as overview
left join reference.envelopes as envelope on overview.scope = envelope.scope

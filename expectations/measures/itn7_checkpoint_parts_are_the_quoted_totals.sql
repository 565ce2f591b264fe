-- One row a total that the press had quoted by the as-of date (8 October 2021), against the sum of the parts it gave.
select
    total.item_id as subject,
    total.checkpoint_on,
    cast(total.amount_eur * 100 as bigint) as expected,
    cast(
        (
            select sum(part.amount_eur) from reference.itn7_checkpoint_2021_10_08 as part
            where part.kind = 'part'
        )
        * 100 as bigint
    ) as actual
from reference.itn7_checkpoint_2021_10_08 as total
where
    total.kind = 'quoted_total'
    and total.checkpoint_on <= (select build.as_of_date from raw.build as build)

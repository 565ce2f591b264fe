-- One row an edition: the larger of its mean cost and of that of the edition before, against 500 times the smaller. One
-- without any cost has no unit to keep, and is passed over by the next.
with means as (

    select
        edition_month,
        cast(100 * total_cost_eur as bigint) // nullif(costed_project_count, 0) as mean_cents
    from project.panorama_overview
    where receipt_id is not null

),

pairs as (

    select
        edition_month,
        coalesce(mean_cents, 0) as mean_cents,
        coalesce(
            case when mean_cents is not null then lag(mean_cents ignore nulls) over (order by edition_month) end,
            mean_cents,
            0
        ) as before_cents
    from means

)

select
    edition_month,
    mean_cents,
    before_cents,
    cast(500 * least(mean_cents, before_cents) as bigint) as expected,
    cast(greatest(mean_cents, before_cents) as bigint) as actual,
    strftime(edition_month, '%Y-%m') as subject
from pairs

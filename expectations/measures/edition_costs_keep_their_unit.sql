-- One row an edition: the larger of its mean cost and of that of the edition before, against 500 times the smaller.
with means as (

    select
        edition_month,
        cast(100 * total_cost_eur as bigint) // costed_project_count as mean_cents
    from project.panorama_overview
    where costed_project_count > 0

),

pairs as (

    select
        edition_month,
        mean_cents,
        coalesce(lag(mean_cents) over (order by edition_month), mean_cents) as before_cents
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

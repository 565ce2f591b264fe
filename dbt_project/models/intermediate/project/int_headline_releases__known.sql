-- A night is rebuilt from what was known then: a release counts from its day on.
with releases as (

    select * from {{ ref('panorama_headlines') }}

)

select
    releases.*,
    breaks.edition_month is not null as is_method_break,
    row_number() over (
        partition by releases.edition_month order by releases.release_number desc nulls last
    ) as recency,
    count(*) over (partition by releases.edition_month) as release_count
from releases
inner join {{ ref('stg_landing__build') }} as build on releases.released_on <= build.as_of_date
left join {{ ref('method_breaks') }} as breaks
    on
        releases.edition_month = breaks.edition_month
        and breaks.figure = 'slippage'

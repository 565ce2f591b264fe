-- A night is rebuilt from what was known then: an edition's headline counts from the month of the edition on.
with headlines as (

    select * from {{ ref('panorama_headlines') }}

)

select headlines.*
from headlines
inner join {{ ref('stg_landing__build') }} as build on headlines.edition_month <= build.as_of_date

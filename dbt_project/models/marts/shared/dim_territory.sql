with territories as (

    select * from {{ ref('territories') }}

)

select
    territories.territory_key,
    territories.territory_kind,
    territories.insee_code,
    territories.name,
    territories.region_code,
    regions.name as region_name,
    regions.territory_key as region_key,
    territories.source
from territories
left join territories as regions
    on
        territories.region_code = regions.insee_code
        and regions.territory_kind = 'region'
order by territories.territory_key nulls last

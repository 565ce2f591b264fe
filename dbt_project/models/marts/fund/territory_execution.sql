-- A department without an award is there, at zero. What no territory could be found for keeps what was sent.
with executed as (

    select
        place_key,
        min(territory_key) as territory_key,
        min(case when territory_key is null then department_code end) as department_code_as_sent,
        count(*) as award_count,
        count(distinct beneficiary_siret) as beneficiary_count,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from {{ ref('award_execution') }}
    group by place_key

),

territories as (

    select * from {{ ref('dim_territory') }}
    where territory_kind <> 'region'

)

select
    coalesce(territories.territory_key, executed.place_key) as place_key,
    territories.territory_key,
    executed.department_code_as_sent,
    territories.insee_code,
    coalesce(territories.name, 'Sans département reconnu') as name_fr,
    territories.region_code,
    territories.region_name,
    coalesce(executed.award_count, 0) as award_count,
    coalesce(executed.beneficiary_count, 0) as beneficiary_count,
    {{ execution_figures('executed') }}
from territories
full outer join executed on territories.territory_key = executed.place_key
order by
    territories.region_code nulls last,
    territories.insee_code nulls last,
    executed.place_key nulls last

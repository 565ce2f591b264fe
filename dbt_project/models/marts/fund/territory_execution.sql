-- A department without an award is there, at zero. What no territory could be found for keeps what was sent.
with places as (

    select
        territory_key,
        cast(null as varchar) as department_code_as_sent
    from {{ ref('dim_territory') }}
    where territory_kind <> 'region'

    union

    select
        territory_key,
        department_code as department_code_as_sent
    from {{ ref('award_execution') }}
    where territory_key is null

),

executed as (

    select
        territory_key,
        case when territory_key is null then department_code end as department_code_as_sent,
        count(*) as award_count,
        count(distinct beneficiary_siret) as beneficiary_count,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from {{ ref('award_execution') }}
    group by territory_key, case when territory_key is null then department_code end

)

select
    coalesce(places.territory_key, 'SENT-' || places.department_code_as_sent, 'NONE') as place_key,
    places.territory_key,
    places.department_code_as_sent,
    territories.insee_code,
    coalesce(territories.name, 'Sans département reconnu') as name_fr,
    territories.region_code,
    territories.region_name,
    coalesce(executed.award_count, 0) as award_count,
    coalesce(executed.beneficiary_count, 0) as beneficiary_count,
    {{ execution_figures('executed') }}
from places
left join {{ ref('dim_territory') }} as territories on places.territory_key = territories.territory_key
left join executed
    on
        coalesce(places.territory_key, '') = coalesce(executed.territory_key, '')
        and coalesce(places.department_code_as_sent, '') = coalesce(executed.department_code_as_sent, '')
order by
    territories.region_code nulls last,
    territories.insee_code nulls last,
    places.department_code_as_sent nulls last

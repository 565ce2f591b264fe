with latest_tables as (

    select * from {{ ref('int_submission_tables__latest') }}
    where table_name = 'awards'

),

awards as (

    select
        awards.*,
        latest_tables.ministry_code,
        latest_tables.period,
        {{ name_key('awards.call_name') }} as call_key,
        {{ department_code('awards.department_code') }} as insee_code
    from {{ ref('stg_submissions__awards') }} as awards
    inner join latest_tables on awards.receipt_id = latest_tables.receipt_id

)

select
    awards.award_id,
    awards.award_id_as_sent,
    awards.ministry_code,
    awards.period,
    awards.line_code,
    awards.axis_code,
    {{ fund_line_key('awards') }} as fund_line_key,
    awards.call_name,
    awards.call_key,
    awards.beneficiary_name,
    awards.beneficiary_siret,
    awards.department_code,
    territories.territory_key,
    coalesce(territories.territory_key, 'SENT-' || awards.department_code, 'NONE') as place_key,
    awards.project_name,
    awards.panorama_project_name,
    awards.awarded_on,
    awards.project_cost_eur,
    awards.awarded_eur,
    {{ ratio('awards.awarded_eur', 'awards.project_cost_eur') }} as awarded_share_ratio,
    rates.cofunding_rate,
    coalesce(awards.awarded_eur > awards.project_cost_eur * rates.cofunding_rate, false) as is_above_cofunding_rate,
    awards.receipt_id,
    awards.sheet,
    awards.row_number,
    awards.lineage_key
from awards
left join {{ ref('cofunding_rates') }} as rates on awards.line_code = rates.line_code
left join {{ ref('territories') }} as territories
    on
        awards.insee_code = territories.insee_code
        and territories.territory_kind <> 'region'
order by awards.ministry_code nulls last, awards.award_id nulls last

select
    awards.award_id,
    awards.ministry_code,
    awards.period,
    awards.line_code,
    awards.axis_code,
    awards.beneficiary_name,
    awards.beneficiary_siret,
    awards.department_code,
    awards.territory_key,
    awards.place_key,
    awards.project_name,
    awards.panorama_project_name,
    awards.awarded_on,
    awards.awarded_eur,
    execution.committed_eur,
    execution.paid_eur,
    execution.execution_period,
    awards.receipt_id,
    awards.sheet,
    awards.row_number,
    awards.lineage_key
from {{ ref('fct_award') }} as awards
left join {{ ref('fct_execution') }} as execution
    on
        awards.ministry_code = execution.ministry_code
        and awards.award_id = execution.award_id
        and execution.is_latest_period
order by awards.ministry_code nulls last, awards.award_id nulls last

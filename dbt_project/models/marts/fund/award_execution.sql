with latest_tables as (

    select * from {{ ref('int_submission_tables__latest') }}

),

awards as (

    select
        awards.*,
        latest_tables.ministry_code,
        latest_tables.period
    from {{ ref('stg_submissions__awards') }} as awards
    inner join latest_tables
        on
            awards.receipt_id = latest_tables.receipt_id
            and latest_tables.table_name = 'awards'

),

execution as (

    select
        execution.*,
        latest_tables.ministry_code,
        latest_tables.period
    from {{ ref('stg_submissions__execution') }} as execution
    inner join latest_tables
        on
            execution.receipt_id = latest_tables.receipt_id
            and latest_tables.table_name = 'execution'

)

select
    awards.award_id,
    awards.ministry_code,
    awards.period,
    awards.line_code,
    awards.axis_code,
    awards.beneficiary_name,
    awards.beneficiary_siret,
    awards.department_code,
    awards.project_name,
    awards.panorama_project_name,
    awards.awarded_on,
    awards.awarded_eur,
    cast(coalesce(execution.committed_eur, 0) as decimal(18, 2)) as committed_eur,
    cast(coalesce(execution.paid_eur, 0) as decimal(18, 2)) as paid_eur,
    execution.period as execution_period,
    awards.receipt_id,
    awards.sheet,
    awards.row_number,
    awards.lineage_key
from awards
left join execution
    on
        awards.ministry_code = execution.ministry_code
        and awards.award_id = execution.award_id
order by awards.ministry_code nulls last, awards.award_id nulls last

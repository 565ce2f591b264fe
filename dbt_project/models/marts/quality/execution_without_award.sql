with latest_tables as (

    select * from {{ ref('int_submission_tables__latest') }}
    where table_name = 'execution'

)

select
    execution.award_id,
    latest_tables.ministry_code,
    latest_tables.period,
    execution.committed_eur,
    execution.paid_eur,
    execution.receipt_id,
    execution.sheet,
    execution.row_number
from {{ ref('stg_submissions__execution') }} as execution
inner join latest_tables on execution.receipt_id = latest_tables.receipt_id
left join {{ ref('award_execution') }} as awards
    on
        latest_tables.ministry_code = awards.ministry_code
        and execution.award_id = awards.award_id
where awards.award_id is null
order by latest_tables.ministry_code nulls last, execution.award_id nulls last

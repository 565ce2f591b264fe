-- A list of awards read with the sheet of execution that stood beside it, for every such pair that ever stood.
with files as (

    select
        ministry_code,
        awards_receipt_id,
        execution_receipt_id
    from {{ ref('int_submission_files__by_period') }}

    union

    select
        ministry_code,
        awards_receipt_id,
        execution_receipt_id
    from {{ ref('int_submission_files__by_month') }}

)

select
    files.ministry_code,
    files.awards_receipt_id,
    files.execution_receipt_id,
    awards.award_id,
    awards.line_code,
    awards.awarded_eur,
    awards.lineage_key as award_lineage_key,
    execution.lineage_key,
    cast(coalesce(execution.committed_eur, 0) as decimal(18, 2)) as committed_eur,
    cast(coalesce(execution.paid_eur, 0) as decimal(18, 2)) as paid_eur,
    execution.award_id is not null as is_named_by_execution
from files
inner join {{ ref('stg_submissions__awards') }} as awards on files.awards_receipt_id = awards.receipt_id
left join {{ ref('stg_submissions__execution') }} as execution
    on
        files.execution_receipt_id = execution.receipt_id
        and awards.award_id = execution.award_id

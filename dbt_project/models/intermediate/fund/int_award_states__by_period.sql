-- Beside each state of an award, the state of the ministry's period before: nothing where the award was not listed.
with states as (

    select
        files.ministry_code,
        files.reporting_period as period,
        files.previous_period,
        files.next_period,
        files.execution_period,
        awards.award_id,
        awards.line_code,
        awards.awarded_eur,
        awards.committed_eur,
        awards.paid_eur,
        awards.is_named_by_execution,
        awards.award_lineage_key,
        awards.lineage_key
    from {{ ref('int_submission_files__by_period') }} as files
    inner join {{ ref('int_awards__executed') }} as awards
        on
            files.ministry_code = awards.ministry_code
            and files.awards_receipt_id = awards.awards_receipt_id
            and coalesce(files.execution_receipt_id, '') = coalesce(awards.execution_receipt_id, '')

),

beside as (

    select
        *,
        lag(period) over (partition by ministry_code, award_id order by period nulls last) as listed_before_in,
        lead(period) over (partition by ministry_code, award_id order by period nulls last) as listed_again_in,
        lag(awarded_eur) over (partition by ministry_code, award_id order by period nulls last) as awarded_before_eur,
        lag(committed_eur) over (partition by ministry_code, award_id order by period nulls last)
            as committed_before_eur,
        lag(paid_eur) over (partition by ministry_code, award_id order by period nulls last) as paid_before_eur
    from states

)

select
    *,
    coalesce(listed_before_in = previous_period, false) as is_listed_before,
    next_period is not null and coalesce(listed_again_in <> next_period, true) as is_withdrawn_next
from beside

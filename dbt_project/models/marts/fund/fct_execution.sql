-- A withdrawn award has one last row, at zero, so that the differences of all periods add up to what stands today.
with states as (

    select * from {{ ref('int_award_states__by_period') }}

),

listed as (

    select
        ministry_code,
        award_id,
        period,
        execution_period,
        line_code,
        awarded_eur,
        committed_eur,
        paid_eur,
        case when is_listed_before then awarded_before_eur else 0 end as awarded_before_eur,
        case when is_listed_before then committed_before_eur else 0 end as committed_before_eur,
        case when is_listed_before then paid_before_eur else 0 end as paid_before_eur,
        is_named_by_execution,
        false as is_withdrawn,
        next_period is null as is_latest_period,
        award_lineage_key,
        lineage_key
    from states

),

withdrawn as (

    select
        ministry_code,
        award_id,
        next_period as period,
        cast(null as varchar) as execution_period,
        line_code,
        0 as awarded_eur,
        0 as committed_eur,
        0 as paid_eur,
        awarded_eur as awarded_before_eur,
        committed_eur as committed_before_eur,
        paid_eur as paid_before_eur,
        false as is_named_by_execution,
        true as is_withdrawn,
        false as is_latest_period,
        award_lineage_key,
        lineage_key
    from states
    where is_withdrawn_next

),

all_states as (

    select * from listed
    union all
    select * from withdrawn

)

select
    ministry_code,
    award_id,
    period,
    {{ period_end('period') }} as period_end_on,
    case when is_named_by_execution then execution_period end as execution_period,
    line_code,
    cast(awarded_eur as decimal(18, 2)) as awarded_eur,
    cast(committed_eur as decimal(18, 2)) as committed_eur,
    cast(paid_eur as decimal(18, 2)) as paid_eur,
    cast(awarded_eur - awarded_before_eur as decimal(18, 2)) as awarded_in_period_eur,
    cast(committed_eur - committed_before_eur as decimal(18, 2)) as committed_in_period_eur,
    cast(paid_eur - paid_before_eur as decimal(18, 2)) as paid_in_period_eur,
    awarded_eur < awarded_before_eur or committed_eur < committed_before_eur or paid_eur < paid_before_eur
        as is_correction,
    is_withdrawn,
    is_latest_period,
    award_lineage_key,
    lineage_key
from all_states
order by ministry_code nulls last, award_id nulls last, period nulls last

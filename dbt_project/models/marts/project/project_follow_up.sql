with declared as (

    select
        follow_up.*,
        latest_tables.ministry_code,
        latest_tables.period,
        count(*) over (partition by latest_tables.ministry_code, follow_up.project_name) as declared_row_count,
        row_number() over (
            partition by latest_tables.ministry_code, follow_up.project_name
            order by follow_up.row_number desc nulls last, follow_up.sheet desc nulls last
        ) as recency
    from {{ ref('stg_submissions__project_follow_up') }} as follow_up
    inner join {{ ref('int_submission_tables__latest') }} as latest_tables
        on
            follow_up.receipt_id = latest_tables.receipt_id
            and latest_tables.table_name = 'project_follow_up'

)

select
    ministry_code,
    project_name,
    period,
    phase,
    starts_on,
    initial_cost_eur,
    current_cost_eur,
    investment_eur,
    maintenance_two_years_eur,
    initial_duration_months,
    current_duration_months,
    {{ ratio('current_cost_eur - initial_cost_eur', 'initial_cost_eur') }} as declared_budget_slippage_ratio,
    {{ ratio('current_duration_months - initial_duration_months', 'initial_duration_months') }}
        as declared_calendar_slippage_ratio,
    has_dinum_opinion,
    opinion_on,
    coalesce(is_rebaselined, false) as is_rebaselined,
    rebaselined_on,
    rebaselined_cost_eur,
    rebaselined_duration_months,
    {{ ratio('current_cost_eur - rebaselined_cost_eur', 'rebaselined_cost_eur') }}
        as rebaselined_budget_slippage_ratio,
    {{ ratio('current_duration_months - rebaselined_duration_months', 'rebaselined_duration_months') }}
        as rebaselined_calendar_slippage_ratio,
    comment,
    declared_row_count,
    receipt_id,
    sheet,
    row_number
from declared
where recency = 1
order by ministry_code nulls last, project_name nulls last

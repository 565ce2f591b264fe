select
    follow_ups.ministry_code,
    follow_ups.project_name,
    follow_ups.project_name_key,
    follow_ups.project_key,
    follow_ups.period,
    follow_ups.stated_on,
    follow_ups.phase,
    follow_ups.starts_on,
    follow_ups.initial_cost_eur,
    follow_ups.current_cost_eur,
    follow_ups.investment_eur,
    follow_ups.maintenance_two_years_eur,
    follow_ups.initial_duration_months,
    follow_ups.current_duration_months,
    follow_ups.declared_budget_slippage_ratio,
    follow_ups.declared_calendar_slippage_ratio,
    follow_ups.has_dinum_opinion,
    follow_ups.opinion_on,
    follow_ups.is_rebaselined,
    follow_ups.rebaselined_on,
    follow_ups.rebaselined_cost_eur,
    follow_ups.rebaselined_duration_months,
    follow_ups.rebaselined_budget_slippage_ratio,
    follow_ups.rebaselined_calendar_slippage_ratio,
    follow_ups.comment,
    follow_ups.declared_row_count,
    follow_ups.receipt_id,
    follow_ups.sheet,
    follow_ups.row_number,
    follow_ups.lineage_key
from {{ ref('int_follow_ups__identified') }} as follow_ups
inner join {{ ref('int_submission_tables__latest') }} as latest_tables
    on
        follow_ups.receipt_id = latest_tables.receipt_id
        and latest_tables.table_name = 'project_follow_up'

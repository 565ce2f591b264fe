-- What each ministry declared of each project, period by period, from the file that stands for the period. A project
-- declared in several rows of one file stands with the last of them.
with declared as (

    select
        follow_up.*,
        standing_files.ministry_code,
        standing_files.period,
        {{ period_end('standing_files.period') }} as stated_on,
        coalesce(
            nullif({{ project_name_key('follow_up.project_name') }}, ''), {{ name_key('follow_up.project_name') }}
        ) as project_name_key,
        count(*) over (
            partition by standing_files.ministry_code, standing_files.period, follow_up.project_name
        ) as declared_row_count,
        row_number() over (
            partition by standing_files.ministry_code, standing_files.period, follow_up.project_name
            order by follow_up.row_number desc nulls last, follow_up.sheet desc nulls last
        ) as recency
    from {{ ref('stg_submissions__project_follow_up') }} as follow_up
    inner join {{ ref('int_submission_tables__by_period') }} as standing_files
        on
            follow_up.receipt_id = standing_files.receipt_id
            and standing_files.table_name = 'project_follow_up'

)

select
    declared.ministry_code,
    declared.project_name,
    declared.project_name_key,
    {{ project_key('declared') }} as project_key,
    declared.period,
    declared.stated_on,
    declared.phase,
    declared.starts_on,
    declared.initial_cost_eur,
    declared.current_cost_eur,
    declared.investment_eur,
    declared.maintenance_two_years_eur,
    declared.initial_duration_months,
    declared.current_duration_months,
    {{ ratio('declared.current_cost_eur - declared.initial_cost_eur', 'declared.initial_cost_eur') }}
        as declared_budget_slippage_ratio,
    {{ ratio(
        'declared.current_duration_months - declared.initial_duration_months', 'declared.initial_duration_months'
    ) }} as declared_calendar_slippage_ratio,
    declared.has_dinum_opinion,
    declared.opinion_on,
    coalesce(declared.is_rebaselined, false) as is_rebaselined,
    declared.rebaselined_on,
    declared.rebaselined_cost_eur,
    declared.rebaselined_duration_months,
    {{ ratio('declared.current_cost_eur - declared.rebaselined_cost_eur', 'declared.rebaselined_cost_eur') }}
        as rebaselined_budget_slippage_ratio,
    {{ ratio(
        'declared.current_duration_months - declared.rebaselined_duration_months', 'declared.rebaselined_duration_months'
    ) }} as rebaselined_calendar_slippage_ratio,
    declared.comment,
    declared.declared_row_count,
    declared.receipt_id,
    declared.sheet,
    declared.row_number,
    declared.lineage_key
from declared
{{ join_project_key('declared') }}
where declared.recency = 1

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

),

keyed as (

    select
        declared.*,
        coalesce(links.project_key, declared.project_name_key) as name_project_key
    from declared
    left join {{ ref('int_project_links__keyed') }} as links on declared.project_name_key = links.project_name_key
    where declared.recency = 1

)

select
    keyed.ministry_code,
    keyed.project_name,
    keyed.project_name_key,
    {{ project_key('keyed.name_project_key', 'shared.project_key', 'keyed.ministry_code') }} as project_key,
    keyed.period,
    keyed.stated_on,
    keyed.phase,
    keyed.starts_on,
    keyed.initial_cost_eur,
    keyed.current_cost_eur,
    keyed.investment_eur,
    keyed.maintenance_two_years_eur,
    keyed.initial_duration_months,
    keyed.current_duration_months,
    {{ ratio('keyed.current_cost_eur - keyed.initial_cost_eur', 'keyed.initial_cost_eur') }}
        as declared_budget_slippage_ratio,
    {{ ratio('keyed.current_duration_months - keyed.initial_duration_months', 'keyed.initial_duration_months') }}
        as declared_calendar_slippage_ratio,
    keyed.has_dinum_opinion,
    keyed.opinion_on,
    coalesce(keyed.is_rebaselined, false) as is_rebaselined,
    keyed.rebaselined_on,
    keyed.rebaselined_cost_eur,
    keyed.rebaselined_duration_months,
    {{ ratio('keyed.current_cost_eur - keyed.rebaselined_cost_eur', 'keyed.rebaselined_cost_eur') }}
        as rebaselined_budget_slippage_ratio,
    {{ ratio(
        'keyed.current_duration_months - keyed.rebaselined_duration_months', 'keyed.rebaselined_duration_months'
    ) }} as rebaselined_calendar_slippage_ratio,
    keyed.comment,
    keyed.declared_row_count,
    keyed.receipt_id,
    keyed.sheet,
    keyed.row_number,
    keyed.lineage_key
from keyed
left join {{ ref('int_project_keys__shared') }} as shared on keyed.name_project_key = shared.project_key

-- Observed and declared grounds stand side by side in a row and are never merged into one figure.
with seen as (

    select *
    from {{ ref('int_projects__last_seen') }}
    where is_in_latest_edition

),

editions as (

    select * from {{ ref('int_editions__in_sequence') }}

),

declared as (

    select * from {{ ref('int_follow_ups__latest') }}

),

observed_drifts as (

    select
        drifts.project_key,
        min(drifts.edition_month) as since_on,
        min(case when drifts.baseline_number = seen.baseline_number then drifts.edition_month end)
            as since_on_current_baseline,
        count(distinct drifts.edition_month) as drift_count
    from {{ ref('int_project_drifts__observed') }} as drifts
    inner join seen on drifts.project_key = seen.project_key
    where drifts.is_drift
    group by drifts.project_key

),

declared_drifts as (

    select
        ministry_code,
        project_name,
        {{ count_where('is_drift') }} as drift_count,
        min(case when is_drift then stated_on end) as since_on
    from {{ ref('int_follow_up_drifts__declared') }}
    group by ministry_code, project_name

),

first_declared as (

    select
        ministry_code,
        project_name,
        min(case when is_rebaselined then rebaselined_on end) as rebaselined_on,
        min(
            case
                when
                    declared_budget_slippage_ratio > {{ var('drift_threshold_ratio') }}
                    or declared_calendar_slippage_ratio > {{ var('drift_threshold_ratio') }}
                    then stated_on
            end
        ) as since_on
    from {{ ref('int_follow_ups__identified') }}
    group by ministry_code, project_name

),

grounds as (

    -- closing: ended, or rolled out with its planned end before the next edition.
    select
        seen.project_key,
        'closing' as reason,
        'observed' as basis,
        seen.edition_month as since_on
    from seen
    where
        seen.phase = 'Terminé'
        or (
            seen.phase = 'Déploiement'
            and {{ dbt.dateadd('month', "cast(round(seen.planned_duration_years * 12) as integer)", 'seen.starts_on') }}
            <= {{ dbt.dateadd('month', var('closing_within_months'), 'seen.edition_month') }}
        )

    union all

    select
        project_key,
        'closing' as reason,
        'declared' as basis,
        stated_on as since_on
    from declared
    where phase = 'Terminé'

    union all

    -- recurrent_drift: cost or duration rose in at least two statements.
    select
        project_key,
        'recurrent_drift' as reason,
        'observed' as basis,
        since_on
    from observed_drifts
    where drift_count >= 2

    union all

    select
        declared.project_key,
        'recurrent_drift' as reason,
        'declared' as basis,
        declared_drifts.since_on
    from declared
    inner join declared_drifts
        on
            declared.ministry_code = declared_drifts.ministry_code
            and declared.project_name = declared_drifts.project_name
    where declared_drifts.drift_count >= 2

    union all

    -- rebaselined: on another baseline than its first one.
    select
        seen.project_key,
        'rebaselined' as reason,
        'observed' as basis,
        (
            select max(baselines.edition_month)
            from {{ ref('int_project_baselines__observed') }} as baselines
            where
                baselines.project_key = seen.project_key
                and baselines.baseline_reason is not null
        ) as since_on
    from seen
    where seen.baseline_number > 1

    union all

    select
        declared.project_key,
        'rebaselined' as reason,
        'declared' as basis,
        coalesce(declared.rebaselined_on, first_declared.rebaselined_on, declared.stated_on) as since_on
    from declared
    inner join first_declared
        on
            declared.ministry_code = first_declared.ministry_code
            and declared.project_name = first_declared.project_name
    where declared.is_rebaselined

    union all

    -- new: in the latest edition, and in none before it that has a file.
    select
        seen.project_key,
        'new' as reason,
        'observed' as basis,
        seen.edition_month as since_on
    from seen
    inner join editions on seen.edition_month = editions.edition_month
    where
        seen.edition_count = 1
        and editions.previous_file_edition_month is not null

    union all

    -- above_9m_without_opinion: only ministries say whether there is an opinion.
    select
        project_key,
        'above_9m_without_opinion' as reason,
        'declared' as basis,
        stated_on as since_on
    from declared
    where
        current_cost_eur > {{ var('opinion_threshold_eur') }}
        and not coalesce(has_dinum_opinion, false)

    union all

    -- drift_detected: above the baseline that holds.
    select
        seen.project_key,
        'drift_detected' as reason,
        'observed' as basis,
        observed_drifts.since_on_current_baseline as since_on
    from seen
    inner join observed_drifts on seen.project_key = observed_drifts.project_key
    where
        observed_drifts.since_on_current_baseline is not null
        and (
            seen.current_baseline_budget_slippage_ratio > {{ var('drift_threshold_ratio') }}
            or seen.current_baseline_calendar_slippage_ratio > {{ var('drift_threshold_ratio') }}
        )

    union all

    select
        declared.project_key,
        'drift_detected' as reason,
        'declared' as basis,
        first_declared.since_on
    from declared
    inner join first_declared
        on
            declared.ministry_code = first_declared.ministry_code
            and declared.project_name = first_declared.project_name
    where
        case
            when declared.is_rebaselined then declared.rebaselined_budget_slippage_ratio
            else declared.declared_budget_slippage_ratio
        end > {{ var('drift_threshold_ratio') }}
        or case
            when declared.is_rebaselined then declared.rebaselined_calendar_slippage_ratio
            else declared.declared_calendar_slippage_ratio
        end > {{ var('drift_threshold_ratio') }}

),

listed as (

    select
        project_key,
        reason,
        max(case when basis = 'observed' then since_on end) as observed_since_on,
        max(case when basis = 'declared' then since_on end) as declared_since_on,
        max(case when basis = 'observed' then 1 else 0 end) = 1 as is_observed,
        max(case when basis = 'declared' then 1 else 0 end) = 1 as is_declared
    from grounds
    group by project_key, reason

),

-- Of a project that several ministries declare, the dearest declaration stands here; all are in project_follow_up.
declared_once as (

    select
        *,
        row_number() over (
            partition by project_key
            order by current_cost_eur desc nulls last, ministry_code asc nulls last, project_name asc nulls last
        ) as rank_of_cost
    from declared

)

select
    listed.project_key,
    listed.reason,
    projects.project_name,
    projects.ministry_code,
    listed.is_observed,
    listed.observed_since_on,
    seen.planned_cost_eur as observed_cost_eur,
    seen.budget_slippage_ratio as observed_budget_slippage_ratio,
    seen.calendar_slippage_ratio as observed_calendar_slippage_ratio,
    listed.is_declared,
    listed.declared_since_on,
    declared_once.current_cost_eur as declared_cost_eur,
    declared_once.declared_budget_slippage_ratio,
    declared_once.declared_calendar_slippage_ratio,
    declared_once.has_dinum_opinion
from listed
inner join {{ ref('dim_project') }} as projects on listed.project_key = projects.project_key
left join seen on listed.project_key = seen.project_key
left join declared_once
    on
        listed.project_key = declared_once.project_key
        and declared_once.rank_of_cost = 1
order by listed.project_key nulls last, listed.reason nulls last

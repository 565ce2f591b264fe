with trajectories as (

    select * from {{ ref('int_project_trajectories__observed') }}

),

editions as (

    select * from {{ ref('int_editions__in_sequence') }}

),

-- The edition in which the project stands next: none when it left, or when no later edition is known.
continued as (

    select
        project_key,
        edition_month,
        lead(edition_month) over (partition by project_key order by edition_month nulls last) as seen_next_month
    from trajectories

)

select
    trajectories.edition_month,
    trajectories.project_key,
    trajectories.project_name,
    trajectories.ministry_code,
    trajectories.ministry_name,
    trajectories.ministry_name_as_sent,
    trajectories.is_ministry_resolved,
    trajectories.is_interministerial,
    trajectories.phase,
    trajectories.is_phase_known,
    trajectories.is_withheld,
    trajectories.starts_on,
    trajectories.planned_duration_years,
    trajectories.planned_cost_eur,
    trajectories.cost_bracket,
    trajectories.functional_area,
    trajectories.programmes,
    trajectories.baseline_number,
    trajectories.budget_slippage_ratio as observed_budget_slippage_ratio,
    trajectories.calendar_slippage_ratio as observed_calendar_slippage_ratio,
    trajectories.receipt_id,
    trajectories.sheet,
    trajectories.row_number,
    trajectories.lineage_key,
    case
        when editions.previous_file_edition_month is not null
            then coalesce(trajectories.seen_before_month < editions.previous_file_edition_month, true)
    end as is_entered,
    case
        when editions.next_file_edition_month is not null
            then coalesce(continued.seen_next_month > editions.next_file_edition_month, true)
    end as is_left_after
from trajectories
inner join editions on trajectories.edition_month = editions.edition_month
left join continued
    on
        trajectories.project_key = continued.project_key
        and trajectories.edition_month = continued.edition_month
order by
    trajectories.edition_month nulls last, trajectories.row_number nulls last, trajectories.sheet nulls last

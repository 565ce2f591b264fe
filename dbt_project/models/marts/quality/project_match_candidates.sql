-- Two projects that never stand in one edition and may be one under two names: the name of one contains the other's,
-- or both start in the same month under one ministry, or at one cost. Nothing is merged here: a reviewed link does.
with seen as (

    select
        trajectories.project_key,
        trajectories.first_edition_month,
        trajectories.edition_month as last_edition_month,
        trajectories.ministry_code,
        trajectories.project_name,
        trajectories.project_name_key,
        cast({{ dbt.date_trunc('month', 'trajectories.starts_on') }} as date) as start_month,
        trajectories.planned_cost_eur
    from {{ ref('int_projects__last_seen') }} as trajectories

),

declared as (

    select
        project_key,
        min(ministry_code) as ministry_code,
        min(project_name) as project_name,
        min(project_name_key) as project_name_key
    from {{ ref('int_follow_ups__identified') }}
    group by project_key

),

-- A declared project that no edition lists may be one of an edition under another name.
projects as (

    select * from seen

    union all

    select
        declared.project_key,
        cast(null as date) as first_edition_month,
        cast(null as date) as last_edition_month,
        declared.ministry_code,
        declared.project_name,
        declared.project_name_key,
        cast(null as date) as start_month,
        cast(null as decimal(18, 2)) as planned_cost_eur
    from declared
    left join seen on declared.project_key = seen.project_key
    where seen.project_key is null

),

first_seen as (

    select
        editions.project_key,
        cast({{ dbt.date_trunc('month', 'editions.starts_on') }} as date) as start_month,
        editions.planned_cost_eur,
        editions.ministry_code
    from {{ ref('int_project_baselines__observed') }} as editions
    where editions.baseline_reason = 'first'

),

pairs as (

    select
        earlier.project_key as earlier_project_key,
        earlier.project_name as earlier_project_name,
        earlier.ministry_code as earlier_ministry_code,
        earlier.last_edition_month as earlier_last_edition_month,
        later.project_key as later_project_key,
        later.project_name as later_project_name,
        later.first_edition_month as later_first_edition_month,
        coalesce(later_first.ministry_code, later.ministry_code) as later_ministry_code,
        (
            length(earlier.project_name_key) >= 3
            and length(later.project_name_key) >= 3
            and (
                later.project_name_key like '%' || earlier.project_name_key || '%'
                or earlier.project_name_key like '%' || later.project_name_key || '%'
            )
        ) as is_name_contained,
        coalesce(earlier.start_month = later_first.start_month, false) as is_same_start,
        coalesce(earlier.ministry_code = coalesce(later_first.ministry_code, later.ministry_code), false)
            as is_same_ministry,
        coalesce(
            abs(later_first.planned_cost_eur - earlier.planned_cost_eur)
            <= earlier.planned_cost_eur * {{ var('drift_threshold_ratio') }},
            false
        ) as is_same_cost
    from projects as earlier
    inner join projects as later
        on
            earlier.last_edition_month < later.first_edition_month
            or (later.first_edition_month is null and earlier.last_edition_month is not null)
    left join first_seen as later_first on later.project_key = later_first.project_key

)

select
    pairs.earlier_project_key,
    pairs.later_project_key,
    pairs.earlier_project_name,
    pairs.later_project_name,
    pairs.earlier_ministry_code,
    pairs.later_ministry_code,
    pairs.earlier_last_edition_month,
    pairs.later_first_edition_month,
    pairs.is_name_contained,
    pairs.is_same_ministry,
    pairs.is_same_start,
    pairs.is_same_cost,
    distinct_pairs.reason as review_reason,
    case when distinct_pairs.reason is null then 'to_review' else 'distinct' end as review
from pairs
left join {{ ref('int_project_distinctions__keyed') }} as distinct_pairs
    on
        pairs.earlier_project_key = distinct_pairs.project_key
        and pairs.later_project_key = distinct_pairs.other_project_key
where
    pairs.is_name_contained
    or (pairs.is_same_start and (pairs.is_same_ministry or pairs.is_same_cost))
order by pairs.earlier_project_key nulls last, pairs.later_project_key nulls last

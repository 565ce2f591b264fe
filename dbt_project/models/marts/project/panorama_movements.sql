-- The first edition that has a file is compared with none: nobody enters with it. A project that left stands with its
-- last figures in the first edition that no longer lists it.
with editions as (

    select * from {{ ref('int_editions__in_sequence') }}

),

projects as (

    select
        baselines.*,
        editions.previous_file_edition_month,
        editions.next_file_edition_month,
        lead(baselines.edition_month) over (
            partition by baselines.project_key order by baselines.edition_month nulls last
        ) as seen_next_month
    from {{ ref('int_project_baselines__observed') }} as baselines
    inner join editions on baselines.edition_month = editions.edition_month

),

movements as (

    select
        edition_month,
        previous_file_edition_month as compared_to_month,
        case when seen_before_month is null then 'entered' else 'returned' end as movement,
        cast(null as varchar) as reason,
        lineage_key
    from projects
    where
        previous_file_edition_month is not null
        and coalesce(seen_before_month < previous_file_edition_month, true)

    union all

    select
        next_file_edition_month as edition_month,
        edition_month as compared_to_month,
        'left' as movement,
        case when phase = 'Terminé' then 'ended' end as reason,
        lineage_key
    from projects
    where
        next_file_edition_month is not null
        and coalesce(seen_next_month > next_file_edition_month, true)

    union all

    select
        edition_month,
        seen_before_month as compared_to_month,
        'renamed' as movement,
        name_before as reason,
        lineage_key
    from projects
    where project_name_key <> name_key_before

    union all

    select
        edition_month,
        seen_before_month as compared_to_month,
        'rebaselined' as movement,
        baseline_reason as reason,
        lineage_key
    from projects
    where baseline_reason <> 'first'

    union all

    select
        edition_month,
        seen_before_month as compared_to_month,
        'withheld' as movement,
        cast(null as varchar) as reason,
        lineage_key
    from projects
    where is_withheld and not was_withheld

)

select
    movements.edition_month,
    movements.movement,
    projects.project_key,
    projects.project_name,
    projects.ministry_code,
    movements.compared_to_month,
    movements.reason,
    projects.phase,
    projects.starts_on,
    projects.planned_cost_eur,
    projects.planned_duration_years,
    movements.lineage_key
from movements
inner join projects on movements.lineage_key = projects.lineage_key
order by movements.edition_month nulls last, movements.movement nulls last, projects.project_key nulls last

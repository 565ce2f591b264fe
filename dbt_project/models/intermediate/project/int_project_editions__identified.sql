-- The identity that survives editions: the key of the name, or of the name that a reviewed link gives for it.
with keyed as (

    select
        projects.*,
        coalesce(links.project_key, projects.project_name_key) as name_project_key,
        coalesce(links.link_kind = 'new_trajectory', false) as is_new_trajectory_name
    from {{ ref('int_project_rows__resolved') }} as projects
    left join {{ ref('int_project_links__keyed') }} as links on projects.project_name_key = links.project_name_key

),

told_apart as (

    select
        keyed.*,
        {{ project_key('keyed.name_project_key', 'shared.project_key', 'keyed.ministry_code') }} as apart_key
    from keyed
    left join {{ ref('int_project_keys__shared') }} as shared on keyed.name_project_key = shared.project_key

),

-- Two rows of one name, ministry and edition cannot be told apart over time; both are kept.
numbered as (

    select
        *,
        row_number() over (
            partition by edition_month, apart_key order by row_number nulls last, sheet nulls last
        ) as ordinal
    from told_apart

)

select
    edition_month,
    project_name,
    project_name_key,
    is_new_trajectory_name,
    ministry_code,
    ministry_name,
    ministry_name_as_sent,
    is_ministry_resolved,
    is_interministerial,
    phase,
    is_phase_known,
    is_withheld,
    starts_on,
    planned_duration_years,
    planned_cost_eur,
    cost_bracket,
    functional_area,
    programmes,
    receipt_id,
    sheet,
    row_number,
    lineage_key,
    case when ordinal = 1 then apart_key else apart_key || '#' || cast(ordinal as varchar) end as project_key
from numbered

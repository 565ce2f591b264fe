-- The identity that survives editions: the key of the name, or of the name that a reviewed link gives for it.
with told_apart as (

    select
        projects.*,
        coalesce(links.link_kind = 'new_trajectory', false) as is_new_trajectory_name,
        {{ project_key('projects') }} as apart_key
    from {{ ref('int_project_rows__resolved') }} as projects
    {{ join_project_key('projects') }}

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
    {{ edition_row_columns() }},
    is_new_trajectory_name,
    case when ordinal = 1 then apart_key else apart_key || '#' || cast(ordinal as varchar) end as project_key
from numbered

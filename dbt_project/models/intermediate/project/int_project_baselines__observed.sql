-- Which baseline holds in each edition. The first edition of a project opens its first one; a new one opens where the
-- panorama shows a new trajectory: figures published again after they were withheld, a start moved to a later month,
-- or a name that the reviewed links call one.
with sequenced as (

    select
        *,
        lag(edition_month) over (partition by project_key order by edition_month nulls last) as seen_before_month,
        lag(project_name) over (partition by project_key order by edition_month nulls last) as name_before,
        lag(project_name_key) over (partition by project_key order by edition_month nulls last) as name_key_before,
        lag(is_withheld) over (partition by project_key order by edition_month nulls last) as was_withheld,
        lag(is_new_trajectory_name) over (partition by project_key order by edition_month nulls last)
            as had_new_trajectory_name,
        max({{ dbt.date_trunc('month', 'starts_on') }}) over (
            partition by project_key
            order by edition_month nulls last
            rows between unbounded preceding and 1 preceding
        ) as latest_start_before
    from {{ ref('int_project_editions__identified') }}

),

reasoned as (

    select
        *,
        case
            when seen_before_month is null then 'first'
            when is_new_trajectory_name and not had_new_trajectory_name then 'new_trajectory'
            when was_withheld and not is_withheld then 'published_again'
            when {{ dbt.date_trunc('month', 'starts_on') }} > latest_start_before then 'start_moved'
        end as baseline_reason
    from sequenced

)

select
    {{ edition_row_columns() }},
    project_key,
    seen_before_month,
    name_before,
    name_key_before,
    was_withheld,
    baseline_reason,
    cast(
        sum(case when baseline_reason is null then 0 else 1 end) over (
            partition by project_key
            order by edition_month nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as baseline_number
from reasoned

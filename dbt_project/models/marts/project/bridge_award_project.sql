-- An award names the project that it pays for as the panorama writes it; the name is read as those of editions are.
with awards as (

    select
        *,
        {{ project_name_key('panorama_project_name') }} as project_name_key
    from {{ ref('award_execution') }}
    where panorama_project_name is not null

),

claimed as (

    select
        awards.*,
        {{ project_key('awards') }} as claimed_key
    from awards
    {{ join_project_key('awards') }}

)

select
    claimed.ministry_code,
    claimed.award_id,
    claimed.panorama_project_name,
    projects.project_key,
    claimed.line_code,
    claimed.awarded_eur,
    claimed.committed_eur,
    claimed.paid_eur,
    claimed.lineage_key,
    projects.project_key is not null as is_project_known
from claimed
left join {{ ref('dim_project') }} as projects on claimed.claimed_key = projects.project_key
order by claimed.ministry_code nulls last, claimed.award_id nulls last

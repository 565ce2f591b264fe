-- An award names the project that it pays for as the panorama writes it; the name is read as those of editions are.
with awards as (

    select
        *,
        {{ project_name_key('panorama_project_name') }} as project_name_key
    from {{ ref('award_execution') }}
    where panorama_project_name is not null

),

keyed as (

    select
        awards.*,
        coalesce(links.project_key, awards.project_name_key) as name_project_key
    from awards
    left join {{ ref('int_project_links__keyed') }} as links on awards.project_name_key = links.project_name_key

),

told_apart as (

    select
        keyed.*,
        {{ project_key('keyed.name_project_key', 'shared.project_key', 'keyed.ministry_code') }} as claimed_key
    from keyed
    left join {{ ref('int_project_keys__shared') }} as shared on keyed.name_project_key = shared.project_key

)

select
    told_apart.ministry_code,
    told_apart.award_id,
    told_apart.panorama_project_name,
    projects.project_key,
    told_apart.line_code,
    told_apart.awarded_eur,
    told_apart.committed_eur,
    told_apart.paid_eur,
    told_apart.lineage_key,
    projects.project_key is not null as is_project_known
from told_apart
left join {{ ref('dim_project') }} as projects on told_apart.claimed_key = projects.project_key
order by told_apart.ministry_code nulls last, told_apart.award_id nulls last

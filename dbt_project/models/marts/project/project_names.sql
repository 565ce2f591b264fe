with published as (

    select
        project_key,
        project_name,
        project_name_key,
        edition_month as stated_on,
        'panorama' as found_in
    from {{ ref('int_project_editions__identified') }}

),

declared as (

    select
        project_key,
        project_name,
        project_name_key,
        stated_on,
        'project_follow_up' as found_in
    from {{ ref('int_follow_ups__identified') }}

),

names as (

    select * from published
    union all
    select * from declared

)

select
    names.project_key,
    names.project_name,
    min(names.stated_on) as first_stated_on,
    max(names.stated_on) as last_stated_on,
    {{ count_where("names.found_in = 'panorama'") }} as edition_count,
    {{ count_where("names.found_in = 'project_follow_up'") }} as period_count,
    min(links.link_kind) as link_kind,
    min(links.reason) as link_reason
from names
left join {{ ref('int_project_links__keyed') }} as links on names.project_name_key = links.project_name_key
group by names.project_key, names.project_name
order by names.project_key nulls last, names.project_name nulls last

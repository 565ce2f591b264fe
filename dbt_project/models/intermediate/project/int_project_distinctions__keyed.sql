-- Pairs that were looked at and are two projects, in both orders.
with pairs as (

    select
        {{ project_name_key('project_name') }} as project_key,
        {{ project_name_key('other_project_name') }} as other_project_key,
        reason
    from {{ ref('project_distinctions') }}

)

select
    project_key,
    other_project_key,
    reason
from pairs

union all

select
    other_project_key as project_key,
    project_key as other_project_key,
    reason
from pairs

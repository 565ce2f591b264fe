-- One row: followed projects that cost more than 9 M€ and have no opinion of DINUM's director.
with projects as (

    select
        project_name,
        current_cost_eur > 9000000 and not coalesce(has_dinum_opinion, false) as is_without
    from project.project_follow_up

)

select
    'all' as subject,
    cast(0 as bigint) as expected,
    cast(count(*) filter (where is_without) as bigint) as actual,
    coalesce(min(project_name) filter (where is_without), '') as example
from projects
having count(*) > 0

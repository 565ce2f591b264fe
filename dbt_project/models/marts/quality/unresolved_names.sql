with in_editions as (

    select
        'panorama_projects' as table_name,
        projects.ministry_name_as_sent as name_as_sent,
        cast(null as varchar) as code_as_sent,
        projects.receipt_id
    from {{ ref('fct_project_edition') }} as projects
    where not projects.is_ministry_resolved

),

in_submissions as (

    select
        'cover' as table_name,
        covers.ministry_name as name_as_sent,
        covers.ministry_code as code_as_sent,
        covers.receipt_id
    from {{ ref('stg_submissions__covers') }} as covers
    inner join {{ ref('stg_landing__receipts') }} as receipts on covers.receipt_id = receipts.receipt_id
    left join {{ ref('ministry_names') }} as known on covers.ministry_code = known.ministry_code
    where
        receipts.status = 'counted'
        and known.ministry_code is null

),

unresolved as (

    select * from in_editions
    union all
    select * from in_submissions

)

select
    table_name,
    name_as_sent,
    code_as_sent,
    count(*) as row_count,
    count(distinct receipt_id) as file_count,
    min(receipt_id) as example_receipt_id
from unresolved
group by table_name, name_as_sent, code_as_sent
order by table_name nulls last, name_as_sent nulls last, code_as_sent nulls last

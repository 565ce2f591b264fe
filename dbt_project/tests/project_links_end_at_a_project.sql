-- A link that leads to a name which another link gives away, or to itself, would leave an identity half joined.
select links.project_name_key
from {{ ref('int_project_links__keyed') }} as links
left join {{ ref('int_project_links__keyed') }} as onward on links.project_key = onward.project_name_key
where
    onward.project_name_key is not null
    or links.project_key = ''

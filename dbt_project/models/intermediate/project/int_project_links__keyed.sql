-- The reviewed links between names that stand for one project. A project's key is the key of the name it is linked to.
select
    {{ project_name_key('name_as_published') }} as project_name_key,
    {{ project_name_key('project_name') }} as project_key,
    link_kind,
    reason
from {{ ref('project_links') }}

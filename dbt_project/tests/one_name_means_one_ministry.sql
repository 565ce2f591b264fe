select
    ministry_name_key,
    count(*) as ministry_count
from {{ ref('int_ministry_names__keyed') }}
group by ministry_name_key
having count(*) > 1
